"""The keeper itself: look, plan, send, tell; again and again.

    watch   (nodes, watcher)   what the chain says, by the best node there is
    plan    (planner)          what is to be done: a pure function
    send    (sender, build)    transactions, under a lease for each account
    tell    (alerts, health)   what is late, missed or broken

A round that fails changes nothing: the next one starts from what the chain says then.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import CallReverted, ChainFault, NodeError, UnknownBlock
from boomerang.errors import BoomerangError
from boomerang.keeper import alerts as telling
from boomerang.keeper.alerts import Alert, Alerts, Level
from boomerang.keeper.build import Builder, escrowed
from boomerang.keeper.health import Metrics
from boomerang.keeper.openings import Openings, planned_seals
from boomerang.keeper.planner import Missed, Situation, missed, plan
from boomerang.keeper.rounds import Rounds
from boomerang.keeper.sender import Sender, Wanted
from boomerang.keeper.tasks import Tasks
from boomerang.keeper.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.chains.base import Tx
    from boomerang.identity import Domain
    from boomerang.keeper.actions import Action
    from boomerang.keeper.clock import Clock
    from boomerang.keeper.database import Database
    from boomerang.keeper.journal import Journal
    from boomerang.keeper.nodes import Node, Pool
    from boomerang.keeper.settings import Settings
    from boomerang.keeper.watcher import View
    from boomerang.parameters import Parameters
    from boomerang.store import Store

ETHER = 10**18
GAS_RESERVE = 1_000_000
"""Gas for which an account must have the money, beside what its planned bonds need."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one look came to."""

    view: View
    situation: Situation
    actions: list[Action]
    missed: list[Missed]

    def due(self) -> list[Action]:
        """Those whose time has come."""
        return [one for one in self.actions if one.due <= self.situation.time and not one.blocked]


class Keeper(Rounds[Round]):
    """Watches one registry for `accounts`, of which the first pays for what anybody may do.

    With `dry` it sends nothing. `clock` is the only place that it has the time from. `follow`:
    whether blocks come by themselves, so that an old head means a stale node.
    """

    metrics: Metrics

    def __init__(
        self,
        domain: Domain,
        parameters: Parameters,
        accounts: Sequence[str],
        *,
        pool: Pool,
        store: Store,
        database: Database,
        tasks: Tasks,
        settings: Settings,
        clock: Clock,
        journal: Journal,
        webhook: str | None = None,
        holder: str | None = None,
        follow: bool = True,
        dry: bool = False,
        first: int = 0,
    ) -> None:
        self.domain = domain
        self.parameters = parameters
        self.accounts = list(accounts)
        self.settings = settings
        self.clock = clock
        self.metrics = Metrics()
        self.holder = holder or uuid.uuid4().hex
        self.place = f"{domain.chain_id}:{domain.registry}"
        self._pool = pool
        self._store = store
        self._database = database
        self._tasks = tasks
        self._journal = journal
        self._follow = follow
        self._dry = dry
        self._builder = Builder(domain, parameters, store)
        self._openings = Openings(store)
        self._watcher = Watcher(
            domain,
            parameters,
            confirmations=settings.confirmations,
            hidden_blocks=settings.hidden_blocks,
            first=first,
        )
        self._alerts = Alerts(self.place, database, journal, None if dry else webhook)
        self._senders = [
            Sender(account, self.place, pool, database, settings, journal)
            for account in self.accounts
        ]
        self._node: Node
        self._kinds: set[str] = set()
        self._failing_since: float | None = None
        # Whoever takes over from a keeper that died must still be in time.
        self._lease = min(settings.lease_seconds, max(1, parameters.reveal_window // 8))
        self._last_round: float | None = None
        self._last: Round | None = None

    # -------------------------------------------------------------------------------- running

    def _who(self) -> dict[str, object]:
        return {"accounts": self.accounts}

    def _pause(self, found: Round | None) -> float:
        """Until the next look: sooner where something becomes due sooner."""
        pause = self.settings.poll
        if found is not None:
            now = self.clock.now()
            for action in found.actions:
                if action.due > now:
                    pause = min(pause, action.due - now)
        return max(pause, 0.1)

    def round(self) -> Round | None:
        """One look, and what follows from it. None where nothing could be seen; never raises what
        may pass by itself.
        """
        now = self.clock.now()
        try:
            found = self._look(now)
            if not self._dry:
                self._send(found, now)
        except (ChainFault, BoomerangError) as error:
            self._failed(now, error)
            return None
        self._well(found, now)
        return found

    # --------------------------------------------------------------------------------- looking

    def _look(self, now: float) -> Round:
        """What is to be done by the first node that can be read."""
        age = self.settings.head_age if self._follow else None
        ranked = self._pool.look(int(now), age)
        trouble: NodeError | None = None
        for health in ranked:
            if health.head is None:
                continue
            try:
                view = self._watcher.look(health.node, health.head)
            except (NodeError, UnknownBlock) as error:
                trouble = error if isinstance(error, NodeError) else None
                health.trouble = str(error)
                continue
            if view.reorganised:
                self.metrics.reorganisations.inc()
                self._journal.warning("reorganised", block=view.head.block.number)
            self._node = health.node
            return self._round(view, int(now))
        if trouble is not None:
            raise trouble
        raise NodeError(
            ", ".join(node.name for node in self._pool.nodes),
            "; ".join(one.trouble or "is well" for one in self._pool.health),
        )

    def _round(self, view: View, now: int) -> Round:
        tasks = self.tasks()
        situation = Situation(
            state=view.state,
            now=now,
            head=view.head.block,
            deep=view.deep,
            seen=max(self._pool.seen, view.head.block.time),
            accounts=frozenset(self.accounts),
            openings=self._openings.behind(view.state),
        )
        actions = plan(situation, tasks, self.settings)
        return Round(view, situation, actions, missed(situation, tasks))

    def tasks(self) -> Tasks:
        """What is wanted: the plan, and what the store says besides."""
        found = Tasks()
        found.seals = planned_seals(self._store, self.domain)
        found.add(self._tasks)
        return found

    # --------------------------------------------------------------------------------- sending

    def _send(self, found: Round, now: float) -> None:
        due = found.due()
        tasks = self.tasks()
        state = found.view.state
        for sender in self._senders:
            lease = f"{self.domain.chain_id}:{sender.account}"
            held = self._database.lease(lease, self.holder, now, self._lease)
            self.metrics.leases.labels(sender.account).set(int(held))
            if not held:
                continue
            wanted = [
                Wanted(action, self._building(action, state, tasks, sender.account))
                for action in due
                if (action.sender or self.accounts[0]) == sender.account
            ]
            sender.step(self._node, found.view.head, now, wanted)

    def _building(self, action: Action, state: Any, tasks: Tasks, account: str) -> Callable[[], Tx]:
        return lambda: self._builder.build(action, state, tasks, account)

    # --------------------------------------------------------------------------------- telling

    def _failed(self, now: float, error: Exception) -> None:
        self.metrics.failures.inc()
        if self._failing_since is None:
            self._failing_since = now
        self._journal.warning("round-failed", why=str(error), kind=type(error).__name__)
        self._update(now, [])

    def _well(self, found: Round, now: float) -> None:
        self._failing_since = None
        self._last_round = now
        self._last = found
        self.metrics.rounds.inc()
        self.metrics.last_round.set(now)
        head = found.view.head.block
        self.metrics.head.set(head.number)
        self.metrics.head_age.set(max(0.0, now - head.time))
        self._measure(found)
        self._update(now, self._poor())

    def _update(self, now: float, more: list[Alert]) -> None:
        """All alerts that stand now. What is late is late also while no node can be read."""
        found = [*more]
        if self._last is not None:
            found += telling.late(self._last.actions, int(now), self.settings)
            found += telling.lost(self._last.missed)
            found += self._strange(self._last)
        found += telling.nodes(self._pool.health)
        if self._failing_since is not None:
            blind = now - self._failing_since
            level = Level.ERROR if blind > self.settings.head_age else Level.WARNING
            if blind >= 2 * self.settings.poll:
                text = f"nothing could be done for {blind:.0f} s"
                found.append(Alert("blind", level, text))
        self._stand(found, now)

    def _strange(self, found: Round) -> list[Alert]:
        """Own seals that nobody here can open, and records of the store that cannot be read."""
        from boomerang.model import Phase

        alerts = []
        for known, one in found.view.state.commitments.items():
            phase = found.view.state.phase(known, found.situation.head.time)
            sealed = phase in (Phase.SEALED, Phase.REVEALING)
            ours = one.key.committer in self.accounts
            if sealed and ours and known not in found.situation.openings:
                text = (
                    f"0x{known.hex()} is sealed, and the store has no opening that fits: "
                    f"restore it before {one.freeze + self.parameters.reveal_window}"
                )
                alerts.append(Alert(f"no-opening:{known.hex()}", Level.ERROR, text))
        alerts += [
            Alert(f"damaged:{name}", Level.ERROR, f"the store's record {name} is damaged")
            for name in self._openings.damaged
        ]
        return alerts

    def _poor(self) -> list[Alert]:
        """Accounts that cannot pay for what is planned."""
        if self._last is None:
            return []
        found = []
        tasks = {one.id: one for one in self._tasks.publications}
        price = self._last.view.head.base_fee * 2 + self.settings.min_tip
        for account in self.accounts:
            needed = 0 if self._dry else price * GAS_RESERVE * int(self._follow)
            for action in self._last.actions:
                if action.sender == account and action.ids[0] in tasks and action.kind == "publish":
                    planned = tasks[action.ids[0]]
                    needed += planned.key.bond + self.parameters.fee + escrowed(planned.content)
            try:
                has = self._node.balance(account)
            except (NodeError, CallReverted):
                continue
            self.metrics.balance.labels(account).set(has / ETHER)
            if has < needed:
                text = f"{account} has {has} wei; what is planned needs {needed}"
                found.append(Alert(f"poor:{account}", Level.ERROR, text))
        return found

    def _measure(self, found: Round) -> None:
        metrics, due = self.metrics, found.due()
        for kind in {one.kind for one in found.actions} | set(self._kinds):
            metrics.actions.labels(kind).set(sum(1 for one in found.actions if one.kind == kind))
            metrics.due.labels(kind).set(sum(1 for one in due if one.kind == kind))
            self._kinds.add(kind)
        deadlines = [one.closes for one in found.actions if one.closes is not None]
        metrics.next_deadline.set(min(deadlines, default=0))
        metrics.at_stake.set(sum(one.at_stake for one in found.actions) / ETHER)
        well = sum(1 for one in self._pool.health if one.trouble is None)
        metrics.nodes.labels("well").set(well)
        metrics.nodes.labels("in trouble").set(len(self._pool.health) - well)
        if not self._dry:
            metrics.waiting.set(len(self._database.live(self.place)))

    def on_their_way(self) -> list[dict[str, Any]]:
        """Transactions that were decided on and are not done, by nonce."""
        return [
            {
                "action": row.key,
                "account": row.account,
                "nonce": row.nonce,
                "hashes": [f"0x{attempt.hash.hex()}" for attempt in row.attempts],
            }
            for row in self._database.live(self.place)
        ]

    def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and how it is: what `/health` answers."""
        now = self.clock.now()
        last = self._last_round
        fresh = last is not None and now - last < 3 * self.settings.poll + 4 * self.settings.timeout
        shouts = [one for one in self._alerts.standing.values() if one.level is Level.ERROR]
        told = {
            "well": fresh and not shouts,
            "place": self.place,
            "lastRound": last,
            "now": now,
            "head": None if self._last is None else self._last.view.head.block.number,
            "nodes": {one.node.name: one.trouble or "well" for one in self._pool.health},
            "alerts": {
                one.key: {"level": one.level.name.lower(), "text": one.text}
                for one in self._alerts.standing.values()
            },
        }
        return bool(told["well"]), told
