"""A scenario of chicken with something at stake: an arena around its registry, on any chain.

    world = StagedWorld(scenario, chain)      # two agents; the arena is joined, and waits
    report = play(world.staged, world)
    ledger = world.pay_out()                  # what each agent has won, and through what

Agents stake 100 of the token each, the bystander a prize; what they publish is about the match.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from boomerang.arenas.arena import ChickenArena
from boomerang.arenas.terms import NOBODY, Terms
from boomerang.arenas.token import TestToken
from boomerang.client import Registry
from boomerang.errors import BoomerangError, decode_error
from boomerang.scenarios.steps import BYSTANDER, Publish
from boomerang.scenarios.worlds import ChainWorld

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.chains.base import Chain, Receipt, Tx
    from boomerang.scenarios.schema import Scenario

COIN: Final = "TEST"
STAKE: Final = 100
PURSE: Final = 1_000
"""What each agent has of the token, where the scenario names none."""
_LEEWAY: Final = 60
"""Seconds within which the match is made and joined."""


class CannotStage(BoomerangError):
    """A scenario that is not chicken for two."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one agent's tokens, all of it read from the chain. `escrow` is what came (or
    went) while the scenario was played: escrows taken, payments made.
    """

    before: int
    staked: int
    escrow: int
    arena: int
    after: int

    @property
    def change(self) -> int:
        """Won, or lost."""
        return self.after - self.before

    def to_json(self) -> dict[str, int]:
        """The line, with its change."""
        return {
            "before": self.before,
            "staked": self.staked,
            "escrow": self.escrow,
            "arena": self.arena,
            "after": self.after,
            "change": self.change,
        }


class StagedWorld(ChainWorld):
    """A world with an arena that the scenario's two agents have joined."""

    def __init__(self, scenario: Scenario, chain: Chain) -> None:
        if scenario.game != "chicken" or len(scenario.agents) != 2:
            raise CannotStage(f"{scenario.name}: only chicken for two is played for stakes")
        if COIN not in scenario.tokens:
            purses = dict.fromkeys(scenario.agents, PURSE)
            scenario = replace(scenario, tokens={**scenario.tokens, COIN: purses})
        super().__init__(scenario, chain)
        topic = f"0x{self.match.hex()}"
        steps = tuple(
            step.model_copy(update={"topic": topic}) if isinstance(step, Publish) else step
            for step in scenario.steps
        )
        self.staged = replace(scenario, steps=steps, token_balances=_without_stakes(scenario))
        """The scenario about this match; what it expects is less by the stakes."""

    def _mint(self, scenario: Scenario) -> dict[str, str]:
        """The scenario's tokens; then the match, before the scenario's first second."""
        tokens = super()._mint(scenario)
        bystander = self._accounts[BYSTANDER]
        self.agents = tuple(scenario.agents)
        self._token = TestToken(self.chain, tokens[COIN])
        creation = ChickenArena.tx_deploy(bystander, self.domain.registry, self._token.address)
        arena = ChickenArena(self.chain, self._created(creation), sender=bystander)
        ready = self.chain.head().time + _LEEWAY
        terms = Terms(
            players=tuple(self._accounts[agent] for agent in self.agents),
            stake=STAKE,
            prize=arena.prize_of(2, STAKE),
            stakes_until=ready,
            entries_until=ready + scenario.until,
        )
        self.arena, self.terms = arena, terms
        self.match = arena.match_id(terms)
        self._before = {agent: self._has(agent) for agent in self.agents}
        approve = self._token.tx_approve
        self._all(
            [
                self._token.tx_mint(bystander, bystander, terms.prize),
                approve(bystander, arena.address, terms.prize),
                *(approve(player, arena.address, STAKE) for player in terms.players),
                arena.tx_create(terms),
                *(arena.tx_join(self.match, sender=player) for player in terms.players),
            ]
        )
        return tokens

    def pay_out(self) -> dict[str, Line]:
        """Enter what was published, settle, and hand out: what each agent has in the end. The
        scenario has been played, and everything is final.
        """
        arena = self.arena
        played = {agent: self._has(agent) for agent in self.agents}
        state = Registry(self.chain, self.domain.registry).state()
        self._all([arena.tx_enter(self.match, one) for one in arena.missing(self.match, state)])
        settle = [arena.tx_settle(self.match)]
        (receipt,) = self._all(settle, after=self.terms.entries_until)
        payouts = arena.settlement(self.match, receipt).payouts
        due = [
            account
            for account in (*self.terms.players, self._accounts[BYSTANDER], NOBODY)
            if arena.owed(account)
        ]
        self._all([arena.tx_deliver(account) for account in due])
        return {
            agent: Line(
                before=self._before[agent],
                staked=STAKE,
                escrow=played[agent] - (self._before[agent] - STAKE),
                arena=payouts[self._accounts[agent]],
                after=self._has(agent),
            )
            for agent in self.agents
        }

    def _has(self, agent: str) -> int:
        return self._token.balance_of(self._accounts[agent])

    def _all(self, txs: Sequence[Tx], after: int = 0) -> list[Receipt]:
        """One block with all of these; each must be accepted."""
        receipts = self.chain.mine(max(self.chain.head().time, after) + 1, txs)
        for receipt in receipts:
            if not receipt.ok:
                raise decode_error(receipt.output)
        return receipts


def _without_stakes(scenario: Scenario) -> dict[str, dict[str, int]] | None:
    """What a scenario expects everybody to have of tokens, while the stakes are in the arena."""
    if scenario.token_balances is None:
        return None
    return {
        token: {agent: has - STAKE * (token == COIN) for agent, has in holders.items()}
        for token, holders in scenario.token_balances.items()
    }
