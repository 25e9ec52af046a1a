"""What the tests of search share."""

from typing import Any

from tests.harness.people import Person, unique


def word() -> str:
    """Letters that no other message has."""
    return unique("w").replace("-", "")


def find(person: Person, q: str, **query: Any) -> list[dict[str, Any]]:
    page = person.gets("/api/search/messages/", params={"q": q, **query})
    assert page["next"] is None
    results: list[dict[str, Any]] = page["results"]
    return results


def pks(rows: list[dict[str, Any]]) -> list[int]:
    return [row["pk"] for row in rows]
