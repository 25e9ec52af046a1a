"""The yardstick: sends what comes from one socket, as it is, to all sockets of the room.

No login, no check, no store. Rooms are paths. Run as Parley's `serve` runs uvicorn.
"""

import sys
from collections import defaultdict
from typing import Any

import uvicorn

_rooms: dict[str, dict[int, Any]] = defaultdict(dict)


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    room = _rooms[scope["path"]]
    room[id(send)] = send
    try:
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            frame = {"type": "websocket.send", "text": message["text"]}
            for deliver in list(room.values()):
                await deliver(frame)
    finally:
        del room[id(send)]


if __name__ == "__main__":
    uvicorn.run(
        application,
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        lifespan="off",
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        server_header=False,
    )
