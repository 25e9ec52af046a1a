"""A lively small world to look at: people, rooms, and a few thousand messages of some days."""

import random
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from backend.chat import accounts, messages, rooms
from backend.chat.models import Event, Membership, Message, Room, User

PASSWORD = "parley-demo"  # noqa: S105
PEOPLE = {
    "alice": "Alice Moreau",
    "bob": "Bob Okafor",
    "charlie": "Charlie Lindqvist",
    "dana": "Dana Petrova",
    "emre": "Emre Yıldız",
    "fumiko": "文子 Tanaka",
    "george": "George Haddad",
    "hana": "Hana Novák",
    "ines": "Inês Carvalho",
    "jonas": "Jonas Weber",
}
ROOMS = {
    "Lobby": "Say hello, ask anything",
    "Engineering": "What we build and what broke",
    "Design": "Screens, words, colours",
    "Kitchen": "Lunch, coffee, and who ate the last croissant",
    "Support": "Questions from customers",
    "音楽": "今日の一曲",
    "Running club": "Sundays at nine, whatever the weather",
}
OPENINGS = (
    "Good morning, everyone.",
    "Has anybody looked at {topic} yet?",
    "I have a question about {topic}.",
    "Short note: {topic} is done.",
    "Who is free this afternoon to talk about {topic}?",
    "Something odd happened with {topic} last night.",
    "Here is what I learned about {topic}:\n- it is simpler than we thought\n- it was never tested",
)
ANSWERS = (
    "Yes, on it.",
    "Not yet, after lunch.",
    "That explains a lot.",
    "Can you share a screenshot?",
    "Nice work! 🎉",
    "I would rather wait until Thursday.",
    "Agreed.",
    "See https://example.org/notes for the background.",
    "Let us take {topic} into the next round.",
    "👍",
    "Hm, works for me.",
    "Thank you, that helped.",
)
TOPICS = (
    "the release", "the new sign-in", "dark mode", "the invoice import", "the flaky test",
    "search", "the map", "the onboarding mail", "the coffee machine", "Friday's demo",
)  # fmt: skip


class Command(BaseCommand):
    help = "Fill an empty database with a small world to look at."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--messages", type=int, default=3000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(username_key="alice").exists():
            raise CommandError("There are people here already; the demo wants an empty database.")
        dice = random.Random(options["seed"])
        with transaction.atomic():  # one commit for all of it
            people = [
                accounts.register(username=name, password=PASSWORD, display_name=shown)
                for name, shown in PEOPLE.items()
            ]
            made = [_furnish(dice, people, name, topic) for name, topic in ROOMS.items()]
            for _ in range(options["messages"]):
                _say_something(dice, dice.choice(made))
            _spread_over_days(made)
        self.stdout.write(
            f"{len(people)} people, {len(made)} rooms, {options['messages']} messages. "
            f"Sign in as {', '.join(PEOPLE)} with the password {PASSWORD}."
        )


def _furnish(dice: random.Random, people: list[User], name: str, topic: str) -> Room:
    owner, *others = dice.sample(people, k=dice.randint(5, len(people)))
    room = rooms.create(owner=owner, name=name, topic=topic).room
    for user in others:
        rooms.join(user=user, room=room.pk)
    return room


def _say_something(dice: random.Random, room: Room) -> None:
    authors = list(Membership.objects.filter(room=room).select_related("user"))
    text = dice.choice(OPENINGS if dice.random() < 0.3 else ANSWERS)
    author = dice.choice(authors).user
    said = messages.post(
        author=author, room=room.pk, message=text.format(topic=dice.choice(TOPICS))
    ).message
    luck = dice.random()
    if luck < 0.01:
        messages.delete(remover=author, message=said.pk)
    elif luck < 0.04:
        messages.edit(editor=author, message=said.pk, new_text=f"{said.text} (Sorry, typo.)")


def _spread_over_days(made: list[Room]) -> None:
    """As if it had been said over a week, the last of it just now."""
    now = timezone.now()
    for room in made:
        room.refresh_from_db()
        step = timedelta(days=7) / max(room.last_seq, 1)

        def at(seq: int, last: int = room.last_seq, step: timedelta = step) -> Any:
            return now - step * (last - seq)

        said = list(Message.objects.filter(room=room))
        for message in said:
            message.created_at = at(message.seq)
        Message.objects.bulk_update(said, ["created_at"], batch_size=200)
        written = list(Event.objects.filter(room=room))
        for event in written:
            event.at = at(event.seq)
        Event.objects.bulk_update(written, ["at"], batch_size=200)
        Room.objects.filter(pk=room.pk).update(created_at=at(0), active_at=at(room.last_seq))
