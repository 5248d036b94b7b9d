"""Random matches on the model and in process: same outcomes, same events, and the money adds up.

The agents do what is legal at random, and a good deal that is not: whoever plays, model and
bytecode must agree on what is refused. 500 seeds of it in one run: RANDOM_MATCHES=500.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.agents import AGENTS, named, seated
from boomerang.agents.random_agent import RandomAgent
from boomerang.client import events as ev
from boomerang.content import Asset, Clauses, Content, Payment
from boomerang.decisions import Constant, Expression, Kept, Not, any_of, encode
from boomerang.games import catalogue
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Phase
from boomerang.parameters import Parameters
from boomerang.play import Match, Seat, open_table
from boomerang.play.moves import (
    Decline,
    Expose,
    Join,
    Offer,
    Open,
    Publish,
    Revoke,
    Seal,
    Tell,
    Wait,
)
from boomerang.play.tables import BYSTANDER, PURSE, seat_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.play import Move, Outcome, Table, View

SEEDS = int(os.environ.get("RANDOM_MATCHES", "120"))
PARAMETERS = [
    Parameters(),
    Parameters(fee=3, min_bond=5),
    Parameters(
        period=30,
        seal_delay=3,
        reveal_window=15,
        offer_cutoff=12,
        decline_delay=5,
        draw_delay=2,
    ),
]
GAMES = [
    catalogue.chicken(),
    catalogue.chicken(3),
    catalogue.bargaining(),
    catalogue.prisoners_dilemma(),
    catalogue.stag_hunt(),
    catalogue.battle_of_the_sexes(),
    catalogue.public_goods(3),
    catalogue.public_goods(5),
    catalogue.routing(2),
]


class Chaotic(RandomAgent):
    """Several moves at once, some of them illegal; contents that pay; openings that get about."""

    name = "chaotic"

    def act(self, view: View) -> Sequence[Move]:
        rng = self.rng
        moves: list[Move] = []
        for _ in range(rng.choice([1, 1, 2, 3])):
            made = [move for move in super().act(view) if not isinstance(move, Wait)]
            moves += [self._rich(m, view) if isinstance(m, Publish) else m for m in made]
        if rng.random() < 0.3 and (wild := self._wild(view)) is not None:
            moves.append(wild)
        for one in view.mine():
            phase = view.state.phase(one.id, view.now)
            known = one.id in view.openings
            if phase is Phase.REVEALING and known and rng.random() < 0.8:
                moves.append(Open(one.id))
            if phase is Phase.TENTATIVE and rng.random() < 0.2:
                moves.append(Seal(one.id, Constant(True)))
            if known and rng.random() < 0.1:
                moves.append(Tell(rng.randrange(len(view.accounts)), one.id))
        if rng.random() < 0.8:
            moves.append(Wait(view.now + rng.randint(1, self.patience)))
        return moves

    def _wild(self, view: View) -> Move | None:
        """What the registry may well refuse."""
        ids = [one.id for one in view.all()]
        if not ids:
            return None
        own, other = self.rng.choice([one.id for one in view.mine()] or ids), self.rng.choice(ids)
        known = [one for one in ids if one in view.openings]
        choices: list[Move] = [
            Seal(own, self.rng.choice((Kept(other), Not(Kept(other))))),
            Offer(own, other),
            Decline(own, other),
            Revoke(own),
            Join(own, tuple(dict.fromkeys((own, other)))),
            Join(own, tuple(ids[:8])),
            *map(Open, known),
            *map(Expose, known),
        ]
        return self.rng.choice(choices)

    def _rich(self, plain: Publish, view: View) -> Publish:
        rng = self.rng
        bond = plain.bond + rng.choice([0, rng.randrange(1000)])
        cover = rng.choice([0, 0, bond, bond + 1])
        if rng.random() < 0.4:
            return replace(plain, bond=bond, cover=cover)
        guard = b""
        if (ids := [one.id for one in view.all()]) and rng.random() < 0.6:
            condition: Expression = Kept(rng.choice(ids))
            if rng.random() < 0.5:
                condition = any_of(Not(condition), Kept(rng.choice(ids)))
            guard = encode(condition)
        to = [*view.accounts, BYSTANDER]
        pays = [
            Payment(rng.choice(to), ZERO_ADDRESS, rng.randint(1, 50))
            for _ in range(rng.choice([1, 2]))
        ]
        beyond = [Asset(ZERO_ADDRESS, rng.randrange(5))]
        clauses = Clauses.covering(pays, guard=guard, beyond=beyond)
        content = Content(plain.content.topic, plain.content.statement + b" and more", clauses)
        return Publish(content, bond, cover)


def match(seed: int, table: Table) -> Match:
    rng = Random(f"match {seed}")
    game = rng.choice(GAMES)
    seats = []
    for _ in game.players:
        place: dict[str, Any] = {
            "latency": rng.choice([0, 0, 0.3, 1.5, 20 * rng.random()]),
            "start": rng.choice([0, 0, 10 * rng.random()]),
            "bid": rng.randrange(3),
        }
        if rng.random() < 0.7:
            agent = Chaotic(commitments=rng.randint(1, 4), patience=rng.choice([3, 15]))
            seats.append(Seat(agent, code=rng.random() < 0.1, **place))
        else:
            seats.append(seated(named(rng.choice(sorted(AGENTS))), **place))
    return Match(
        game,
        seats,
        table,
        seed=seed,
        block_time=rng.choice([1, 2, 5, 12, 13]),
        order=rng.choice(["arrival", "bid", "shuffled"]),
        keeper=rng.random() < 0.8,
    )


def comparable(played: Match, outcome: Outcome) -> object:
    """But for gas, which the model has not, and what enforcer and groups log beside the registry:
    an event's place in its block.
    """
    refused = tuple(
        tuple((one.move, type(one.error), str(one.error)) for one in own) for own in outcome.refused
    )
    plain = replace(outcome, gas=(), refused=())
    return plain, refused, [replace(event, index=0) for event in played.history]


@pytest.fixture(scope="module", params=range(len(PARAMETERS)), ids=["default", "fee", "short"])
def tables(request: pytest.FixtureRequest) -> Iterator[tuple[int, Any, Any]]:
    which: int = request.param
    with (
        open_table("model", PARAMETERS[which]) as model,
        open_table("pyrevm", PARAMETERS[which]) as chain,
    ):
        yield which, model, chain


@pytest.mark.campaign
def test_model_and_chain_agree_and_money_adds_up(tables: tuple[int, Any, Any]) -> None:
    which, model, chain = tables
    ended, happened = set(), set()
    for seed in range(which, SEEDS, len(PARAMETERS)):
        first, second = match(seed, model), match(seed, chain)
        expected, outcome = first.play(), second.play()
        assert comparable(second, outcome) == comparable(first, expected), f"seed {seed}"
        for seat, account in enumerate(seat_accounts(len(second.seats))):
            moved = chain.chain.balance(account) - PURSE
            assert moved == outcome.payments[seat] - outcome.lost[seat], f"seed {seed} seat {seat}"
        assert all(one.phase.final for one in outcome.commitments), f"seed {seed}"
        ended |= {one.phase for one in outcome.commitments}
        happened |= {type(event) for event in second.history}
    # It was about something: every way to end, and money that moved.
    assert ended >= {
        Phase.KEPT,
        Phase.REVERTED_BY_DECISION,
        Phase.REVOKED,
        Phase.EXPOSED,
        Phase.UNSEALED,
        Phase.UNREVEALED,
    }
    assert happened >= {ev.Executed, ev.Refunded, ev.Drawn, ev.Joined, ev.Offered}
