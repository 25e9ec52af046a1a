"""nginx with the files of deploy/nginx, and a small page to serve."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from deploy import nginx_files
from deploy.processes import Child, Missing, free_port, listens, program


def installed(name: str) -> None:
    """Skip without a program, aloud; where everything has to be there, fail."""
    try:
        program(name)
    except Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(f"{missing}: THIS IS NOT TESTED")


class Nginx:
    """One nginx in front of a backend, its log in a file."""

    def __init__(self, directory: Path, *, page: Path, backend: int, https: str) -> None:
        self.directory = directory
        self.log = directory / "nginx.log"
        self.port, self.tls_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        if https == "on":
            make_certificate(directory)
        variables = {
            "NGINX_RUN": str(directory),
            "PAGE": str(page),
            "CERTIFICATES": str(directory),
            "BACKEND_ADDRESS": f"127.0.0.1:{backend}",
            "HTTP_LISTEN": f"127.0.0.1:{self.port}",
            "HTTPS_LISTEN": f"127.0.0.1:{self.tls_port}",
            "HTTPS": https,
        }
        nginx_files.fill_in(directory, variables)
        with self.log.open("ab") as log:
            self._child = Child("nginx", nginx_files.command(directory), log=log)
        self._child.wait_until(lambda: listens(self.port))

    def stop(self) -> None:
        self._child.end(5)


def make_certificate(directory: Path) -> None:
    installed("openssl")
    files = ["-keyout", str(directory / "privkey.pem"), "-out", str(directory / "fullchain.pem")]
    for_whom = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *for_whom],
        capture_output=True,
        check=True,
        timeout=30,
    )


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `npm run build` leaves it: an index, an asset with a hash in its name."""
    root = tmp_path_factory.mktemp("page")
    (root / "index.html").write_text("<!doctype html><title>Parley</title>")
    (root / "theme.js").write_text("// early")
    (root / "assets").mkdir()
    (root / "assets" / "index-5a1b9c.js").write_text("// " + "late " * 1000)
    return root


@pytest.fixture
def make_nginx(tmp_path: Path, page: Path) -> Iterator[Callable[..., Nginx]]:
    installed("nginx")
    started: list[Nginx] = []

    def make(*, backend: int, https: str = "off") -> Nginx:
        started.append(Nginx(tmp_path, page=page, backend=backend, https=https))
        return started[-1]

    yield make
    for nginx in started:
        nginx.stop()


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """Asks without the contract at its side: the page and nginx's own answers are not in it."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client
