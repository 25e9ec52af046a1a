"""Connections to PostgreSQL end when the other side is gone without a word.

A failover or a firewall can drop them so that no packet ever says so. Tried by hand, in a network
namespace with a rule that swallows the packets of all open connections (`ip rule … blackhole`): a
request is answered 503 after five seconds and the next one served; without these settings requests
hung for as long as they were watched.
"""

import os
import socket

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections")


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux has this option")
def test_connection_gives_up_on_a_store_that_acknowledges_nothing() -> None:
    connection.ensure_connection()

    with socket.socket(fileno=os.dup(connection.connection.fileno())) as ours:
        busy = ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        idle, interval, count = (
            ours.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )

    assert busy == 5_000
    assert idle + interval * count == 5


def test_store_gives_up_on_a_process_that_is_gone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW tcp_keepalives_idle")
        idle = cursor.fetchone()

    assert idle == ("30",)
