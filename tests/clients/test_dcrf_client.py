"""The npm package dcrf-client 0.3.0, unchanged, with no option but the WebSocket class."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.harness.server import Server

from .node_scripts import NODE, run, script

Result = dict[str, Any]


@pytest.fixture(scope="module")
def done(server: Server) -> Result:
    """One client asked for every action once; the tests look at what it got."""
    return run("actions.js", server)


def test_lock_file_names_no_registry() -> None:
    lock = json.loads((NODE / "package-lock.json").read_text())
    packages = [package for path, package in lock["packages"].items() if path]
    assert packages
    assert all("resolved" not in package and "integrity" in package for package in packages)


def test_crud_answers_as_from_dcrf(done: Result) -> None:
    assert done["created_status"] == 201
    assert done["created"]["name"] == done["name"]
    assert done["created"]["membership"]["role"] == "owner"
    assert [room["pk"] for room in done["listed"]] == [done["created"]["pk"]]
    assert done["listed_without_data"] is True
    assert done["retrieved"] == done["created"]
    assert (done["patched"]["name"], done["patched"]["topic"]) == (done["name"], "second")
    assert (done["updated"]["name"], done["updated"]["topic"]) == (f"{done['name']} 2", "third")
    assert (done["deleted_status"], done["deleted"]) == (204, None)
    assert done["gone"]["code"] == "not_found"


def test_join_by_pk_name_and_digits_is_the_same_room(done: Result) -> None:
    for joined in (done["joined"], done["joined_by_name"], done["joined_by_digits"]):
        assert joined["room"]["pk"] == done["created"]["pk"]
        assert joined["current_users"] == [{**done["user"], "display_name": ""}]
        assert joined["online"] == 1
        assert joined["epoch"] == done["hello"]["data"]["epoch"]


def test_sends_are_answered_and_repeats_recognised(done: Result) -> None:
    posted = done["posted"]
    assert (posted["text"], posted["room"], posted["version"]) == ("one", done["created"]["pk"], 1)
    assert posted["user"]["pk"] == done["user"]["pk"]
    assert done["repeated"] == {**posted, "duplicate": True}
    assert done["repeated_status"] == 200
    assert done["other_text"] == {"status": 409, "code": "conflict", "field": "client_id"}
    assert done["without_pk"]["room"] == done["created"]["pk"]
    assert done["without_pk"]["seq"] == posted["seq"] + 1


def test_edit_delete_and_history(done: Result) -> None:
    assert (done["edited"]["text"], done["edited"]["version"]) == ("one!", 2)
    assert (done["stale"]["status"], done["stale"]["code"]) == (409, "conflict")
    assert (done["tombstone"]["text"], done["tombstone"]["deleted_at"] is None) == ("", False)
    history = done["history"]
    assert history["results"] == [done["edited"], done["tombstone"]]
    assert (history["has_before"], history["has_after"]) == (False, False)
    assert history["head_seq"] == done["subscribed"]["head_seq"]


def test_subscribing_ping_typing_and_leaving(done: Result) -> None:
    pk = done["created"]["pk"]
    assert done["subscribed_status"] == done["instance_status"] == 201
    assert (done["subscribed"]["room"], done["subscribed"]["complete"]) == (pk, True)
    assert done["ping"]["heads"] == {str(pk): done["subscribed"]["head_seq"]}
    synced = done["sync"]["rooms"][str(pk)]
    assert [event["seq"] for event in synced["results"]] == [
        *range(done["posted"]["seq"] + 1, done["subscribed"]["head_seq"] + 1)
    ]
    for name in ("typing", "unsubscribed", "instance", "no_instance", "stayed", "left"):
        assert done[name] == {}, name
    assert done["still_member"]["role"] == "owner"
    assert done["no_member"] is None


@pytest.mark.parametrize(
    ("what", "status", "code", "field"),
    [
        ("unknown_action", 400, "unknown_action", None),
        ("missing_field", 400, "invalid", "pk"),
        ("unknown_field", 400, "invalid", "colour"),
        ("unknown_room", 404, "not_found", None),
        ("not_a_member", 403, "not_a_member", None),
        ("taken_name", 409, "conflict", "name"),
        ("blank", 400, "invalid", "name"),
    ],
)
def test_refused_request_rejects_with_the_reply(
    done: Result, what: str, status: int, code: str, field: str | None
) -> None:
    assert done["refused"][what] == {"status": status, "code": code, "field": field}


def test_any_stream_name_is_sent_back_and_only_hello_is_flat(done: Result) -> None:
    assert done["other_stream"]["heads"] == {}
    assert set(done["flat"]) - {"heartbeat"} == {"hello"}


def test_two_clients_hear_the_room_and_its_end(server: Server) -> None:
    result = run("two_clients.js", server)

    bobs = result["heard"]["bob"]
    assert [event["action"] for event in bobs] == ["create", "create", "update", "delete"]
    assert [event["data"]["text"] for event in bobs] == ["hello", "hi", "hello, Bob", ""]
    assert [event["pk"] for event in bobs[:2]] == [result["first"]["pk"], result["second"]["pk"]]
    assert [event["data"]["room"] for event in bobs] == [result["room"]["pk"]] * 4
    # Alice subscribed before Bob joined, and heard that too; the rest is the same for both.
    alices = result["heard"]["alice"]
    assert [event["action"] for event in alices[:-4]] == ["member.joined"]
    assert [event["seq"] for event in alices] == [*range(alices[0]["seq"], alices[0]["seq"] + 5)]
    for ours, theirs in zip(alices[-4:], bobs, strict=True):
        assert {**ours, "request_id": 0} == {**theirs, "request_id": 0}

    users = {user["pk"] for user in result["joined"]["current_users"]}
    assert users == {result["alice"]["pk"], result["bob"]["pk"]}
    assert result["typing"]["data"]["user"]["pk"] == result["bob"]["pk"]
    assert [frame["data"] for frame in result["bobs_typing"]] == [{}]  # the reply alone
    assert [event["action"] for event in result["instance"]][-1] == "delete"
    assert result["instance"][-1]["data"]["topic"] == "news"
    assert result["ended"]["data"] == {"reason": "room_deleted"}


def _write_while_away(server: Server, room: int, token: str) -> None:
    """Two messages, the first edited: 3 events."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as api:
        path = f"/api/rooms/{room}/messages/"
        first = api.post(path, json={"text": "missed 1"}).raise_for_status().json()
        api.post(path, json={"text": "missed 2"}).raise_for_status()
        edited = api.patch(f"/api/messages/{first['pk']}/", json={"text": "missed 1!"})
        edited.raise_for_status()


def _over_a_restart(server: Server, **settings: Any) -> Result:
    with script("restart.js", server, **settings) as client:
        ready = client.hears()
        server.restart()
        _write_while_away(server, ready["room"], ready["token"])
        client.tell("return")
        return client.hears()


def test_restart_of_the_server_brings_subscriptions_back_without_a_hole(
    make_server: Callable[..., Server],
) -> None:
    result = _over_a_restart(make_server())

    heard = [(event["action"], event["text"]) for event in result["events"]]
    assert heard == [
        ("create", "before 1"),
        ("create", "before 2"),
        ("create", "missed 1!"),  # as it is now
        ("create", "missed 2"),
        ("update", "missed 1!"),
        ("create", "after 1"),
    ]
    seqs = [event["seq"] for event in result["events"]]
    assert seqs == [*range(seqs[0], seqs[0] + 6)]
    assert [reply["status"] for reply in result["replies"]] == [201, 201]
    assert result["instance"][-1] == {"action": "update", "topic": "after"}
    hellos = [frame for frame in result["flat"] if frame["action"] == "hello"]
    assert [frame["action"] for frame in result["flat"]] == ["hello", "bye", "hello"]
    assert result["flat"][1]["code"] == 1012
    assert hellos[0]["epoch"] == hellos[1]["epoch"]


def test_restart_without_after_seq_misses_what_came_meanwhile(
    make_server: Callable[..., Server],
) -> None:
    """The counterpart: it is the getter that makes the difference, not the short absence."""
    result = _over_a_restart(make_server(), resume=False)

    texts = [event["text"] for event in result["events"]]
    assert texts == ["before 1", "before 2", "after 1"]
