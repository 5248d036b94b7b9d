"""The chain's time, between blocks too: agents' latencies are seconds of it.

A chain that is run in time-lapse has seconds shorter than the wall's: `pace` wall seconds each. A
latency of 2 is then 2 seconds of the chain, as everything else in the match is.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable


class ChainClock:
    """Goes by the head, and on from there by the wall clock, but not past the next block where
    `block_time` (seconds of the chain) says when that is: it waits for blocks that come late.
    """

    def __init__(
        self,
        pace: float = 1.0,
        block_time: float | None = None,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        if not pace > 0 or not math.isfinite(pace):
            raise InvalidInput(f"a second of the chain takes more than {pace:g} seconds")
        self.pace = pace
        self._most = math.inf if block_time is None else block_time
        self._wall = wall
        self._head = 0
        self._since = wall()

    def saw(self, head: int) -> None:
        """The head has this Unix second."""
        if head != self._head:
            self._head, self._since = head, self._wall()

    def now(self) -> float:
        """The chain's Unix second, with its fraction. It never goes back while the head does not,
        except where it ran ahead of blocks that came late.
        """
        return self._head + min((self._wall() - self._since) / self.pace, self._most)

    def until(self, moment: float) -> float:
        """Wall seconds until a moment, 0 or more; longer, where blocks come late."""
        return max(0.0, (moment - self.now()) * self.pace)


__all__ = ["ChainClock"]
