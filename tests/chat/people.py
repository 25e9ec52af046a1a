"""What the tests of the domain share: making people, letting them speak, looking at a room."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from backend.chat import messages
from backend.chat.errors import ChatError
from backend.chat.events import LogPage
from backend.chat.models import Event, Membership, Message, User
from backend.chat.resuming import Resume, resume_all


def person(name: str) -> User:
    """Made without the cost of a password hash."""
    return User.objects.create(username=name, email=f"{name}@example.org", password="!")


def say(author: User, room: int, *texts: str) -> list[Message]:
    return [messages.post(author=author, room=room, message=text).message for text in texts]


def resume(
    *, reader: User, room: int, after_seq: int | None, of_epoch: str | None = None
) -> LogPage:
    """What a subscriber missed who asks alone."""
    (answer,) = resume_all([Resume(reader, room, after_seq, of_epoch)])
    if isinstance(answer, ChatError):
        raise answer
    assert answer is not None
    return answer


def kinds(room: int) -> list[str]:
    """The kinds of a room's events, from the first."""
    return list(Event.objects.filter(room=room).order_by("seq").values_list("kind", flat=True))


def seqs(room: int) -> list[int]:
    return list(Event.objects.filter(room=room).order_by("pk").values_list("seq", flat=True))


def roles(room: int) -> dict[str, str]:
    rows = Membership.objects.filter(room=room)
    return dict(rows.values_list("user__username", "role"))


def promote(user: User, room: int, role: str = Membership.Role.MODERATOR) -> None:
    Membership.objects.filter(user=user, room=room).update(role=role)


def in_threads(work: list[Callable[[], Any]]) -> list[Any]:
    """The results, or exceptions, of these functions, each in a thread with its own connection."""

    def run(function: Callable[[], Any]) -> Any:
        try:
            return function()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))
