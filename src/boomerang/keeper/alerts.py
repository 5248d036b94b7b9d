"""What a keeper shouts, and how: in its log, to a webhook, and with its exit status.

An alert is raised once, told again when it grows worse, and cleared when its reason is gone. What
stands is in the database: a keeper that is started again does not tell it twice.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import requests

from boomerang.identity import format_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.keeper.actions import Action
    from boomerang.keeper.database import Database
    from boomerang.keeper.journal import Journal
    from boomerang.keeper.nodes import Health
    from boomerang.keeper.planner import Missed
    from boomerang.keeper.settings import Settings

WEBHOOK_SECONDS = 5.0


class Level(IntEnum):
    """How loud. From ERROR on, a keeper's exit status tells it too."""

    WARNING = 1
    ERROR = 2
    MISSED = 3


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that somebody should know of. `key` says which it is, from look to look."""

    key: str
    level: Level
    text: str
    deadline: int | None = None


def late(actions: Iterable[Action], now: int, settings: Settings) -> list[Alert]:
    """Actions that should have been done: warned of after `warn_share` of the time that is left
    for them once they are due, shouted after `error_share` of it.
    """
    found = []
    for action in actions:
        share = action.lateness(now)
        if action.closes is None or share < settings.warn_share:
            continue
        level = Level.ERROR if share >= settings.error_share else Level.WARNING
        names = ", ".join(format_id(one, short=True) for one in action.ids)
        text = (
            f"{action.kind} {names} is late: {action.closes - now} s are left, "
            f"{round(share * 100)}% of its time is over"
        )
        if action.blocked:
            text += f"; {action.blocked}"
        found.append(Alert(f"late:{action.key}", level, text, action.closes))
    return found


def lost(found: Iterable[Missed]) -> list[Alert]:
    """What can no longer be done."""
    return [
        Alert(
            f"missed:{one.key}",
            Level.MISSED,
            f"{format_id(one.id, short=True)} {one.what}"
            + (f": {one.lost} wei are lost" if one.lost else ""),
        )
        for one in found
    ]


def nodes(health: Sequence[Health]) -> list[Alert]:
    """Nodes in trouble: worth a warning, and a shout where all of them are."""
    bad = [one for one in health if one.trouble is not None]
    level = Level.ERROR if len(bad) == len(health) else Level.WARNING
    return [Alert(f"node:{one.node.name}", level, f"{one.node.name} {one.trouble}") for one in bad]


class Alerts:
    """Keeps what stands, and tells what is new."""

    def __init__(
        self, place: str, database: Database, journal: Journal, webhook: str | None = None
    ) -> None:
        self._place = place
        self._database = database
        self._journal = journal
        self._webhook = webhook
        self._telling: list[threading.Thread] = []
        self.standing: dict[str, Alert] = {}

    @property
    def worst(self) -> Level | None:
        """The loudest that stands."""
        return max((alert.level for alert in self.standing.values()), default=None)

    def update(self, found: Iterable[Alert], now: float) -> None:
        """These stand now, and no others."""
        current = {alert.key: alert for alert in found}
        stored = self._database.alerts(self._place)
        for key, alert in current.items():
            before = stored.get(key)
            if before is None or Level[before[0]] < alert.level:
                self._tell(alert, now)
                self._database.raise_alert(
                    self._place, key, alert.level.name, alert.text, now, told=True
                )
        for key in stored:
            if key not in current:
                self._journal.info("alert-over", alert=key)
                self._database.clear_alert(self._place, key)
                self._post({"event": "alert-over", "alert": key, "time": now})
        self.standing = current

    def _tell(self, alert: Alert, now: float) -> None:
        say = self._journal.warning if alert.level is Level.WARNING else self._journal.error
        said: dict[str, Any] = {
            "alert": alert.key,
            "alert_level": alert.level.name.lower(),
            "text": alert.text,
            "deadline": alert.deadline,
        }
        say("alert", **said)
        self._post({"event": "alert", "time": now, "place": self._place, **said})

    def _post(self, body: dict[str, Any]) -> None:
        """In a thread of its own: a webhook that hangs must not make a keeper late."""
        if self._webhook is None:
            return
        thread = threading.Thread(target=self._deliver, args=(body,), name="webhook", daemon=True)
        self._telling.append(thread)
        thread.start()

    def _deliver(self, body: dict[str, Any]) -> None:
        for _ in range(3):
            try:
                answer = requests.post(self._webhook or "", json=body, timeout=WEBHOOK_SECONDS)
                if answer.ok:
                    return
                why = f"HTTP status {answer.status_code}"
            except requests.RequestException as error:
                why = str(error)
        self._journal.error("webhook-failed", why=why)

    def finish(self) -> None:
        """Wait, not for ever, until the webhook was told everything."""
        for thread in self._telling:
            thread.join(WEBHOOK_SECONDS)
