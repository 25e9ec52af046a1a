import uuid

from django.db import migrations


def name_this_history(apps, schema_editor):
    apps.get_model("chat", "History").objects.create(epoch=uuid.uuid4().hex)


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]
    operations = [migrations.RunPython(name_this_history, migrations.RunPython.noop)]
