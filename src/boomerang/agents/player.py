"""What an agent is, and how several take turns.

An agent is asked again and again what it does now. It reads the chain, and its own store of
openings; there is no channel between agents but the registry.
"""

from __future__ import annotations

import time as clock
from typing import TYPE_CHECKING, Protocol

from boomerang import decisions
from boomerang.chains.base import NotSupported
from boomerang.model import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.client import Commitment, Registry, State
    from boomerang.content import Content
    from boomerang.decisions import Expression
    from boomerang.store import Store

SEAL_MARGIN = 7  # seconds before the freeze at which a decision is sealed at the latest
OPEN_DELAY = 4  # seconds after the freeze: an opening that a reorg carries back is an exposure


class Agent(Protocol):
    """Whoever takes turns."""

    name: str

    def act(self, now: int) -> None:
        """Do what there is to do at this second; may send transactions."""
        ...


class Player:
    """What every agent here does: publish, seal in time, open in time. How it decides is its own.

    `tell` receives a line for each thing it does. `store` holds its openings; it is written and
    synced before a seal is sent.
    """

    def __init__(
        self,
        name: str,
        registry: Registry,
        account: str,
        store: Store,
        tell: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.name = name
        self.registry = registry
        self.account = account
        self.store = store
        self._tell = tell

    # ------------------------------------------------------------------ to be decided

    def decide(self, mine: Commitment, state: State, now: int) -> Expression | None:
        """The decision to seal on one of its commitments; None to wait."""
        raise NotImplementedError

    # ------------------------------------------------------------------ a turn

    def act(self, now: int) -> None:
        """Seal what is decided, open what is sealed."""
        state = self.registry.state()
        for mine in self.mine(state):
            phase = state.phase(mine.id, now)
            if phase is Phase.TENTATIVE and self.may_seal(mine, now):
                decision = self.decide(mine, state, now)
                if decision is not None:
                    self.seal(mine, decision)
            elif phase is Phase.REVEALING and now >= mine.freeze + OPEN_DELAY:
                self.open(mine, state)

    def mine(self, state: State) -> list[Commitment]:
        """Its own commitments, oldest first."""
        return [one for one in state.commitments.values() if one.key.committer == self.account]

    def others(self, state: State, statement: bytes) -> list[Commitment]:
        """Others' commitments that state exactly this, oldest first."""
        return [
            one
            for one in state.commitments.values()
            if one.key.committer != self.account and one.content.statement == statement
        ]

    def may_seal(self, mine: Commitment, now: int) -> bool:
        """Whether a seal sent now is accepted (blocks come at least a second after)."""
        return now >= mine.published.time + self.registry.parameters().seal_delay

    def due(self, mine: Commitment, now: int) -> bool:
        """Whether it is high time to seal: offers have come by now, or come too late."""
        return now >= mine.freeze - SEAL_MARGIN

    def publish(self, content: Content, bond: int = 0, cover: int = 0) -> Commitment:
        """Publish a commitment."""
        done = self.registry.publish(content, bond=bond, cover=cover, sender=self.account)
        self.tell(f"publishes {content.statement.decode()!r}", done.gas_used)
        return done.commitment

    def seal(self, mine: Commitment, decision: Expression) -> None:
        """Keep the opening, then send its seal."""
        domain, text = self.registry.domain, decisions.format(decision)
        program = decisions.encode(decision)
        kept = self.store.plan_opening(domain, mine.key, program, text, mine.content)
        done = self.registry.seal(mine, kept.record.seal, sender=self.account)
        self.tell(f"seals its {self.statement(mine)!r}", done.gas_used)

    def open(self, mine: Commitment, state: State) -> None:
        """Open with what the store holds for the seal that is on chain."""
        seal = state.model.record(mine.id).seal
        opening = self.store.opening_of(mine.id, seal).record.opening
        done = self.registry.reveal(mine, opening, sender=self.account)
        text = decisions.format(decisions.decode(opening.decision))
        self.tell(f"opens its {self.statement(mine)!r}: {text}", done.gas_used)

    def tell(self, what: str, gas: int) -> None:
        """Say what was done, and what it cost."""
        self._tell(f"{self.name} {what} ({gas:,} gas)")

    @staticmethod
    def statement(commitment: Commitment) -> str:
        """A commitment's statement as text."""
        return commitment.content.statement.decode(errors="replace")


def run(registry: Registry, agents: Sequence[Agent], seconds: int) -> State:
    """Let agents take turns, second by second, for so many seconds; then settle what can be, and
    execute it.

    On a chain that takes orders about time, time is advanced; elsewhere it passes by itself.
    """
    chain = registry.chain
    until = chain.now() + seconds
    while (now := chain.now()) < until:
        for agent in agents:
            agent.act(chain.now())
        if chain.now() == now:
            _wait(registry)
    while plan := registry.state().plan(chain.now()):
        registry.resolve(plan)
    for one in registry.state().executable(chain.now()):
        registry.enforcer.execute(one)
    return registry.state()


def _wait(registry: Registry) -> None:
    try:
        registry.chain.advance(1)
    except NotSupported:
        clock.sleep(1)
