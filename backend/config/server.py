"""uvicorn's server, but for how it stops: the application says goodbye to its sockets first.

Nothing of Django is imported here: processes are spawned, and this module comes before its set-up.
"""

import contextlib
import socket

import uvicorn
from uvicorn.supervisors import multiprocess


class Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Stock uvicorn closes every socket itself, without a bye and all at the same moment, and
        # tells the application afterwards. It does so again below, which then finds nothing left.
        await self.lifespan.shutdown()
        await super().shutdown(sockets)


class Worker(multiprocess.Process):
    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = Server(config=self.config)
        return self._server  # type: ignore[return-value]


def run(config: uvicorn.Config, listener: socket.socket) -> None:
    """Serve with one process, or with `config.workers`, each replaced when it dies."""
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C is a way to stop, and no error
        if config.workers > 1:
            multiprocess.Process = Worker  # type: ignore[misc]
            multiprocess.Multiprocess(config, sockets=[listener]).run()
        else:
            Server(config).run(sockets=[listener])
