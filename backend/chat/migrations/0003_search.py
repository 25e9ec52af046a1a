from django.db import migrations

# The table keeps no words of its own (content=): the triggers tell it what was there.
SQLITE = [
    """CREATE VIRTUAL TABLE chat_message_words USING fts5(
        words, content='chat_message', content_rowid='id',
        tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'")""",
    """CREATE TRIGGER chat_message_words_insert AFTER INSERT ON chat_message BEGIN
        INSERT INTO chat_message_words(rowid, words) VALUES (new.id, new.words);
    END""",
    """CREATE TRIGGER chat_message_words_delete AFTER DELETE ON chat_message BEGIN
        INSERT INTO chat_message_words(chat_message_words, rowid, words)
            VALUES ('delete', old.id, old.words);
    END""",
    """CREATE TRIGGER chat_message_words_update AFTER UPDATE OF words ON chat_message BEGIN
        INSERT INTO chat_message_words(chat_message_words, rowid, words)
            VALUES ('delete', old.id, old.words);
        INSERT INTO chat_message_words(rowid, words) VALUES (new.id, new.words);
    END""",
]
SQLITE_REVERSE = [
    "DROP TRIGGER chat_message_words_insert",
    "DROP TRIGGER chat_message_words_delete",
    "DROP TRIGGER chat_message_words_update",
    "DROP TABLE chat_message_words",
]
POSTGRESQL = [
    "CREATE INDEX chat_message_words ON chat_message USING gin (to_tsvector('simple', words))"
]
POSTGRESQL_REVERSE = ["DROP INDEX chat_message_words"]


def forwards(apps, schema_editor):
    _execute(schema_editor, POSTGRESQL, SQLITE)


def backwards(apps, schema_editor):
    _execute(schema_editor, POSTGRESQL_REVERSE, SQLITE_REVERSE)


def _execute(schema_editor, postgresql, sqlite):
    statements = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("chat", "0002_history")]
    operations = [migrations.RunPython(forwards, backwards)]
