"""A clock that one process sets and others read: campaigns' time passes only as fast as the machine
can follow, so that what is tested are the faults that were drawn, not the machine's load.
"""

from __future__ import annotations

import mmap
import struct
import threading
import time
from pathlib import Path

_FORMAT = struct.Struct("<ddd")  # second, the machine's monotonic time when it began, rate


class SharedClock:
    """Reads the file that `ClockSetter` writes. Within a second time runs at its rate, then stops
    until the next one is set.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), _FORMAT.size, access=mmap.ACCESS_READ)

    def now(self) -> float:
        second, since, rate = _FORMAT.unpack(self._map[: _FORMAT.size])
        return float(second + min((time.monotonic() - since) * rate, 0.999))

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            if stop.wait(min(left / 10, 0.05)):
                return True
        return stop.is_set()


class ClockSetter:
    """Sets it."""

    def __init__(self, path: Path, second: int, rate: float) -> None:
        path.write_bytes(_FORMAT.pack(second, time.monotonic(), rate))
        self._rate = rate
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _FORMAT.size)

    def set(self, second: int) -> None:
        self._map[: _FORMAT.size] = _FORMAT.pack(second, time.monotonic(), self._rate)
