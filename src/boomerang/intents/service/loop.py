"""The rounds of a solver: look, solve, simulate, send, wait.

A round that fails changes nothing: the next one starts from what the chain says then, later and
later while it goes on failing. One transaction at a time is on its way; how it is sent, sent again
and paid for is the keeper's sender, which writes everything down first.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from boomerang.chains.base import ChainFault, NodeError
from boomerang.errors import BoomerangError
from boomerang.hashing import keccak
from boomerang.intents.relay.client import RelayRefused, RelayUnavailable
from boomerang.intents.service.backoff import Backoff
from boomerang.intents.service.gather import Gatherer
from boomerang.intents.service.metrics import Metrics
from boomerang.intents.service.mirror import Mirror
from boomerang.intents.service.rounds import Pending, Round, Settling
from boomerang.intents.service.solving import Found, Refusal, Solving
from boomerang.intents.service.telling import Telling
from boomerang.keeper.actions import Kind
from boomerang.keeper.alerts import Alerts
from boomerang.keeper.sender import Sender, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.chains.base import Chain
    from boomerang.client import Registry
    from boomerang.intents.client import Settlement, State
    from boomerang.intents.client.deployments import Deployment
    from boomerang.intents.language import Directory
    from boomerang.intents.relay.client import RelayClient
    from boomerang.intents.relay.signed import SignedIntent
    from boomerang.keeper.clock import Clock
    from boomerang.keeper.database import Database
    from boomerang.keeper.journal import Journal
    from boomerang.keeper.nodes import Head, Node, Pool
    from boomerang.keeper.settings import Settings

LONGEST_REST: Final = 60.0
LONGEST_PAUSE: Final = 30.0


class SolverService(Telling):
    """Settles what meets, for whoever signed it; `account` pays the gas.

    `open_chain` makes a chain of a node of the pool. With `dry` nothing is sent. `relays` may come
    and go; what they gave before is used while they are away. `follow`: blocks come by themselves.
    """

    def __init__(
        self,
        deployment: Deployment,
        directory: Directory,
        account: str,
        *,
        pool: Pool,
        open_chain: Callable[[Node], Chain],
        registry: Callable[[Chain], Registry],
        relays: Sequence[RelayClient],
        database: Database,
        settings: Settings,
        solving: Solving,
        clock: Clock,
        journal: Journal,
        webhook: str | None = None,
        holder: str | None = None,
        follow: bool = True,
        dry: bool = False,
    ) -> None:
        self.account = account
        self.settings = settings
        self.clock = clock
        self.metrics = Metrics()
        self.place = f"{deployment.chain_id}:{deployment.settlement}"
        self.holder = holder or uuid.uuid4().hex
        self._deployment = deployment
        self._directory = directory
        self._pool = pool
        self._open_chain = open_chain
        self._registry = registry
        self._relays = list(relays)
        self._database = database
        self._solving = solving
        self._journal = journal
        self._follow = follow
        self._dry = dry
        self._mirror = Mirror()
        self._sender = Sender(account, self.place, pool, database, settings, journal)
        self._alerts = Alerts(self.place, database, journal, None if dry else webhook)
        self._chains: dict[str, Chain] = {}
        self._relayed: dict[str, list[SignedIntent]] = {}
        self._resting = Backoff(settings.poll, LONGEST_REST)
        self._away = Backoff(settings.poll, LONGEST_PAUSE)
        self._trouble: dict[str, str] = {}
        self._pending: Pending | None = None
        self._failures = 0
        self._failing_since: float | None = None
        self._last: Round | None = None
        self._last_round: float | None = None
        self._head: Head | None = None
        self._node: Node | None = None

    # -------------------------------------------------------------------------------- running

    def _who(self) -> dict[str, object]:
        return {"account": self.account}

    def _pause(self, found: Round | None) -> float:
        if found is None:
            return min(self.settings.poll * 2.0 ** min(self._failures, 10), LONGEST_PAUSE)
        # What was just sent is in a block soon.
        return min(self.settings.poll, 0.5) if found.waiting else self.settings.poll

    def round(self) -> Round | None:
        """One look, and what follows from it. None where the chain could not be seen."""
        now = self.clock.now()
        try:
            found = self._look(now)
        except (ChainFault, BoomerangError) as error:
            self._failed(now, error)
            return None
        self._well(found, now)
        return found

    # --------------------------------------------------------------------------------- looking

    def _look(self, now: float) -> Round:
        age = self.settings.head_age if self._follow else None
        trouble: BoomerangError | None = None
        for health in self._pool.look(int(now), age):
            if health.head is None:
                continue
            try:
                chain = self._chain(health.node)
                self._node, self._head = health.node, health.head
                return self._round(chain, health.node, health.head, now)
            except NodeError as error:
                trouble = error
                health.trouble = str(error)
                self._drop(health.node)
        raise trouble or NodeError(
            ", ".join(node.name for node in self._pool.nodes),
            "; ".join(one.trouble or "is well" for one in self._pool.health),
        )

    def _chain(self, node: Node) -> Chain:
        if node.name not in self._chains:
            self._chains[node.name] = self._open_chain(node)
        return self._chains[node.name]

    def _drop(self, node: Node) -> None:
        """What failed is opened anew: it may be another process by then."""
        if self._follow:
            chain = self._chains.pop(node.name, None)
            if chain is not None:
                chain.close()

    def _round(self, chain: Chain, node: Node, head: Head, now: float) -> Round:
        settlement = self._deployment.open(chain)
        state = self._mirror.look(settlement)
        time = max(chain.now(), head.block.time + 1)
        settled = self._follow_up(settlement, node, head, now, time)
        signed = self._signed(now)
        entries = sum(len(listed) for listed in state.lists.values())
        if self._pending is not None or (not self._dry and not self._hold(now)):
            return Round(time, len(signed), entries, None, {}, True, settled)
        if not self._dry and self._database.live(self.place, self.account):
            # Left by a process that died: the sender takes it up, or forgets it.
            self._sender.step(node, head, now, [])
            return Round(time, len(signed), entries, None, {}, True, settled)
        found, passed = self._solve(settlement, chain, state, signed, now, time)
        if found is not None and not self._dry:
            self._send(found, node, head, now)
        waiting = self._pending is not None
        return Round(time, len(signed), entries, found, passed, waiting, settled)

    def _signed(self, now: float) -> list[SignedIntent]:
        """What all relays have; of those that are away, what they had."""
        for relay in self._relays:
            if self._away.rests(relay.url, now):
                continue
            try:
                found = [one.signed for one in relay.list() if one.signed is not None]
            except (RelayUnavailable, RelayRefused) as error:
                pause = self._away.fail(relay.url, now)
                self.metrics.relay_failures.labels(relay.url).inc()
                self._trouble[relay.url] = str(error)
                self._journal.warning("relay-away", relay=relay.url, why=str(error), again=pause)
                continue
            self._away.well(relay.url)
            self._trouble.pop(relay.url, None)
            self._relayed[relay.url] = found
        return [one for found in self._relayed.values() for one in found]

    def _hold(self, now: float) -> bool:
        """Whether this process, and no other, sends for the account."""
        lease = f"{self._deployment.chain_id}:{self.account}"
        held = self._database.lease(lease, self.holder, now, self.settings.lease_seconds)
        self.metrics.lease.set(int(held))
        return held

    # --------------------------------------------------------------------------------- solving

    def _solve(
        self,
        settlement: Settlement,
        chain: Chain,
        state: State,
        signed: list[SignedIntent],
        now: float,
        time: int,
    ) -> tuple[Found | None, dict[bytes, str]]:
        self._resting.forget({one.hash for one in signed})
        awake = [one for one in signed if not self._resting.rests(one.hash, now)]
        passed = {
            one.hash: "it failed lately, and is tried again soon"
            for one in signed
            if self._resting.rests(one.hash, now)
        }
        gatherer = Gatherer(settlement, self._registry(chain), self._directory)
        # First what trades tokens that have names; the rest has its turn when that has none.
        strange = [one for one in awake if not self._named(one)]
        found = None
        candidates = 0
        for part in (awake, strange if len(strange) < len(awake) else []):
            if not part or found is not None:
                continue
            gathered = gatherer.gather(state, part, time)
            passed |= gathered.passed
            candidates = candidates or len(gathered.offers)
            found, refusals, seconds = self._solving.find(
                settlement, gathered, state, sender=self.account, at=time
            )
            self.metrics.seconds.observe(seconds)
            for refusal in refusals:
                self._refused(refusal, now)
                passed |= dict.fromkeys(refusal.intents, refusal.why)
        self.metrics.candidates.set(candidates)
        return found, passed

    def _named(self, signed: SignedIntent) -> bool:
        """Whether an intent trades a token that the directory names."""
        intent = signed.intent
        tokens = {intent.sell, *(branch.buy for branch in intent.branches)}
        return any(self._directory.token_at(token) is not None for token in tokens)

    def _refused(self, refusal: Refusal, now: float) -> None:
        self.metrics.refusals.labels(refusal.error).inc()
        for name in refusal.intents:
            self._resting.fail(name, now)
        self._journal.info(
            "would-fail",
            error=refusal.error,
            why=refusal.why,
            intents=[f"0x{name.hex()}" for name in refusal.intents],
        )

    # --------------------------------------------------------------------------------- sending

    def _send(self, found: Found, node: Node, head: Head, now: float) -> None:
        """Begin to send. What happens to it is seen in later rounds."""
        name = keccak(found.tx.data)
        action = Settling(
            kind=Kind.EXECUTE,
            ids=(),
            opens=0,
            due=int(now),
            sender=self.account,
            why=f"{len(found.intents)} intents",
            batch=name,
        )
        self._pending = Pending(action, found.tx, found.intents)
        self._journal.info(
            "settling",
            batch=action.key,
            intents=[f"0x{one.hex()}" for one in found.intents],
            objective=float(found.objective),
        )
        self._sender.step(node, head, now, [Wanted(action, lambda: found.tx)])
        self._note()

    def _note(self) -> bool:
        """Remember by which hashes the pending one went; whether it is still on its way."""
        pending = self._pending
        if pending is None:
            return False
        rows = self._database.live(self.place, self.account)
        for row in rows:
            if row.key == pending.action.key:
                pending.hashes = [attempt.hash for attempt in row.attempts]
                return True
        return False

    def _follow_up(
        self, settlement: Settlement, node: Node, head: Head, now: float, time: int
    ) -> bool:
        """See what became of the batch that is on its way. True where it is in a block."""
        pending = self._pending
        if pending is None:
            return False
        fates = node.fates(pending.hashes)
        mined = next((fate.mined for fate in fates if fate.mined is not None), None)
        if mined is None:
            good = settlement.would(pending.tx, time) is None
            wanted = [Wanted(pending.action, lambda: pending.tx)] if good else []
            self._sender.step(node, head, now, wanted)
            if not self._note():
                self._pending = None
                self._journal.info("given-up", batch=pending.action.key)
            return False
        self._sender.step(node, head, now, [])
        self._pending = None
        intents = [f"0x{one.hex()}" for one in pending.intents]
        said = {"batch": pending.action.key, "block": mined.block, "intents": intents}
        if mined.ok:
            self.metrics.batches.inc()
            self.metrics.filled.inc(len(intents))
            self._journal.info("settled", **said)
            for name in pending.intents:
                self._resting.well(name)
            return True
        self.metrics.reverted.inc()
        self._journal.warning("reverted", **said)
        for name in pending.intents:
            self._resting.fail(name, now)
        return False

    def close(self) -> None:
        """Let go of chains that it opened."""
        if self._follow:
            for chain in self._chains.values():
                chain.close()
        self._chains.clear()


__all__ = ["Round", "SolverService"]
