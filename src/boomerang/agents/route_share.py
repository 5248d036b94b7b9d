"""Two traders on one way through the pools; one takes another way, because the other's program pays
it a share of what that gains (docs/route-share.md).

Alice and Bob each sell 500 A for D. `Traders` signs their programs, which are text files in the
folder `programs`, and settles them; `play` compares what they get in three batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import dev_signer
from boomerang.client import Registry
from boomerang.intents.batch import Batch, Order, Route
from boomerang.intents.client import Settlement, events
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import UNIT, deploy_market
from boomerang.intents.language import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boomerang.chains import Chain

TRADERS: Final = ("alice", "bob")
AMOUNT: Final = 500 * UNIT
"""What each of them sells."""
SETTLES: Final = "carol"
"""Who settles, and who sells before them where somebody does: it could be anybody."""
PAID, STAYS = 0, 1
"""The branches of both programs: what they do with their partner, and without."""


def program(name: str) -> str:
    """The text of a program of this example: `alice`, `bob`, or `bob-unpaid`."""
    return files("boomerang.agents").joinpath("programs", f"{name}.intent").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch brought each of the two, in the smallest unit of D; and the share, if one was
    measured.
    """

    alice: int
    bob: int
    shared: events.Shared | None = None

    @property
    def together(self) -> int:
        return self.alice + self.bob


class Traders:
    """A new market on a test chain: as much in the pools over B as in those over C. The two have A,
    and allow the settlement to move it.

    `ahead`: how many A somebody sells over C before them, which makes that way the worse one.
    """

    def __init__(self, chain: Chain, ahead: int = 0) -> None:
        accounts = {name: DEV_ACCOUNTS[name] for name in (*TRADERS, SETTLES)}
        registry = Registry.deploy(chain)
        deployment = deploy_market(chain, registry.address, holders=accounts.values())
        self.chain = chain
        self.tokens = {token.name: token.address for token in deployment.tokens}
        self.directory = deployment.directory(accounts)
        self.settlement = Settlement(chain, deployment.settlement, sender=accounts[SETTLES])
        for account in accounts.values():
            self.settlement.allow(self.tokens["A"], sender=account)
        if ahead:
            self.sell_before(ahead, "C")

    def sell_before(self, amount: int, over: str) -> None:
        """Somebody else sells so many A, over B or C."""
        text = f"route {amount} $A -> $D via A -> {over} -> D for at least 1 unit of $D"
        self.settlement.settle(Batch((self.order(SETTLES, text),), routes=(Route(0, 0),)))

    def order(self, who: str, text: str) -> Order:
        """A trader's program, signed. Raises what is wrong with a text."""
        intent = parse(text, self.directory, raw(DEV_ACCOUNTS[who]))
        return Order.of(intent, self.settlement.sign(intent, dev_signer(who)))

    def batch(self, branch: int, *texts: str) -> Batch:
        """Both programs, Alice's first, each by its branch `branch` or its last one. Without texts,
        those of the example.
        """
        chosen = texts or (program("alice"), program("bob"))
        orders = [self.order(who, text) for who, text in zip(TRADERS, chosen, strict=True)]
        taken = [min(branch, len(order.branches) - 1) for order in orders]
        routes = [Route(index, each, AMOUNT) for index, each in enumerate(taken)]
        return Batch(tuple(orders), routes=tuple(routes))

    def settle(self, batch: Batch) -> Outcome:
        """Settle it, and see what the two have now. Raises the settlement's errors."""
        before = [self._holds(who) for who in TRADERS]
        done = self.settlement.settle(batch)
        alice, bob = (self._holds(who) - had for who, had in zip(TRADERS, before, strict=True))
        shared = (event for event in done.events if isinstance(event, events.Shared))
        return Outcome(alice, bob, next(shared, None))

    def tried(self, batch: Batch) -> Outcome:
        """The same, and as if it had not been: the chain goes back to where it was."""
        start = self.chain.snapshot()
        try:
            return self.settle(batch)
        finally:
            self.chain.restore(start)

    def _holds(self, who: str) -> int:
        return self.settlement.token(self.tokens["D"]).balance_of(DEV_ACCOUNTS[who])


@dataclass(frozen=True, slots=True)
class Story:
    """The three batches: both on one way, apart for nothing, and apart for a share."""

    one_way: Outcome
    unpaid: Outcome
    shared: Outcome

    def rows(self) -> dict[str, Outcome]:
        """By what the batch was."""
        return {
            "both over B": self.one_way,
            "apart, for nothing": self.unpaid,
            "apart, for a share": self.shared,
        }

    def lines(self) -> list[str]:
        """As a table, in D."""
        rows = self.rows()
        lines = [f"{'D for 500 A each':<20}{'alice':>10}{'bob':>10}{'together':>10}"]
        for name, row in rows.items():
            numbers = (row.alice, row.bob, row.together)
            lines.append(f"{name:<20}" + "".join(f"{_d(number):>10}" for number in numbers))
        shares = (row.shared for row in rows.values() if row.shared)
        lines += [f"measured gain of alice: {_d(s.gain)}; to bob: {_d(s.paid)}" for s in shares]
        return lines


def play(
    chain: Chain, tell: Callable[[str], None], ahead: int = 0, *, svg: Path | None = None
) -> Story:
    """Settle all three on a test chain, the last one for good, and tell what each of them got; with
    `svg` also as a picture in that file, which needs the extra `experiments`.
    """
    traders = Traders(chain, ahead)
    tell(f"settlement {traders.settlement.address} on chain {chain.chain_id}")
    if ahead:
        tell(f"{SETTLES} sold {ahead} A over C before")
    story = Story(
        traders.tried(traders.batch(STAYS)),
        traders.tried(traders.batch(STAYS, program("alice"), program("bob-unpaid"))),
        traders.settle(traders.batch(PAID)),
    )
    for line in story.lines():
        tell(line)
    if svg is not None:
        draw(story, svg)
        tell(f"picture: {svg}")
    return story


def draw(story: Story, svg: Path) -> None:
    """A bar for each batch: what Alice got, and Bob beside it. Raises MissingExtra."""
    try:
        from boomerang.experiments import figures
    except ImportError:
        from boomerang.experiments.errors import MissingExtra

        raise MissingExtra("matplotlib") from None
    drawn, (axes,) = figures.figure(width=5.6, height=2.4)
    rows = story.rows()
    for place, row in enumerate(rows.values()):
        alice, bob = row.alice / UNIT, row.bob / UNIT
        for who, left, got in zip(TRADERS, (0.0, alice), (alice, bob), strict=True):
            colour = figures.COLOURS[TRADERS.index(who)]
            axes.barh(place, got, left=left, height=0.5, color=colour)
            axes.text(
                left + got / 2, place, f"{who} {got:.5f}", color="w", ha="center", va="center"
            )
        axes.text(alice + bob, place, f" {alice + bob:.5f}", va="center")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.set(xlabel="D for 500 A each", xlim=(0, 1.15))
    svg.write_bytes(figures.svg(drawn))


def _d(units: int) -> str:
    return f"{units / UNIT:.5f}"


__all__ = [
    "AMOUNT",
    "PAID",
    "STAYS",
    "TRADERS",
    "Outcome",
    "Story",
    "Traders",
    "draw",
    "play",
    "program",
]
