"""A client that subscribes and then reads nothing, or only later."""

import json
import socket

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.harness.people import Person
from tests.harness.server import Server
from tests.harness.sockets import Frame, dial

RECEIVE_BUFFER_BYTES = 16 * 1024


class SlowReader:
    def __init__(self, server: Server, person: Person, room: int, *, after_seq: int = 0) -> None:
        tcp = socket.socket()
        # Set before connecting: it is told to the other end in the handshake.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        tcp.connect(("127.0.0.1", server.port))
        self.seqs: list[int] = []
        self.bye: Frame | None = None
        # The library reads on by itself while its own queue has room.
        token = [("token", person.access)]
        self._ws: ClientConnection = dial(server.socket_url, token, sock=tcp, max_queue=1)
        subscribe = {"action": "subscribe_to_messages_in_room", "pk": room, "request_id": 1}
        self._ws.send(json.dumps({**subscribe, "after_seq": after_seq}))

    def read_to_the_end(self, head: int | None = None) -> None:
        """Until the connection ends, or `head` is there."""
        try:
            while head is None or not self.seqs or self.seqs[-1] < head:
                frame = json.loads(self._ws.recv(10))
                if "event" in frame:
                    self.seqs.append(frame["seq"])
                elif frame["action"] == "bye":
                    self.bye = frame
        except ConnectionClosed:
            pass

    def close(self) -> None:
        self._ws.socket.close()
