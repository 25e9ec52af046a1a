"""Promise 4: `after_seq` = the last seq that was processed has no hole and no repeat.

Seen red with a server that leaves out the first missed event, and with one that begins one too
early.
"""

import json
import threading

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.harness.people import People, canary
from tests.harness.proxy import CuttingProxy
from tests.harness.sockets import dial

CUTS, MESSAGES, MOST_BYTES = 20, 220, 12_000


def test_resume_through_cuts_at_random_bytes(people: People, room: int, seed: int) -> None:
    writer_done = threading.Event()
    posted: list[int] = []

    def write() -> None:
        while len(posted) < MESSAGES or (proxy.left > 0 and len(posted) < 10 * MESSAGES):
            posted.append(people.alice.posts(room, canary())["seq"])
        writer_done.set()

    seen: list[int] = []
    attempts = 0
    proxy = CuttingProxy(people.bob.server.port, seed=seed, cuts=CUTS, most_bytes=MOST_BYTES)
    with proxy.running():
        writer = threading.Thread(target=write)
        writer.start()
        while not (writer_done.is_set() and seen and seen[-1] >= posted[-1]):
            attempts += 1
            assert attempts < 10 * CUTS, "it does not come to an end"
            read_until_cut(people, proxy.port, room, seen)
        writer.join()

    assert proxy.left <= 0, "the proxy did not cut as often as it should"
    assert seen == list(range(1, posted[-1] + 1))


def read_until_cut(people: People, port: int, room: int, seen: list[int]) -> None:
    """One connection: resume behind the last seq, and process events until it dies, or silence."""
    token = [("token", people.bob.access)]
    try:
        ws = dial(f"ws://127.0.0.1:{port}/ws/chat/room/", token)
    except (OSError, InvalidHandshake, InvalidMessage, EOFError):
        return  # cut in the handshake already
    try:
        last = seen[-1] if seen else 0
        subscribe = {"action": "subscribe_to_messages_in_room", "pk": room, "request_id": "r"}
        ws.send(json.dumps({**subscribe, "after_seq": last}))
        while True:
            frame = json.loads(ws.recv(2))
            assert not frame.get("errors"), frame
            if "event" in frame:
                seen.append(frame["seq"])
    except (ConnectionClosed, TimeoutError):
        return
    finally:
        ws.close()
