"""SIGTERM: no more newcomers, everyone is told when to come back, and the process ends.

Seen red with uvicorn's own server, which closes without a bye.
"""

import os
import signal
import time
from collections.abc import Callable

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.harness.contract import Contract
from tests.harness.people import Person
from tests.harness.server import Server
from tests.harness.sockets import dial


@pytest.mark.timeout(60)
@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_says_bye_and_closes_with_1012(
    make_server: Callable[..., Server],
    contract: Contract,
    workers: int,
    request: pytest.FixtureRequest,
) -> None:
    if workers > 1 and request.config.getoption("--stack") == "embedded":
        pytest.skip("several workers need Redis")
    server = make_server(workers=workers)
    alice = Person(server, contract, "alice")
    sockets = [dial(server.socket_url, [("token", alice.access)]) for _ in range(8)]
    for socket in sockets:
        assert '"hello"' in socket.recv(5)

    begun = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    time.sleep(0.7)
    ready = httpx.get(f"{server.url}/readyz", timeout=5).status_code
    byes, codes = [], []
    for socket in sockets:
        byes.append(socket.recv(5))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
        codes.append(closed.value.rcvd.code if closed.value.rcvd else None)
    server.wait(12)

    assert ready == 503
    assert all(
        '"bye"' in bye and '"code":1012' in bye and '"reconnect":true' in bye for bye in byes
    )
    assert len(set(byes)) > 1  # they do not all come back at once
    assert codes == [1012] * len(sockets)
    assert time.monotonic() - begun < 12
