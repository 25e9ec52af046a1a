"""uvicorn's server, but for how it stops: the application says goodbye to its sockets first.

Nothing of Django is imported here: processes are spawned, and this module comes before its set-up.
"""

import contextlib
import os
import resource
import socket
import tempfile
import threading
from multiprocessing import parent_process
from types import FrameType

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import multiprocess

# A peer that vanished is given up after this long. It is longer than what a slow reader is given
# (`realtime.outbox`), so that the application can end that one with a code of its own.
UNACKNOWLEDGED_MILLISECONDS = 15_000
# What the kernel takes for a socket whose client does not read; it would let it grow to megabytes,
# and the slow reader would be noticed late.
SEND_BUFFER_BYTES = 128 * 1024


class Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # A start waits for its database, and cannot be told to stop; nobody is here to say bye to.
        if not self.started:
            os._exit(0)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Stock uvicorn closes every socket itself, without a bye and all at the same moment, and
        # tells the application afterwards. It does so again below, which then finds nothing left.
        await self.lifespan.shutdown()
        await super().shutdown(sockets)


class Worker(multiprocess.Process):
    def target(self, sockets: list[socket.socket] | None = None) -> None:
        threading.Thread(target=_end_with_supervisor, daemon=True).start()
        super().target(sockets)

    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = Server(config=self.config)
        return self._server  # type: ignore[return-value]

    def join(self) -> None:
        super().join()
        # Its sockets are gone; what it counted stays.
        mark_process_dead(self.pid)


def _end_with_supervisor() -> None:
    """In a worker. Were it to serve on, who is started next would find the address taken."""
    if supervisor := parent_process():
        supervisor.join()
        os._exit(1)


def bind(config: uvicorn.Config) -> socket.socket:
    """The address that all workers share; what they accept inherits the options set here."""
    listener = config.bind_socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        listener.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLISECONDS
        )
    return listener


def allow_many_sockets() -> None:
    """As many descriptors as this user may have; the usual soft limit ends at 1,024 sockets."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS says "infinite", and takes no such number.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def run(config: uvicorn.Config, listener: socket.socket) -> None:
    """Serve with one process, or with `config.workers`, each replaced when it dies."""
    allow_many_sockets()
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C is a way to stop, and no error
        if config.workers > 1:
            multiprocess.Process = Worker  # type: ignore[misc]
            # Where the workers' numbers meet, see backend/realtime/metrics.py.
            with tempfile.TemporaryDirectory(prefix="parley-metrics-") as directory:
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
                multiprocess.Multiprocess(config, sockets=[listener]).run()
        else:
            Server(config).run(sockets=[listener])
