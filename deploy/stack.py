"""`make stack`: what docker-compose.yml describes, without containers, from installed programs.

PostgreSQL, Redis, the migrations, the workers and nginx run with the commands, the settings and the
files of the containers; only addresses and paths differ. The data is thrown away at the end, which
is Ctrl+C or SIGTERM.
"""

import argparse
import os
import resource
import secrets
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from deploy import nginx_files
from deploy.compose import ROOT, Service
from deploy.processes import Child, Missing, free_port, listens, program, run

# As `ulimits` of docker-compose.yml: each socket takes descriptors.
DESCRIPTORS = 65_536


class Stack:
    def __init__(self, directory: Path, *, port: int, page: Path) -> None:
        self.directory = directory
        self.page = page
        self.address = f"127.0.0.1:{port or free_port()}"
        self._postgres, self._redis, self._backend = free_port(), free_port(), free_port()
        keys = ("SECRET_KEY", "JWT_SIGNING_KEY", "POSTGRES_PASSWORD")
        self._variables = {**{key: secrets.token_hex(32) for key in keys}, **os.environ}
        self._children: list[Child] = []

    # -- the services of docker-compose.yml, in the order of their starting ------------------

    def start(self) -> None:
        self._start_postgres()
        self._start_redis()
        self._start_backend()
        self._start_nginx()

    def _start_postgres(self) -> None:
        service = Service("postgres", self._variables)
        data = self.directory / "postgres"
        data.mkdir(mode=0o700)
        options: dict[str, Any] = {"cwd": "/"}
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            options |= {"user": "postgres", "group": "postgres", "extra_groups": []}
            self.directory.chmod(0o711)
            shutil.chown(data, "postgres", "postgres")
        user = service.environment["POSTGRES_USER"]
        where = [f"port={self._postgres}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        with self._log("postgres") as log:
            initdb = [
                program("initdb"),
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ]
            run([*initdb, "-U", user, "-D", str(data)], stdout=log, stderr=log, **options)
            child = Child(
                "postgres",
                [program("postgres"), *service.command[1:], "-D", str(data)]
                + [part for setting in where for part in ("-c", setting)],
                stop_signal=signal.SIGINT,  # at once; SIGTERM would wait for its clients
                log=log,
                **options,
            )
        self._children.append(child)
        url = f"postgres://{user}@127.0.0.1:{self._postgres}/postgres"
        child.wait_until(lambda: _answers(url))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {service.environment['POSTGRES_DB']}".encode())

    def _start_redis(self) -> None:
        command = [program("redis-server"), *Service("redis", self._variables).command[1:]]
        where = ["--bind", "127.0.0.1", "--port", str(self._redis), "--dir", str(self.directory)]
        with self._log("redis") as log:
            child = Child("redis", command + where, log=log)
        self._children.append(child)
        child.wait_until(lambda: listens(self._redis))

    def _start_backend(self) -> None:
        migrate, backend = (Service(name, self._variables) for name in ("migrate", "backend"))
        settings = {**backend.environment, "TRUSTED_PROXIES": "127.0.0.1"}
        for name, ours, port in (
            ("DATABASE_URL", "postgres:5432", self._postgres),
            ("REDIS_URL", "redis:6379", self._redis),
        ):
            settings[name] = settings[name].replace(ours, f"127.0.0.1:{port}")
        options: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, **settings}}
        run([sys.executable, *migrate.command[1:], "--verbosity", "0"], **options)
        # The last one counts.
        where = ["--host", "127.0.0.1", "--port", str(self._backend)]
        child = Child("backend", [sys.executable, *backend.command[1:], *where], **options)
        self._children.append(child)
        child.wait_until(lambda: _is_ready(f"127.0.0.1:{self._backend}"))

    def _start_nginx(self) -> None:
        directory = self.directory / "nginx"
        directory.mkdir()
        nginx_files.fill_in(
            directory,
            {
                "NGINX_RUN": str(directory),
                "PAGE": str(self.page),
                "BACKEND_ADDRESS": f"127.0.0.1:{self._backend}",
                "HTTP_LISTEN": self.address,
                "HTTPS": "off",
            },
        )
        child = Child("nginx", nginx_files.command(directory))
        self._children.append(child)
        child.wait_until(lambda: _is_ready(self.address))

    # -- its life ----------------------------------------------------------------------------

    def watch(self) -> None:
        """Until one of them ends by itself."""
        while True:
            for child in self._children:
                if child.has_ended:
                    raise RuntimeError(f"{child.name} ended by itself")
            time.sleep(0.5)

    def stop(self) -> None:
        """The workers first: nginx and the stores stay for as long as they say goodbye."""
        order = ["backend", "nginx", "redis", "postgres"]
        for child in sorted(self._children, key=lambda child: order.index(child.name)):
            child.end(seconds=14)

    @contextmanager
    def _log(self, name: str) -> Iterator[Any]:
        path = self.directory / f"{name}.log"
        with path.open("ab") as log:
            try:
                yield log
            except BaseException:
                sys.stderr.write(path.read_text(errors="replace"))
                raise


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _is_ready(address: str) -> bool:
    try:
        urllib.request.urlopen(f"http://{address}/readyz", timeout=2).close()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _more_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def main() -> None:
    parser = argparse.ArgumentParser(prog="make stack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of nginx; else one that is free")
    parser.add_argument("--page", type=Path, default=ROOT / "frontend" / "dist")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _more_descriptors()
    if not (options.page / "index.html").is_file():
        sys.exit("make stack: the page is not built, which takes Node 20.19 or newer.")
    with tempfile.TemporaryDirectory(prefix="parley-stack-") as directory:
        stack = Stack(Path(directory), port=options.port, page=options.page.resolve())
        try:
            stack.start()
            print(f"The stack is at http://{stack.address}/ (Ctrl+C stops it)", flush=True)
            stack.watch()
        except KeyboardInterrupt:
            pass
        except (Missing, RuntimeError) as error:
            sys.exit(f"make stack: {error}.")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            stack.stop()


if __name__ == "__main__":
    main()
