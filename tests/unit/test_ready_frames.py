"""Finished frames are what any WebSocket client reads: RFC 6455 as `websockets` understands it."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from backend.config.protocol import _header


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 100_000])
def test_header_is_read_as_a_whole_text_of_its_length(length: int) -> None:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    text = b"x" * length

    client.receive_data(_header(length) + text + _header(2) + b"{}")

    first, second = client.events_received()
    assert isinstance(first, Frame) and isinstance(second, Frame)
    assert (first.opcode, first.fin, bytes(first.data)) == (1, True, text)
    assert bytes(second.data) == b"{}"
