"""What operators and tools look at: health, metrics, the schema and its pages."""

import http.client
import resource
import time
from collections.abc import Callable

import pytest

from tests.harness.people import Client, People
from tests.harness.server import Server


def test_healthz_is_alive(guest: Client) -> None:
    assert guest.get("/healthz").status_code == 200


def test_readyz_names_the_channel_layer(guest: Client) -> None:
    answer = guest.get("/readyz")

    assert answer.status_code == 200
    assert "ok" in answer.json().values()


def test_metrics_are_of_prometheus(guest: Client) -> None:
    answer = guest.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE " in answer.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/yaml"])
def test_schema_lists_the_paths(guest: Client, accept: str) -> None:
    answer = guest.get("/api/schema/", headers={"Accept": accept})

    assert answer.status_code == 200
    assert "/api/rooms/{" in answer.text


def test_docs_are_a_page(guest: Client) -> None:
    answer = guest.get("/api/docs/")

    assert answer.status_code == 200
    assert "<html" in answer.text.lower()


@pytest.mark.parametrize("accept", ["text/html", "image/png", "nonsense"])
def test_answers_are_json_whatever_one_would_like(people: People, accept: str) -> None:
    good = people.alice.api.get("/api/rooms/", headers={"Accept": accept})
    bad = people.alice.api.get("/api/rooms/0/", headers={"Accept": accept})

    assert (good.status_code, bad.status_code) == (200, 404)
    assert good.headers["content-type"] == bad.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://good.example", True), ("https://evil.example", False)]
)
def test_cors_is_for_known_origins(guest: Client, origin: str, allowed: bool) -> None:
    answer = guest.options(
        "/api/rooms/",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )

    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
    assert "access-control-allow-credentials" not in answer.headers


def test_idle_connection_outlives_what_clients_keep(server: Server) -> None:
    """httpx keeps its own for 5 s; were it as short here, a POST could meet a closed one."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    statuses = []
    for pause in (0.0, 6.5):
        time.sleep(pause)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()

    assert statuses == [200, 200]


def test_server_may_have_more_sockets_than_the_usual_soft_limit(
    make_server: Callable[..., Server],
) -> None:
    """Seen red with a server that keeps the limit it was started with: often 1,024."""
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        server = make_server()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert resource.prlimit(server.pid, resource.RLIMIT_NOFILE) == (hard, hard)
