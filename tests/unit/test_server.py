"""The listening socket of `manage.py serve`.

Seen red with the option set on no socket.
"""

import socket

import pytest
import uvicorn

from backend.config.server import bind


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has this option")
def test_accepted_socket_gives_up_on_a_peer_that_acknowledges_nothing() -> None:
    config = uvicorn.Config("backend.config.asgi:application", port=0, log_config=None)
    with bind(config) as listener:
        listener.listen()

        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            milliseconds = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    assert milliseconds == 15_000
