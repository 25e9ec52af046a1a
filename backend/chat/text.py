"""Rules for the texts people write: names, message texts, client ids."""

import re
import unicodedata

import regex

from .errors import Invalid

MESSAGE_CHARACTERS = 4000
NAME_CHARACTERS = 100
TOPIC_CHARACTERS = 500
DISPLAY_NAME_CHARACTERS = 100
CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

# Letters, marks, numbers, punctuation and symbols leave ink; separators, controls, surrogates and
# what Unicode calls default-ignorable (zero-width spaces, fillers, variation selectors) do not;
# nor does the blank pattern of braille.
_VISIBLE = regex.compile(r"[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]")

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+")
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")


def key(name: str) -> str:
    """What two names are compared by: equal whatever the case of their letters, in any script.

    What cannot be seen makes no difference, as in Unicode's own NFKC_Casefold.
    """
    seen = _IGNORABLE.sub("", name)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(folded.split())


def words(said: str) -> list[str]:
    """What a text is searched by: runs of letters, digits and marks, compared as names are."""
    found: list[str] = _WORD.findall(key(said))
    return found


def is_visible(text: str) -> bool:
    return _VISIBLE.search(text) is not None


def checked(text: str, *, limit: int, field: str, blank: bool = False) -> str:
    """The text itself when it has 1 to `limit` code points and something to see; else `Invalid`.

    NUL is refused because PostgreSQL cannot store it, lone surrogates because UTF-8 cannot.
    """
    if len(text) > limit:
        raise Invalid(f"At most {limit} characters.", field=field)
    if _NO_TEXT.search(text):
        raise Invalid("NUL and lone surrogates are not text.", field=field)
    if not blank and not is_visible(text):
        raise Invalid("There must be something to see.", field=field)
    return text


def checked_message(text: str, *, field: str = "text") -> str:
    return checked(text, limit=MESSAGE_CHARACTERS, field=field)


def checked_name(name: str, *, field: str = "name") -> str:
    name = " ".join(checked(name, limit=NAME_CHARACTERS, field=field).split())
    if any(unicodedata.category(c) == "Cc" for c in name):
        raise Invalid("A name is one line of text.", field=field)
    if len(key(name)) > 4 * NAME_CHARACTERS:
        raise Invalid("This name is too long.", field=field)
    return name


def checked_client_id(client_id: str | None) -> str | None:
    if client_id is not None and not CLIENT_ID.fullmatch(client_id):
        raise Invalid("A client_id has 1 to 64 of letters, digits and . _ : -", field="client_id")
    return client_id
