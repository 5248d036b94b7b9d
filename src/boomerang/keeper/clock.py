"""Where a keeper has the time from. It is injected: tests run hours in a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading

    from boomerang.chains.base import Chain


class Clock(Protocol):
    """A clock."""

    def now(self) -> float:
        """Unix seconds."""

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Until `stop` is set (True), or so many seconds have passed (False)."""


class WallClock:
    """The machine's."""

    def now(self) -> float:
        return time.time()

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        return stop.wait(seconds)


class ChainClock:
    """The chain's own second, where time passes only when somebody lets it. Waiting is real."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def now(self) -> float:
        return self._chain.now()

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        return stop.wait(min(seconds, 0.5))
