"""Who a keeper is to other keepers. A keeper that was killed and is started again is the same one,
so that it need not wait for its own lease; two at once are two.
"""

from __future__ import annotations

import fcntl
import os
import socket
from typing import TYPE_CHECKING

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

MOST = 64


class Holder:
    """Host, store, and the first number that no other living keeper has there. The kernel takes
    the number back however the process ends.
    """

    def __init__(self, store: Path) -> None:
        """`store` is the directory of the store of openings. InvalidInput where none is free."""
        for number in range(MOST):
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
            descriptor = os.open(store / f"keeper-{number}.lock", flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            self._descriptor = descriptor
            self.name = f"{socket.gethostname()}:{store.stat().st_ino}:{number}"[:80]
            return
        raise InvalidInput(f"{MOST} keepers run on the store at {store} already")

    def close(self) -> None:
        """Let others have the number."""
        os.close(self._descriptor)
