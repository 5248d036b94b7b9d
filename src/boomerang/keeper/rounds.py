"""What services have in common that look, act and tell, round after round."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from boomerang.errors import BoomerangError
from boomerang.keeper.alerts import Level

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from boomerang.keeper.alerts import Alert, Alerts
    from boomerang.keeper.clock import Clock
    from boomerang.keeper.database import Database
    from boomerang.keeper.journal import Journal

R = TypeVar("R")


class Gauges(Protocol):
    """Metrics that count the alerts which stand, by level."""

    alerts: Any


class Rounds(ABC, Generic[R]):
    """A service for `place` that sends as `holder` of leases, nothing where it is `dry`."""

    place: str
    holder: str
    clock: Clock
    metrics: Gauges
    worst: Level | None = None
    _database: Database
    _alerts: Alerts
    _journal: Journal
    _dry: bool

    @abstractmethod
    def round(self) -> R | None:
        """One look, and what follows from it. None where nothing could be seen."""

    @abstractmethod
    def _pause(self, found: R | None) -> float:
        """Seconds until the next look."""

    @abstractmethod
    def _who(self) -> dict[str, object]:
        """For whom it works, as the journal says it."""

    def run(self, stop: threading.Event, until: Callable[[R], bool] | None = None) -> None:
        """Round after round until `stop` is set, or `until` says that it is enough."""
        self._journal.info("started", place=self.place, **self._who(), holder=self.holder)
        try:
            while not stop.is_set():
                found = self.round()
                if found is not None and until is not None and until(found):
                    return
                if self.clock.wait(stop, self._pause(found)):
                    return
        finally:
            self.finish()

    def finish(self) -> None:
        """Give leases back, and wait until the webhook was told."""
        try:
            if not self._dry:
                self._database.release(self.holder)
        finally:
            self._alerts.finish()
            self._journal.info("stopped", worst=None if self.worst is None else self.worst.name)

    def _stand(self, found: Sequence[Alert], now: float) -> None:
        """These alerts stand now, and no others."""
        try:
            self._alerts.update(list(found), now)
        except BoomerangError as error:
            self._journal.error("alerts-not-kept", why=str(error))
        worst = self._alerts.worst
        if worst is not None:
            self.worst = worst if self.worst is None else max(worst, self.worst)
        for level in Level:
            count = sum(1 for one in self._alerts.standing.values() if one.level is level)
            self.metrics.alerts.labels(level.name.lower()).set(count)


__all__ = ["Rounds"]
