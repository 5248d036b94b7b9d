"""How much one client, one maker and everybody together may ask of a relay."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

_CLIENTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`writes`, `reads`: requests a minute of one address, as many of which may come at once.
    `per_maker`, `total`: intents that are kept, names of withdrawn and used ones included.
    """

    writes: int = 60
    reads: int = 600
    per_maker: int = 1_000
    total: int = 100_000

    def __post_init__(self) -> None:
        """All must be above 0."""
        for name in ("writes", "reads", "per_maker", "total"):
            if getattr(self, name) <= 0:
                raise InvalidInput(f"{name} must be above 0, not {getattr(self, name)}")


class Buckets:
    """A token bucket for each client. Those seen longest ago are forgotten first."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        """`clock` in seconds; it must not go back."""
        self._size = float(per_minute)
        self._rate = per_minute / 60
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """0 where the client may; else the seconds after which it may again."""
        now = self._clock()
        with self._lock:
            left, then = self._buckets.pop(client, (self._size, now))
            left = min(self._size, left + (now - then) * self._rate)
            wait = 0.0 if left >= 1 else (1 - left) / self._rate
            self._buckets[client] = (left - 1 if not wait else left, now)
            while len(self._buckets) > _CLIENTS:
                self._buckets.popitem(last=False)
        return wait


__all__ = ["Buckets", "Limits"]
