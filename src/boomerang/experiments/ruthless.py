"""Experiment f: how many ruthless opponents it takes until the first gives up its Dare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Final

from pydantic import Field

from boomerang.experiments import figures, statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.findings import Finding

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.figure import Figure

    from boomerang.experiments.statistics import Estimate

BOND: Final = 101
"""Utils: enough that nobody is better off silent (experiment b)."""
LIMIT: Final = 3 / 11
_ANSWERS = ("keep", "revert")


class RuthlessConfig(Config):
    """`shares` of ruthless opponents, 0 to 1; `games` in a replicate of each."""

    replicates: int = Field(ge=4, le=100_000)
    shares: tuple[float, ...] = Field(min_length=3)
    games: int = Field(ge=1)


class Ruthless(Experiment[RuthlessConfig]):
    """See the claim."""

    letter = "f"
    title = "Ruthless opponents"
    claim = """\
Alice commits to Dare first, then Bob does. A share r of all Bobs are ruthless: they keep their Dare
whatever comes. The others seal "revert if kept(A1)". Alice sees no difference before it is too
late. Bonds are too large for silence to pay.

- To keep pays her 10 − 110r, to revert −20. So she keeps while r is at most 3/11, and gives way
  beyond.
- Crashes: r where she keeps, none where she gives way. Welfare: −10 − 190r, and −10."""
    limits = """\
- **Boomerang does not protect the first from somebody who does not care.** Up to a share of 3/11
  she keeps, and crashes with every ruthless Bob; welfare falls to −61.8 just before she gives up,
  with 27% crashes: more than in blind play with s = −20 (7.4%).
- Beyond 3/11 the ruthless have won: all Bobs, also those who would have given way, get 10.
- So it pays to be thought ruthless, and the protocol gives no way to tell: a seal hides it, as it
  must. Reputation would have to come from elsewhere.
- A smaller bond, and Bob opening first, would let Alice see that he keeps, and fall silent. But
  then every Bob is better off keeping (experiment b)."""
    config = RuthlessConfig

    def cells(self, config: RuthlessConfig) -> Sequence[Cell]:
        """Each share, for both answers of Alice's."""
        return [
            {"share": share, "alice": answer, "games": config.games}
            for share in config.shares
            for answer in _ANSWERS
        ]

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        """So many games, each against a Bob who is drawn; their means in one row."""
        from boomerang.agents import Ruthless as RuthlessAgent
        from boomerang.experiments.scripted import Scripted
        from boomerang.games import catalogue
        from boomerang.play import Match, Seat, open_table

        rng = Random(seed)  # noqa: S311 - chance that must be repeatable
        game, games = catalogue.chicken(), int(cell["games"])
        crashes = ruthless = alice = bob = 0
        with open_table("pyrevm") as table:
            for _ in range(games):
                is_ruthless = rng.random() < float(cell["share"])
                ruthless += is_ruthless
                other = RuthlessAgent(bond=BOND) if is_ruthless else Scripted("yield", bond=BOND)
                own = Scripted("keep" if cell["alice"] == "keep" else "revert", bond=BOND)
                seats = [Seat(own), Seat(other, start=1)]
                outcome = Match(game, seats, table, seed=rng.getrandbits(63)).play()
                crashes += outcome.actions == ("Dare", "Dare")
                alice += int(outcome.payoffs[0])
                bob += int(outcome.payoffs[1])
        return [
            {
                "ruthless": ruthless,
                "crashes": crashes,
                "payoff": alice / games,
                "other": bob / games,
            }
        ]

    def findings(self, table: pd.DataFrame, config: RuthlessConfig) -> Sequence[Finding]:
        """Where keeping stops to pay; payoffs, crashes and welfare of the better answer."""
        del config
        found = [
            Finding(
                what="share of ruthless Bobs at which keeping pays as much as reverting",
                measured=_crossing(table),
                expected=LIMIT,
                closed_form="3/11",
                resolution=0.04,
                note="where lines through the mean payoffs of both answers cross, by replicate",
            ),
            Finding(
                what="the same by the exported extensive form",
                measured=_by_extensive_form(),
                expected=LIMIT,
                closed_form="3/11",
                note="by bisection, nothing was played",
            ),
        ]
        for share, rows in table.groupby("share"):
            answer, better = _better(rows)
            keeps = share < LIMIT
            found.append(
                Finding(
                    what=f"payoff of keeping, less that of reverting, share {share:g}",
                    measured=_difference(rows),
                    expected=30 - 110 * share,
                    closed_form="30 − 110r",
                    unit="utils",
                )
            )
            trials = int(better.games.sum())
            found.append(
                Finding(
                    what=f"crash rate with the better answer ({answer}), share {share:g}",
                    measured=statistics.rate(int(better.crashes.sum()), trials),
                    expected=float(share) if keeps else 0.0,
                    closed_form="r" if keeps else "she reverts",
                    limit=True,
                )
            )
            found.append(
                Finding(
                    what=f"welfare with the better answer ({answer}), share {share:g}",
                    measured=_mean(better.payoff + better.other),
                    expected=-10 - 190 * share if keeps else -10.0,
                    closed_form="−10 − 190r" if keeps else "−20 + 10",
                    unit="utils",
                    limit=True,
                )
            )
        return found

    def plots(self, table: pd.DataFrame, config: RuthlessConfig) -> Mapping[str, Figure]:
        """Alice's payoffs by answer; crashes and welfare with the better one."""
        figure, (left, middle, right) = figures.figure(3, width=3.9)
        fine = [n / 200 for n in range(201)]
        for series, answer in enumerate(_ANSWERS):
            groups = list(table[table.alice == answer].groupby("share"))
            figures.measured(
                left,
                [share for share, _ in groups],
                [_mean(rows.payoff) for _, rows in groups],
                answer,
                series,
            )
            line = [10 - 110 * r if answer == "keep" else -20.0 for r in fine]
            figures.closed_form(left, fine, line, "", series)
        best = [(share, _better(rows)[1]) for share, rows in table.groupby("share")]
        shares = [share for share, _ in best]
        crash = [statistics.rate(int(r.crashes.sum()), int(r.games.sum())) for _, r in best]
        figures.measured(middle, shares, crash, "measured")
        figures.closed_form(middle, fine, [r if r <= LIMIT else 0.0 for r in fine], "closed form")
        welfare = [_mean(rows.payoff + rows.other) for _, rows in best]
        figures.measured(right, shares, welfare, "measured")
        curve = [-10 - 190 * r if r <= LIMIT else -10.0 for r in fine]
        figures.closed_form(right, fine, curve, "closed form")
        for axes, name in (
            (left, "Alice's payoff, utils"),
            (middle, "crash rate, better answer"),
            (right, "welfare, better answer, utils"),
        ):
            axes.axvline(LIMIT, color="black", linewidth=0.8, linestyle=":")
            axes.set(xlabel="share of ruthless Bobs", ylabel=name)
            axes.legend(fontsize=7.5)
        del config
        return {"ruthless": figure}

    def captions(self, config: RuthlessConfig) -> Mapping[str, str]:
        """What to see."""
        del config
        return {
            "ruthless": "Left: what keeping and reverting pay Alice. Middle and right: crashes and "
            "welfare, if she does what was measured to pay better. Dotted: 3/11. Points: measured, "
            "with 95% intervals; dashed: closed forms."
        }


def _better(rows: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The answer that paid Alice more at one share, and its rows."""
    means = rows.groupby("alice").payoff.mean()
    answer = "keep" if means["keep"] >= means["revert"] else "revert"
    return answer, rows[rows.alice == answer]


def _difference(rows: pd.DataFrame) -> Estimate:
    paired = rows.pivot(index="replicate", columns="alice", values="payoff")
    return _mean(paired["keep"] - paired["revert"])


def _crossing(table: pd.DataFrame) -> Estimate:
    """For each replicate the share at which both answers pay the same, by straight lines."""
    import numpy as np

    found = []
    for _, rows in table.groupby("replicate"):
        paired = rows.pivot(index="share", columns="alice", values="payoff")
        slope, start = np.polyfit(
            paired.index.to_numpy(dtype=float), (paired["keep"] - paired["revert"]).to_numpy(), 1
        )
        found.append(-start / slope)
    return statistics.mean(found)


def _mean(values: pd.Series[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> Estimate:
    """Of replicates; a point where they are all the same."""
    if values.min() == values.max():
        return statistics.exact(float(values.min()))
    return statistics.mean(values)


def _by_extensive_form() -> Estimate:
    """Between which shares the first stops keeping, to within 2^-10."""
    from fractions import Fraction

    from boomerang.games import catalogue
    from boomerang.games.efg import Protocol, boomerang_tree
    from boomerang.games.efg.equilibria import rollback

    low, high = Fraction(0), Fraction(1)
    while high - low > Fraction(1, 1024):
        middle = (low + high) / 2
        protocol = Protocol(
            (0, 1),
            (BOND, BOND),
            ruthless={1: middle},
            conditions="revert",
            publishable=(("Dare",), ("Dare",)),
            may_abstain=False,
        )
        found = rollback(boomerang_tree(catalogue.chicken(), protocol))
        if ("Dare", "Dare") in found.play.outcomes:
            low = middle
        else:
            high = middle
    ends = (float(low), float(high))
    return statistics.Estimate(sum(ends) / 2, ends, ends, 1, "bracket")


EXPERIMENT = Ruthless()
"""See `boomerang.experiments.find`."""
