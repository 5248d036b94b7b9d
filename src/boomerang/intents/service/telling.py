"""What a solver tells: metrics, alerts, `/health`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from boomerang.chains.base import NodeError
from boomerang.keeper import alerts as telling
from boomerang.keeper.alerts import Alert, Level
from boomerang.keeper.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.intents.relay.client import RelayClient
    from boomerang.intents.service.metrics import Metrics
    from boomerang.intents.service.rounds import Pending, Round
    from boomerang.intents.service.solving import Solving
    from boomerang.keeper.nodes import Head, Node, Pool
    from boomerang.keeper.settings import Settings

GAS_RESERVE: Final = 2_000_000
"""Gas for which the account must have the money."""


class Telling(Rounds["Round"]):
    """The part of a solver's service that is looked at from outside."""

    account: str
    settings: Settings
    metrics: Metrics
    _failing_since: float | None
    _failures: int
    _follow: bool
    _head: Head | None
    _last: Round | None
    _last_round: float | None
    _node: Node | None
    _pending: Pending | None
    _pool: Pool
    _relays: Sequence[RelayClient]
    _solving: Solving
    _trouble: dict[str, str]

    def _failed(self, now: float, error: Exception) -> None:
        self.metrics.failures.inc()
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = now
        self._journal.warning(
            "round-failed", why=str(error), kind=type(error).__name__, again=self._pause(None)
        )
        self._update(now, [])

    def _well(self, found: Round, now: float) -> None:
        self._failures = 0
        self._failing_since = None
        self._last, self._last_round = found, now
        metrics = self.metrics
        metrics.rounds.inc()
        metrics.last_round.set(now)
        metrics.intents.set(found.intents)
        metrics.entries.set(found.entries)
        metrics.waiting.set(int(found.waiting))
        if self._head is not None:
            metrics.head.set(self._head.block.number)
        self._update(now, self._poor())

    def _poor(self) -> list[Alert]:
        """The account cannot pay for a batch."""
        if self._node is None or self._head is None or self._dry or not self._follow:
            return []
        try:
            has = self._node.balance(self.account)
        except NodeError:
            return []
        self.metrics.balance.set(has / 10**18)
        needed = (2 * self._head.base_fee + self.settings.min_tip) * GAS_RESERVE
        if has >= needed:
            return []
        text = f"{self.account} has {has} wei; a batch may need {needed}"
        return [Alert(f"poor:{self.account}", Level.ERROR, text)]

    def _update(self, now: float, more: list[Alert]) -> None:
        found = [*more, *telling.nodes(self._pool.health)]
        found += [
            Alert(f"relay:{url}", Level.WARNING, why) for url, why in sorted(self._trouble.items())
        ]
        if self._failing_since is not None:
            blind = now - self._failing_since
            level = Level.ERROR if blind > self.settings.head_age else Level.WARNING
            found.append(Alert("blind", level, f"nothing could be done for {blind:.0f} s"))
        self._stand(found, now)

    def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and how it is: what `/health` answers."""
        now, last = self.clock.now(), self._last_round
        patience = 3 * self.settings.poll + 4 * self.settings.timeout + self._solving.time_limit
        fresh = last is not None and now - last < patience
        shouts = [one for one in self._alerts.standing.values() if one.level >= Level.ERROR]
        return fresh and not shouts, {
            "well": fresh and not shouts,
            "place": self.place,
            "lastRound": last,
            "now": now,
            "head": None if self._head is None else self._head.block.number,
            "intents": None if self._last is None else self._last.intents,
            "entries": None if self._last is None else self._last.entries,
            "waiting": self._pending is not None,
            "nodes": {one.node.name: one.trouble or "well" for one in self._pool.health},
            "relays": {one.url: self._trouble.get(one.url, "well") for one in self._relays},
            "alerts": {
                one.key: {"level": one.level.name.lower(), "text": one.text}
                for one in self._alerts.standing.values()
            },
        }


__all__ = ["Telling"]
