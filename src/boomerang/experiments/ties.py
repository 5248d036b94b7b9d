"""Experiment c: who wins a tie inside a block, and what can be bought of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from boomerang.experiments import figures, statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row, Scalar
from boomerang.experiments.findings import Finding

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from boomerang.play import Agent

PAYER = 0
"""The seat that can pay the block builder, and that buys tickets."""
WIN, LOSE = 10, -20
STAKE = WIN - LOSE

_ORDERS = {"bid": "by bid", "arrival": "by arrival", "shuffled": "by lot"}
_DEVICES = {"if-second": "order by inclusion", "boomerang": "the draw (Boomerang)"}


class TiesConfig(Config):
    """`games` in a replicate; seconds; `orders` of transactions in a block; `fees` of a publication
    in utils.
    """

    games: int = Field(ge=1)
    block_time: int = Field(ge=1, le=12)
    latency: float = Field(ge=0)
    orders: tuple[Literal["bid", "arrival", "shuffled"], ...] = Field(min_length=1)
    tickets: tuple[Annotated[int, Field(ge=1, le=16)], ...] = Field(min_length=1)
    fees: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _within_a_block(self) -> Self:
        if self.latency >= self.block_time:
            raise ValueError(
                "the latency must be less than the block time: both must reach a block"
            )
        return self


class Ties(Experiment[TiesConfig]):
    """See the claim."""

    letter = "c"
    title = "Ties inside a block"
    claim = """\
Two agents commit to Dare within one block; one of them can pay the block builder for the first
place in it.

- Where the order is that of inclusion ("if second, swerve", judged by the chain; or a registry that
  ordered its commitments so), whoever pays wins every time: a share of 1.
- Where the order is the draw, from the hash of a later block, paying buys nothing: a share of
  1/2."""
    limits = """\
- **Tickets can be bought**: whoever publishes k commitments in one block, against one, wins the
  draw with k/(k + 1). Only the fee, burned with every publication, stands against that. In this
  game a second ticket gains 30(2/3 − 1/2) = 5 utils: with a fee of 5 or more it does not pay, with
  a smaller one it does. If both buy as they like, each buys about 30/(4f) tickets at a fee f, and
  half of what there is to win is burned.
- The draw makes the tie fair. It does not make it go away: half of the time the slower agent wins.
- It settles only ties *inside* a block. A builder who leaves a commitment out of the block
  altogether delays it to the next one, where it is second. That is not measured here.
- Whoever proposes the block whose hash is the seed can throw one hash away by not proposing, for
  the price of a block, and so win 3/4 of the draws. On the chain in this process hashes are fixed,
  and nobody can."""
    config = TiesConfig

    def cells(self, config: TiesConfig) -> Sequence[Cell]:
        """Devices by order of the block; then Boomerang by tickets and fees."""
        common: dict[str, Scalar] = {
            "block_time": config.block_time,
            "latency": config.latency,
            "games": config.games,
        }
        ties: list[Cell] = [
            {"device": device, "order": order, "tickets": 1, "fee": 0, "part": "order", **common}
            for device in _DEVICES
            for order in config.orders
        ]
        bought: list[Cell] = [
            {
                "device": "boomerang",
                "order": "bid",
                "tickets": k,
                "fee": fee,
                "part": "tickets",
                **common,
            }
            for fee in config.fees
            for k in config.tickets
        ]
        return [*ties, *bought]

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        """So many games, one row each."""
        from boomerang.games import catalogue
        from boomerang.parameters import Parameters
        from boomerang.play import Match, Seat, open_table
        from boomerang.play.irrevocable import open_irrevocable

        rng = Random(seed)  # noqa: S311 - chance that must be repeatable
        game, rows = catalogue.chicken(), []
        block_time, latency = int(cell["block_time"]), float(cell["latency"])
        parameters = Parameters(fee=int(cell["fee"]))
        opened = open_table if cell["device"] == "boomerang" else open_irrevocable
        with opened("pyrevm", parameters) as table:
            for _ in range(int(cell["games"])):
                # Early enough that both are in the first block, and late enough to be after 0.
                starts = [rng.random() * (block_time - latency) for _ in range(2)]
                seats = [
                    Seat(agent, latency=latency, start=start, bid=int(seat == PAYER))
                    for seat, (agent, start) in enumerate(zip(_agents(cell), starts, strict=True))
                ]
                match = Match(
                    game,
                    seats,
                    table,
                    seed=rng.getrandbits(63),
                    block_time=block_time,
                    order=str(cell["order"]),
                )
                outcome = match.play()
                rows.append(
                    {
                        "won": outcome.actions == ("Dare", "Swerve"),
                        "crash": outcome.actions == ("Dare", "Dare"),
                        "one_block": len({one.published for one in outcome.commitments}) == 1,
                        "payoff": float(outcome.payoffs[PAYER]),
                        "other": float(outcome.payoffs[1 - PAYER]),
                    }
                )
        return rows

    def findings(self, table: pd.DataFrame, config: TiesConfig) -> Sequence[Finding]:
        """Shares beside 1, 1/2 and k/(k + 1); what tickets cost and bring."""
        del config
        found = [
            Finding(
                what="games in which both were in one block, and nobody crashed",
                measured=statistics.rate(int((table.one_block & ~table.crash).sum()), len(table)),
                expected=1.0,
            )
        ]
        ordered = table[table.part == "order"]
        for (device, order), rows in ordered.groupby(["device", "order"], sort=False):
            sold = device == "if-second" and order == "bid"
            found.append(
                Finding(
                    what=f"share of the one who pays: {_DEVICES[device]}, block {_ORDERS[order]}",
                    measured=_share(rows),
                    expected=1.0 if sold else 0.5,
                    closed_form="" if sold else "1/2",
                )
            )
        bought = table[table.part == "tickets"]
        for k, rows in bought.groupby("tickets"):
            found.append(
                Finding(
                    what=f"share of the draw, tickets {k} against one, all fees",
                    measured=_share(rows),
                    expected=k / (k + 1),
                    closed_form="k/(k + 1)",
                    limit=True,
                )
            )
        for (fee, k), rows in bought.groupby(["fee", "tickets"]):
            found.append(
                Finding(
                    what=f"payoff, {k} against one, at a fee of {fee}",
                    measured=statistics.mean(rows.payoff),
                    expected=ticket_payoff(k, fee),
                    closed_form="30k/(k + 1) − 20 − fk",
                    unit="utils",
                    limit=True,
                )
            )
        return found

    def plots(self, table: pd.DataFrame, config: TiesConfig) -> Mapping[str, Figure]:
        """Shares by order; shares and payoffs by tickets."""
        figure, (left, middle, right) = figures.figure(3, width=4.0)
        _draw_orders(left, table[table.part == "order"], config)
        bought = table[table.part == "tickets"]
        most = max(config.tickets)
        fine = [1 + (most - 1) * i / 60 for i in range(61)]
        groups = list(bought.groupby("tickets"))
        figures.measured(
            middle, [k for k, _ in groups], [_share(rows) for _, rows in groups], "measured"
        )
        figures.closed_form(middle, fine, [k / (k + 1) for k in fine], "k/(k + 1)")
        middle.set(xlabel="tickets k, against one", ylabel="share won")
        middle.set_title("buying tickets for the draw")
        middle.legend(fontsize=7.5)
        for series, (fee, rows) in enumerate(bought.groupby("fee")):
            by_tickets = list(rows.groupby("tickets"))
            figures.measured(
                right,
                [k for k, _ in by_tickets],
                [statistics.mean(part.payoff) for _, part in by_tickets],
                f"fee of {fee}",
                series,
            )
            curve = [ticket_payoff(k, fee) for k in fine]
            figures.closed_form(right, fine, curve, "", series)
        right.set(xlabel="tickets k, against one", ylabel="payoff less fees, utils")
        right.set_title("what the fee does to that")
        right.legend(fontsize=7.5)
        return {"ties": figure}

    def captions(self, config: TiesConfig) -> Mapping[str, str]:
        """What to see."""
        del config
        return {
            "ties": "Left: the share of ties that the agent wins who can pay the builder, by how "
            "the block is ordered. Middle and right: where the draw decides, tickets can be "
            "bought; what that pays depends on the fee. Points: measured, with 95% intervals; "
            "dashed: closed forms."
        }


def ticket_payoff(tickets: float, fee: float) -> float:
    """What k tickets against one bring, less what they cost, in utils."""
    return STAKE * tickets / (tickets + 1) + LOSE - fee * tickets


def _agents(cell: Cell) -> list[Agent]:
    from boomerang.agents import Conditional
    from boomerang.experiments.racers import Racer
    from boomerang.experiments.ticket_buyer import TicketBuyer

    if cell["device"] == "if-second":
        return [Racer(unless_second=True), Racer(unless_second=True)]
    return [TicketBuyer(int(cell["tickets"])), Conditional()]


def _share(rows: pd.DataFrame) -> statistics.Estimate:
    return statistics.rate(int(rows.won.sum()), len(rows))


def _draw_orders(axes: Axes, table: pd.DataFrame, config: TiesConfig) -> None:
    places = list(range(len(config.orders)))
    for series, (device, name) in enumerate(_DEVICES.items()):
        rows = table[table.device == device]
        shares = [_share(rows[rows.order == order]) for order in config.orders]
        moved = [place + 0.08 * (series - 0.5) for place in places]
        figures.measured(axes, moved, shares, name, 1 - series)
        expected = [
            1.0 if device == "if-second" and order == "bid" else 0.5 for order in config.orders
        ]
        for place, share in zip(moved, expected, strict=True):
            figures.closed_form(axes, [place - 0.2, place + 0.2], [share, share], "", 1 - series)
    axes.set_xticks(places, [_ORDERS[order] for order in config.orders])
    axes.set(ylim=(0.3, 1.05), xlabel="order inside the block", ylabel="share of who can pay")
    axes.set_title("two commitments in one block")
    axes.legend(fontsize=7.5)


EXPERIMENT = Ties()
