"""Promise 13: any interleaving of joins, leaves, sends, cuts, resumes and kicks equals a model.

hypothesis chooses what happens over real sockets, and shrinks what fails. The model is a list of
kinds of events and a set of members. One trial is one sequence of up to 30 steps. Seen red with a
kick that ends no subscription.
"""

from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.harness.contract import Contract
from tests.harness.people import Person, canary
from tests.harness.server import Server
from tests.harness.sockets import Frame, Socket

from .conftest import Trials

NAMES = ["alice", "bob", "charlie"]
# Whose each socket is. Bob has two.
SOCKETS = [0, 1, 1, 2]
STEPS = 30

who = st.integers(0, len(NAMES) - 1)
others = st.integers(1, len(NAMES) - 1)  # Alice owns the room, and stays
sockets = st.integers(0, len(SOCKETS) - 1)
messages = st.integers(0, 5)


@pytest.mark.row("13", ci=20, long=500, seconds=20)
def test_any_interleaving(target: Server, contract: Contract, trials: Trials, seed: int) -> None:
    people = [Person(target, contract, name) for name in NAMES]

    class Seeded(Interleaving):
        def __init__(self) -> None:
            trials.done = min(trials.done + 1, trials.count)
            super().__init__(people, contract)

    hypothesis.seed(seed)(Seeded)
    run_state_machine_as_test(
        Seeded,
        settings=settings(
            max_examples=trials.count,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class Interleaving(RuleBasedStateMachine):
    def __init__(self, people: list[Person], contract: Contract) -> None:
        super().__init__()
        self.people, self.contract = people, contract
        self.room: int = people[0].makes_room()["pk"]
        self.members = {0}
        self.log = ["member.joined"]
        # (author, pk, text, client_id), in order.
        self.said: list[dict[str, Any]] = []
        self.subscribers: list[Subscriber | None] = [None] * len(SOCKETS)

    def teardown(self) -> None:
        texts = [message["text"] for message in self.said]
        path = f"/api/rooms/{self.room}/messages/?limit=200"
        stored = self.people[0].gets(path)["results"]
        log = self.people[0].log(self.room)
        for subscriber in filter(None, self.subscribers):
            subscriber.socket.close()
        assert [message["text"] for message in stored] == texts
        assert [(e["seq"], e["event"]) for e in log] == list(enumerate(self.log, 1))

    def happened(self, event: str, *, ended: tuple[int, str] | None = None) -> None:
        """An event of the log; with `ended`, the one after which somebody is no member."""
        self.log.append(event)
        for number, subscriber in enumerate(self.subscribers):
            if subscriber and subscriber.reads:
                if ended and SOCKETS[number] == ended[0]:
                    subscriber.reads = False
                    subscriber.expected.append(("ended", ended[1]))
                else:
                    subscriber.expected.append((len(self.log), event))

    # -- what people do ----------------------------------------------------------------------

    @rule(n=who)
    def join(self, n: int) -> None:
        self.people[n].joins(self.room)
        if n not in self.members:
            self.members.add(n)
            self.happened("member.joined")

    @rule(n=others)
    def leave(self, n: int) -> None:
        answer = self.people[n].api.post(f"/api/rooms/{self.room}/leave/")
        assert answer.status_code == (204 if n in self.members else 403)
        self.gone(n, "left")

    @rule(n=others)
    def kick(self, n: int) -> None:
        path = f"/api/rooms/{self.room}/members/{self.people[n].pk}/"
        answer = self.people[0].api.delete(path)
        assert answer.status_code == (204 if n in self.members else 404)
        self.gone(n, "kicked")

    def gone(self, n: int, reason: str) -> None:
        if n in self.members:
            self.members.discard(n)
            self.happened("member.left", ended=(n, reason))

    @rule(n=who, by_socket=st.booleans())
    def send(self, n: int, by_socket: bool) -> None:
        text = canary()
        status, message = self.post(n, text, text, by_socket)
        assert status == (201 if n in self.members else 403)
        if n in self.members:
            assert message["seq"] == len(self.log) + 1
            self.said.append({"author": n, "pk": message["pk"], "sent": text, "text": text})
            self.happened("message.created")

    @rule(k=messages, altered=st.booleans(), by_socket=st.booleans())
    def send_again(self, k: int, altered: bool, by_socket: bool) -> None:
        if k < len(self.said) and (message := self.said[k])["author"] in self.members:
            text = canary() if altered else message["sent"]
            status, answer = self.post(message["author"], text, message["sent"], by_socket)
            # Repeated is what was sent, whatever became of it since.
            assert status == (409 if altered else 200)
            assert altered or answer["pk"] == message["pk"]

    @rule(n=who, k=messages)
    def edit(self, n: int, k: int) -> None:
        if k < len(self.said):
            text, message = canary(), self.said[k]
            path = f"/api/messages/{message['pk']}/"
            status = self.people[n].api.patch(path, json={"text": text}).status_code
            may = n in self.members and n == message["author"]
            assert status == (200 if may else 403)
            if may:
                message["text"] = text
                self.happened("message.updated")

    def post(self, n: int, text: str, client_id: str, by_socket: bool) -> tuple[int, Any]:
        for owner, one in zip(SOCKETS, self.subscribers, strict=True):
            if by_socket and owner == n and one and not one.is_cut:
                fields: dict[str, Any] = {"message": text, "client_id": client_id}
                reply = one.socket.request("create_message", pk=self.room, **fields)
                return reply["response_status"], reply["data"]
        body = {"text": text, "client_id": client_id}
        answer = self.people[n].api.post(f"/api/rooms/{self.room}/messages/", json=body)
        return answer.status_code, answer.json()

    # -- what sockets do ---------------------------------------------------------------------

    @rule(s=sockets, resumes=st.booleans())
    def subscribe(self, s: int, resumes: bool) -> None:
        """Anew, or behind what this socket, or the one that was cut before it, has read."""
        person = self.people[SOCKETS[s]]
        before = self.subscribers[s]
        if before is None or before.is_cut:
            url, token = person.server.socket_url, [("token", person.access)]
            socket = Socket(url, token, contract=self.contract)
            self.subscribers[s] = Subscriber(socket, before.position if before else 0)
        subscriber = self.subscribers[s]
        assert subscriber is not None
        subscriber.subscribe(self.room, self.log, resumes=resumes)

    @rule(s=sockets)
    def cut(self, s: int) -> None:
        if subscriber := self.subscribers[s]:
            subscriber.cut()

    @invariant()
    def everybody_has_read_what_happened(self) -> None:
        for subscriber in filter(None, self.subscribers):
            subscriber.catch_up()


class Subscriber:
    """One socket, and what it has to receive."""

    def __init__(self, socket: Socket, position: int) -> None:
        self.socket, self.position = socket, position
        self.expected: list[tuple[Any, str]] = []
        self.reads = self.is_cut = False

    def subscribe(self, room: int, log: list[str], *, resumes: bool) -> None:
        fields = {"after_seq": self.position} if resumes else {}
        reply = self.socket.request(
            "subscribe_to_messages_in_room", pk=room, request_id="r", **fields
        )
        assert reply["response_status"] == 201
        assert reply["data"]["head_seq"] == len(log)
        self.reads = True
        if resumes:
            self.expected += list(enumerate(log, 1))[self.position :]
        self.position = len(log)

    def cut(self) -> None:
        self.socket.ws.socket.close()
        self.reads, self.is_cut = False, True

    def catch_up(self) -> None:
        if not self.is_cut:
            seen = [self.seen(self.socket.event(5, request_id="r")) for _ in self.expected]
            assert seen == self.expected
            self.expected = []

    def seen(self, frame: Frame) -> tuple[Any, str]:
        if frame["action"] == "subscription.ended":
            return "ended", frame["data"]["reason"]
        self.position = frame["seq"]
        return frame["seq"], frame["event"]
