"""nginx alone, before a backend that is away or that only notes what reaches it.

Seen red with `error_log … error` in place of `emerg`, `$request` in the log's format,
`$proxy_add_x_forwarded_for`, and without `error_page`.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from deploy.processes import free_port

from .conftest import Nginx

TOKEN = "eyJhbGciOiJub25lIn0.canary-token"
MakeNginx = Callable[..., Nginx]


class Backend(ThreadingHTTPServer):
    """Answers everything with its own name for it, and notes the headers that came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[dict[str, str]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        self.server.seen.append({name.lower(): value for name, value in self.headers.items()})
        if self.path.startswith("/ws/"):
            self.close_connection = True  # without a word: an error to nginx
            return
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"backend")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


# -- what reaches the backend ----------------------------------------------------------------


def test_forged_headers_of_a_client_do_not_reach_the_backend(
    make_nginx: MakeNginx, backend: Backend, browser: httpx.Client
) -> None:
    nginx = make_nginx(backend=backend.port)

    forged = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "https", "X-Request-ID": "x"}
    browser.get(f"{nginx.url}/api/me/", headers=forged)

    (seen,) = backend.seen
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "http"
    assert seen["host"] == f"127.0.0.1:{nginx.port}"
    assert len(seen["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/%6detrics", "/x/../metrics"])
def test_metrics_are_not_public(
    make_nginx: MakeNginx, backend: Backend, browser: httpx.Client, path: str
) -> None:
    nginx = make_nginx(backend=backend.port)

    answer = browser.get(httpx.URL(nginx.url, raw_path=path.encode()))

    assert answer.status_code == 404
    assert backend.seen == []


@pytest.mark.parametrize(
    "path", ["/api/x/", "/admin/login/", "/static/admin/x.css", "/healthz", "/readyz"]
)
def test_backend_answers_for_its_paths(
    make_nginx: MakeNginx, backend: Backend, browser: httpx.Client, path: str
) -> None:
    nginx = make_nginx(backend=backend.port)

    assert browser.get(nginx.url + path).text == "backend"


# -- without a backend -----------------------------------------------------------------------


def test_backend_away_is_unavailable_in_the_shape_of_the_contract(
    make_nginx: MakeNginx, browser: httpx.Client
) -> None:
    nginx = make_nginx(backend=free_port())

    answer = browser.get(f"{nginx.url}/api/rooms/")

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["field"]) == (503, "unavailable", None)
    assert error["retry_after_ms"] > 0
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert browser.get(f"{nginx.url}/rooms/1").status_code == 200  # the page needs no backend


@pytest.mark.parametrize("away", [True, False], ids=["refused", "broken off"])
def test_log_holds_no_token_whatever_goes_wrong(
    make_nginx: MakeNginx, backend: Backend, browser: httpx.Client, away: bool
) -> None:
    nginx = make_nginx(backend=free_port() if away else backend.port)
    path = "/ws/chat/room/"
    headers = {
        "Referer": f"http://127.0.0.1/?token={TOKEN}",
        "User-Agent": TOKEN,
        "Authorization": f"Bearer {TOKEN}",
    }

    answer = browser.get(f"{nginx.url}{path}?token={TOKEN}", headers=headers)
    browser.get(f"{nginx.url}{path}%3Ftoken={TOKEN}")
    browser.get(f"{nginx.url}/assets/none.js?token={TOKEN}", headers=headers)
    browser.post(f"{nginx.url}/api/?token={TOKEN}", content=b" " * 70_000, headers=headers)
    browser.get(f"{nginx.url}{path}?token={TOKEN * 1000}")
    nginx.stop()

    log = nginx.log.read_text()
    assert answer.status_code == 503
    assert f'"path":"{path}","status":503' in log
    assert TOKEN not in log
    assert "eyJ" not in log


def test_body_of_the_largest_size_passes_and_one_byte_more_does_not(
    make_nginx: MakeNginx, browser: httpx.Client
) -> None:
    nginx = make_nginx(backend=free_port())

    fits = browser.post(f"{nginx.url}/api/rooms/", content=b" " * 65_536)
    too_large = browser.post(f"{nginx.url}/api/rooms/", content=b" " * 65_537)
    far_too_large = browser.post(f"{nginx.url}/api/rooms/", content=b" " * 10_000_000)
    chunked = browser.post(f"{nginx.url}/api/rooms/", content=iter([b" " * 40_000] * 2))

    assert fits.status_code == 503  # it was handed on
    for answer in (too_large, far_too_large, chunked):
        assert answer.status_code == 413
        assert answer.json()["errors"][0]["code"] == "too_large"


# -- TLS -------------------------------------------------------------------------------------


def test_https(make_nginx: MakeNginx, backend: Backend, browser: httpx.Client) -> None:
    nginx = make_nginx(backend=backend.port, https="on")
    trust = ssl.create_default_context(cafile=str(nginx.directory / "fullchain.pem"))
    secure = f"https://127.0.0.1:{nginx.tls_port}"

    with httpx.Client(verify=trust, trust_env=False, timeout=20) as client:
        page, _ = client.get(f"{secure}/"), client.get(f"{secure}/api/me/")

    plain = browser.get(f"{nginx.url}/rooms/1?x=y")
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert backend.seen[-1]["x-forwarded-proto"] == "https"
    assert (plain.status_code, plain.headers["Location"]) == (308, "https://127.0.0.1/rooms/1?x=y")
    assert browser.get(f"{nginx.url}/healthz").text == "backend"  # the container's health check
