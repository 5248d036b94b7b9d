"""A relay as a process: one uvicorn server on a socket of our own, until it is told to stop."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.intents.relay.app import Relay


class Server:
    """Serves a relay in a thread. `port` 0 lets the system choose.

    Addresses of clients are those of their connections: no header is believed.
    """

    def __init__(self, relay: Relay, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            # From here on callers wait in line; the server may take its time to start.
            self._socket.listen(128)
        except OSError as error:
            self._socket.close()
            raise InvalidInput(f"cannot listen on {host} port {port}: {error.strerror}") from None
        config = uvicorn.Config(
            relay.app(),
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=200,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="relay", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def running(self) -> bool:
        """False once it ended, by itself or by `close`."""
        return self._thread.is_alive()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])

    def close(self) -> None:
        """Answer what is being asked, and stop listening."""
        self._server.should_exit = True
        self._thread.join(15.0)
        self._socket.close()


__all__ = ["Server"]
