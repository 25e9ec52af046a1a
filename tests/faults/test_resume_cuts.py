"""Promise 4: `after_seq` = the last seq that was processed has no hole and no repeat.

Connections are cut at random bytes, in handshakes and in the middle of frames too. Seen red with a
server that leaves out the first missed event, and with one that begins one too early.
"""

import pytest

from deploy.processes import wait_until
from tests.harness.crowd import Crowd
from tests.harness.people import Person
from tests.harness.proxy import Proxy
from tests.harness.server import Server

from .conftest import Trials

MOST_BYTES = 12_000


@pytest.mark.row("4", ci=30, long=500, seconds=5)
def test_cuts_at_random_bytes(target: Server, anna: Person, trials: Trials, seed: int) -> None:
    proxy = Proxy(target.port, seed=seed, cuts=trials.count, most_bytes=MOST_BYTES)
    with proxy.running(), Crowd(anna, anna.makes_room()["pk"], seed=seed) as crowd:
        crowd.join(1, in_flight=2, pause=0.05)
        url = target.socket_url.replace(str(target.port), str(proxy.port))
        crowd.join(2, url=url)
        crowd.join(2, url=url, in_flight=2, pause=0.05)
        wait_until(lambda: proxy.left <= 0, "the last cut", seconds=5 * trials.count)
        trials.done = trials.count
        crowd.settle()
