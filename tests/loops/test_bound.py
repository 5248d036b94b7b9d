"""Without groups every outcome can be determined from the second after this one on:

    freeze(x) + maxDepth * (period - offerCutoff) + revealWindow

A chain of last-second offers reaches that second exactly, on the model and on the chain; random
histories never pass it. (test_proof.py proves that whatever x can depend on freezes in time.)
Groups can add (maxDepth + 1) * (period - offerCutoff), which latestResolution counts too; that
those reach it exactly is in tests/groups/test_model_groups.py.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from boomerang.chains import connect
from boomerang.decisions import Constant, Kept, Not, Or, encode
from boomerang.errors import ChainError, DependencyPending
from boomerang.model import Phase
from boomerang.parameters import Parameters
from gas.bench import Bench, decision
from loops.played import START, Played

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains import Chain
    from boomerang.decisions import Expression

PARAMETERS = Parameters()
GAP = PARAMETERS.period - PARAMETERS.offer_cutoff
LAST = 1 + PARAMETERS.period + PARAMETERS.max_depth * GAP + PARAMETERS.reveal_window
WITH_GROUPS = LAST + (PARAMETERS.max_depth + 1) * GAP


def chain_of_offers() -> Played:
    """0 is published at second 1. In the last second in which 0 can be offered anything, 1 is, and
    offers; and so on, as deep as offers go. Each seals "keep if kept(the next)"; each is opened in
    its last second, but for the last, which is only sealed.
    """
    played = Played(PARAMETERS)
    depth = PARAMETERS.max_depth
    actions = []
    for x in range(depth + 1):
        published = 1 + x * GAP
        actions.append((published, "publish", x))
        if x:
            actions.append((published, "offer", x))
        actions.append((published + PARAMETERS.period - 1, "seal", x))
        actions.append((published + PARAMETERS.period + PARAMETERS.reveal_window, "open", x))
    order = ("publish", "offer", "seal", "open")
    for at, action, x in sorted(actions, key=lambda a: (a[0], order.index(a[1]))):
        if action == "publish":
            played.publish(at)
        elif action == "offer":
            played.offer(at, x, x - 1)
        elif action == "seal":
            played.seal(at, x, "keep" if x == depth else f"keep if kept(c{x + 1})")
        elif x < depth:
            assert played.open(at, x) is Phase.PENDING
    return played


def settle(played: Played, at: int) -> None:
    """Resolve whatever can be, from the last on."""
    for x in reversed(range(len(played.ids))):
        if played.model.resolvable(played.ids[x], START + at):
            played.resolve(at, x)


def test_chain_of_last_second_offers_reaches_the_bound() -> None:
    played = chain_of_offers()
    depth = PARAMETERS.max_depth
    assert played.model.latest_resolution(played.ids[0]) - START == WITH_GROUPS
    # In the last second, nobody knows yet: the last one can still be opened, or not.
    settle(played, LAST)
    assert played.phase(LAST, 0) is Phase.PENDING
    silent = played.copy()

    assert played.open(LAST, depth) is Phase.KEPT
    settle(played, LAST)
    assert all(played.phase(LAST, x) is Phase.KEPT for x in range(depth + 1))

    settle(silent, LAST + 1)
    assert silent.phase(LAST + 1, depth) is Phase.UNREVEALED
    for x in range(depth):
        assert silent.phase(LAST + 1, x) is Phase.REVERTED_BY_DECISION


def test_no_offer_leads_further() -> None:
    """One more is too deep; a second later is too late."""
    played = Played(PARAMETERS)
    for x in range(PARAMETERS.max_depth + 1):
        played.publish(1 + x * GAP)
        if x:
            played.offer(1 + x * GAP, x, x - 1)
    end = 1 + (PARAMETERS.max_depth + 1) * GAP
    assert refusal(played, end) == "TooDeep"
    played = Played(replace(PARAMETERS, max_depth=255))
    played.publish(1)
    assert refusal(played, 1 + GAP) is None
    played = Played(replace(PARAMETERS, max_depth=255))
    played.publish(1)
    assert refusal(played, 2 + GAP) == "TooLate"


def refusal(played: Played, at: int) -> str | None:
    """By which name a new one's offer to the last is refused."""
    x = played.publish(at)
    try:
        played.offer(at, x, x - 1)
    except ChainError as error:
        return type(error).__name__
    return None


@pytest.fixture
def chain() -> Iterator[Chain]:
    chain = connect("pyrevm")
    yield chain
    chain.close()


@pytest.mark.parametrize("silent", [False, True])
def test_registry_reaches_the_bound(chain: Chain, silent: bool) -> None:
    bench = Bench(chain, PARAMETERS)
    depth = PARAMETERS.max_depth
    links = [bench.commitment("alice", nonce=x) for x in range(depth + 1)]
    programs = [decision("keep if kept(c)", c=link) for link in links[1:]] + [decision("keep")]
    blocks: dict[int, list[object]] = {}

    def put(at: int, tx: object) -> None:
        blocks.setdefault(at, []).append(tx)

    for x, (link, program) in enumerate(zip(links, programs, strict=True)):
        published = 1 + x * GAP
        put(published, bench.publication(link))
        if x:
            put(published, bench.offering(link, links[x - 1]))
        put(published + PARAMETERS.period - 1, bench.sealing(link, program))
        if x < depth:
            opened = published + PARAMETERS.period + PARAMETERS.reveal_window
            put(opened, bench.opening(link, program))
    for at in sorted(blocks):
        bench.mine(at, *blocks[at])  # type: ignore[arg-type]
    assert bench.ask("latestResolution", links[0].id) == bench.start + WITH_GROUPS
    assert bench.phase(links[0]) is Phase.PENDING
    if not silent:
        bench.open(LAST, links[depth], programs[depth])
    for x in reversed(range(depth)):
        bench.resolve(LAST + depth - x, links[x], programs[x])
    assert bench.phase(links[0]) is (Phase.REVERTED_BY_DECISION if silent else Phase.KEPT)


# ------------------------------------------------------------------ random histories


class History:
    """Commitments over three minutes, offers whenever they may be, decisions over all that each may
    name at its freeze; each opened in a random second of its window, if at all.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.parameters = Parameters(max_depth=self.rng.choice((0, 1, 2, 4)))
        self.played = Played(self.parameters)
        self.moments = sorted(self.rng.choices(range(180), k=self.rng.randint(4, 9)))
        self.open_at: dict[int, int] = {}
        self.at_bound: dict[int, Phase] = {}

    @property
    def reach(self) -> int:
        """Seconds from a publication to its bound."""
        p = self.parameters
        return p.period + p.max_depth * (p.period - p.offer_cutoff) + p.reveal_window

    def run(self) -> None:
        """Until every bound is over. What each comes to is noted in the second after its own."""
        p = self.parameters
        for at in range(self.moments[-1] + self.reach + 2):
            for draw, moment in enumerate(self.moments, 1):
                if moment == at:
                    self.played.publish(at, draw)
            for x in range(len(self.played.ids)):
                if at == self.moments[x] + self.reach + 1:
                    self.at_bound[x] = resolve_all(self.played.copy(), at, x)
                freeze = self.played.freeze(x)
                if at == freeze - p.offer_cutoff or self.rng.random() < 0.02:
                    for y in range(x + 1, len(self.played.ids)):
                        if self.rng.random() < 0.7:
                            self.attempt(self.played.offer, at, y, x)
                if at == freeze - 1:
                    self.attempt(self.played.seal, at, x, self.decision(x))
                    self.open_at[x] = freeze + self.rng.choice((0, 7, p.reveal_window, 10**9))
                if self.open_at.get(x) == at:
                    self.attempt(self.played.open, at, x)

    @staticmethod
    def attempt(action: object, *arguments: object) -> None:
        try:
            action(*arguments)  # type: ignore[operator]
        except ChainError:
            return

    def decision(self, x: int) -> bytes:
        """Over what it may name."""
        others = [y for y in range(len(self.played.ids)) if y != x and self.played.may_name(x, y)]
        self.rng.shuffle(others)
        expression: Expression = Constant(self.rng.random() < 0.5)
        for y in others[:5]:
            kept: Expression = Kept(self.played.ids[y])
            kept = Not(kept) if self.rng.random() < 0.3 else kept
            expression = Or(expression, kept)
        return encode(expression)


@pytest.mark.parametrize("block", range(5))
def test_random_histories_never_pass_the_bound(block: int) -> None:
    waited = forward = 0
    for seed in range(40 * block, 40 * (block + 1)):
        history = History(seed)
        history.run()
        played = history.played
        end = history.moments[-1] + 1000
        for x, commitment in enumerate(played.ids):
            bound = history.moments[x] + history.reach + 1
            groups = (history.parameters.max_depth + 1) * GAP
            assert played.model.latest_resolution(commitment) == START + bound - 1 + groups
            outcome = history.at_bound[x]
            assert outcome.final
            assert outcome is resolve_all(played.copy(), end, x)
            if played.phase(end, x) is Phase.PENDING:
                waited += 1
                forward += any(played.model.offer_of(other, commitment) for other in played.ids)
    assert waited > 20
    assert forward > 10


def resolve_all(played: Played, at: int, wanted: int) -> Phase:
    """What the wanted one comes to at a second, resolving in every order that works."""
    changed = True
    while changed:
        changed = False
        for x in range(len(played.ids)):
            if played.freeze(x) <= at and played.model.resolvable(played.ids[x], START + at):
                try:
                    played.resolve(at, x)
                except DependencyPending:
                    continue
                changed = True
    return played.phase(at, wanted)
