"""How long something that failed is left alone."""

from __future__ import annotations


class Backoff:
    """Twice as long each time, from `first` to `longest` seconds."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._failed: dict[object, tuple[int, float]] = {}

    def fail(self, what: object, now: float) -> float:
        count, _ = self._failed.get(what, (0, 0.0))
        pause = min(self._first * 2.0**count, self._longest)
        self._failed[what] = min(count + 1, 16), now + pause
        return pause

    def well(self, what: object) -> None:
        self._failed.pop(what, None)

    def rests(self, what: object, now: float) -> bool:
        return now < self._failed.get(what, (0, 0.0))[1]

    def forget(self, known: set[object]) -> None:
        for gone in self._failed.keys() - known:
            del self._failed[gone]


__all__ = ["Backoff"]
