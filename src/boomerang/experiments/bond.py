"""Experiment b: what comes of chicken by the size of bonds and the order of openings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from boomerang.experiments import figures, statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.empirical import outcomes
from boomerang.experiments.findings import Finding

if TYPE_CHECKING:
    from fractions import Fraction

    import pandas as pd
    from matplotlib.figure import Figure

    from boomerang.experiments.empirical import Payoffs
    from boomerang.experiments.statistics import Estimate

FIRST_WAY, SECOND_WAY = (10.0, -20.0), (-20.0, 10.0)

FIRST: Mapping[str, tuple[str, str]] = {
    "keep, open": ("keep", "never"),
    "keep, silent if the other keeps": ("keep", "if bound"),
    "keep, silent if the other threatens": ("keep", "if threatened"),
    "keep, silent if the other keeps or threatens": ("keep", "if either"),
    "revert": ("revert", "never"),
}
SECOND: Mapping[str, tuple[str, str]] = {
    "keep": ("keep", "never"),
    "keep, silent if the first keeps": ("keep", "if bound"),
    "revert if the first is kept": ("yield", "never"),
    "revert": ("revert", "never"),
    "keep if the first is kept": ("threaten", "never"),
}
"""Strategies by name: what is sealed, and when silence is kept."""
THREATS = (
    "keep, silent if the other threatens",
    "keep, silent if the other keeps or threatens",
    "keep if the first is kept",
)


class BondConfig(Config):
    """`bonds` of both in utils, ascending; `both_swerve`: what both get who swerve."""

    bonds: tuple[int, ...] = Field(min_length=2)
    both_swerve: tuple[int, ...] = Field(min_length=1)
    openings: tuple[Literal["first", "second"], ...] = ("first", "second")


class Bond(Experiment[BondConfig]):
    """See the claim."""

    letter = "b"
    title = "Bonds and the order of openings"
    claim = """\
Alice commits to Dare first, Bob second; both have a bond, which burns if they stay silent. Each
plays every strategy that the protocol leaves it (keep or revert; Bob also "revert if kept(A1)";
whoever opens last may fall silent by what it saw) against each of the other's, on the chain. In the
game that these payoffs make, strategies are eliminated that another one weakly dominates.

- If Bob opens first, the outcome is (−20, 10) while the bond is under 80 utils, and (10, −20) above
  it: silence costs Alice −20 and the bond, a crash −100.
- If Alice opens first, it is (10, −20) at every bond.
- If silence meant "kept", a bond of 30 would do. The registry has no such rule: this is solved on
  the extensive form, not played."""
    limits = """\
- **A bond of 80 is not always enough.** Bob may also seal "keep if kept(A1)": he dares exactly if
  Alice does. If he opens that first, an Alice who stays silent makes both swerve: s less the bond,
  against −100. So with a bond between 80 and 100 + s she falls silent, and Bob gets s instead of
  −20. With s = 0, the standard game, no profile of pure strategies is left there, and a bond must
  exceed 100. With s = −20 there is no such gap.
- **Whoever opens last has the option, and every owner wants to.** The bond does not say who opens
  first. It makes the option worthless, if it is large enough for the game at hand; nothing on the
  chain knows which game that is.
- Plain Nash equilibrium does not select: that Bob keeps and Alice reverts is one at every bond. It
  rests on a strategy of Bob's that is never better and sometimes worse than "revert if kept(A1)".
- At a bond of exactly 80 she may do either."""
    config = BondConfig

    def cells(self, config: BondConfig) -> Sequence[Cell]:
        """All bonds for each game and order of openings."""
        return [
            {"both_swerve": mild, "opens_first": order, "bond": bond}
            for mild in config.both_swerve
            for order in config.openings
            for bond in config.bonds
        ]

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        """Every pair of strategies once, on the chain: nothing in it is left to chance."""
        from boomerang.experiments.scripted import EARLY, LATE, Scripted
        from boomerang.games import catalogue
        from boomerang.play import Match, Seat, open_table

        game = catalogue.chicken(both_swerve=int(cell["both_swerve"]))
        first_opens_first = cell["opens_first"] == "first"
        bond = int(cell["bond"])
        rows: list[Row] = []
        with open_table("pyrevm") as table:
            for one, (sealed, silent) in FIRST.items():
                for other, (theirs, when) in SECOND.items():
                    alice = Scripted(
                        sealed,  # type: ignore[arg-type]
                        silent,  # type: ignore[arg-type]
                        bond=bond,
                        opens_after=EARLY if first_opens_first else LATE,
                    )
                    bob = Scripted(
                        theirs,  # type: ignore[arg-type]
                        when,  # type: ignore[arg-type]
                        bond=bond,
                        opens_after=LATE if first_opens_first else EARLY,
                    )
                    outcome = Match(
                        game, [Seat(alice), Seat(bob, start=1)], table, seed=seed
                    ).play()
                    rows.append(
                        {
                            "first": one,
                            "second": other,
                            "crash": outcome.actions == ("Dare", "Dare"),
                            "alice": float(outcome.payoffs[0]),
                            "bob": float(outcome.payoffs[1]),
                            "burned": int(sum(outcome.lost)),
                        }
                    )
        return rows

    def findings(self, table: pd.DataFrame, config: BondConfig) -> Sequence[Finding]:
        """Where the outcome switches; and whether the extensive form says the same."""
        found = []
        for mild in config.both_swerve:
            game = table[table.both_swerve == mild]
            where = f"s = {mild}".replace("-", "−")
            solved = _solved(game, threats=False)
            if "second" in config.openings:
                found.append(
                    Finding(
                        what=f"bond at which the outcome switches, Bob opens first, {where}",
                        measured=_switch(solved["second"]),
                        expected=80,
                        closed_form="−20 − (−100)",
                        unit="utils",
                        note="between the bonds played",
                    )
                )
            if "first" in config.openings:
                ways = list(solved["first"].values())
                found.append(
                    Finding(
                        what=f"bonds at which Alice gets her way, Alice opens first, {where}",
                        measured=statistics.exact(ways.count({FIRST_WAY}) / len(ways)),
                        expected=1,
                        note=f"share of {len(ways)} bonds",
                    )
                )
            found.append(_agreement(game, mild, where))
            threatened = _solved(game, threats=True)
            if "second" in config.openings:
                found.append(
                    Finding(
                        what="bond from which nothing but Alice's way is left, Bob opens first "
                        f"and may threaten, {where}",
                        measured=_safe(threatened["second"]),
                        expected=max(80, 100 + mild),
                        closed_form="max(80, 100 + s)",
                        unit="utils",
                        limit=True,
                        note="between the bonds played",
                    )
                )
        found.append(_if_silence_kept())
        return found

    def plots(self, table: pd.DataFrame, config: BondConfig) -> Mapping[str, Figure]:
        """Alice's payoff in what is left, against the bond."""
        figure, axes = figures.figure(len(config.both_swerve), width=4.2, sharey=True)
        for panel, mild in zip(axes, config.both_swerve, strict=True):
            game = table[table.both_swerve == mild]
            series = 0
            for threats in (False, True):
                for order, by_bond in _solved(game, threats=threats).items():
                    if threats and order == "first":
                        continue
                    points = [(b, pays[0]) for b, left in by_bond.items() for pays in left]
                    name = f"{'Alice' if order == 'first' else 'Bob'} opens first"
                    figures.measured(
                        panel,
                        [bond + 0.8 * series for bond, _ in points],
                        [statistics.exact(value) for _, value in points],
                        name + (", may threaten" if threats else ""),
                        series,
                    )
                    series += 1
            panel.axvline(80, color="black", linewidth=0.8, linestyle="--", label="80")
            panel.set(xlabel="bond, utils", title=f"both swerve: {mild}".replace("-", "−"))
        axes[0].set_ylabel("Alice's payoff, utils")
        axes[0].legend(fontsize=7, loc="lower left")
        return {"bond": figure}

    def captions(self, config: BondConfig) -> Mapping[str, str]:
        """What to see."""
        del config
        return {
            "bond": "What Alice gets in the profiles that iterated elimination of weakly dominated "
            "strategies leaves, by the payoffs measured on the chain, against the bond of both "
            "(series are shifted a little, to be told apart). Several points at one bond: several "
            "outcomes are left."
        }


def _solved(game: pd.DataFrame, *, threats: bool) -> dict[str, dict[int, set[tuple[float, float]]]]:
    """What is left, by who opens first and by bond."""
    found: dict[str, dict[int, set[tuple[float, float]]]] = {}
    for (order, bond), rows in game.groupby(["opens_first", "bond"], sort=False):
        table: Payoffs = {
            (row.first, row.second): (row.alice, row.bob)
            for row in rows.itertuples()
            if threats or not {row.first, row.second} & set(THREATS)
        }
        found.setdefault(str(order), {})[int(bond)] = outcomes(table)
    return found


def _switch(by_bond: Mapping[int, set[tuple[float, float]]]) -> Estimate | None:
    """Between the last bond of Bob's way and the first of Alice's, if there is one switch."""
    bonds = sorted(by_bond)
    ways = [by_bond[bond] for bond in bonds]
    turn = next((n for n, way in enumerate(ways) if way == {FIRST_WAY}), len(ways))
    before, after = ways[:turn], ways[turn:]
    clean = all(way == {SECOND_WAY} for way in before) and all(way == {FIRST_WAY} for way in after)
    if not (clean and before and after):
        return _bracket(bonds[0], bonds[-1])
    return _bracket(bonds[turn - 1], bonds[turn])


def _safe(by_bond: Mapping[int, set[tuple[float, float]]]) -> Estimate:
    """Between the last bond at which anything but Alice's way is left, and the next."""
    bonds = sorted(by_bond)
    bad = [n for n, bond in enumerate(bonds) if by_bond[bond] != {FIRST_WAY}]
    if not bad or bad[-1] == len(bonds) - 1:
        return _bracket(bonds[0], bonds[-1])
    return _bracket(bonds[bad[-1]], bonds[bad[-1] + 1])


def _bracket(low: float, high: float) -> Estimate:
    ends = (float(low), float(high))
    return statistics.Estimate((ends[0] + ends[1]) / 2, ends, ends, 1, "bracket")


def _agreement(game: pd.DataFrame, mild: int, where: str) -> Finding:
    """How often the exported extensive form, solved, comes to what is left on the chain."""
    agree = total = 0
    for order, by_bond in _solved(game, threats=False).items():
        for bond, left in by_bond.items():
            total += 1
            agree += _extensive(mild, bond, order) == left
    return Finding(
        what=f"bonds and orders at which the exported extensive form comes to the same, {where}",
        measured=statistics.exact(agree / total),
        expected=1,
        note=f"share of {total}",
    )


def _extensive(
    mild: int, bond: int | Fraction, order: str, silence: Literal["revert", "keep"] = "revert"
) -> set[tuple[float, float]]:
    """What subgame by subgame weak dominance leaves of the extensive form; empty if several."""
    from boomerang.games import catalogue
    from boomerang.games.efg import NotUnique, Protocol, boomerang_tree
    from boomerang.games.efg.equilibria import rollback

    protocol = Protocol(
        (0, 1),
        (bond, bond),
        openings="first" if order == "first" else "last",
        silence=silence,
        conditions="revert",
        publishable=(("Dare",), ("Dare",)),
        may_abstain=False,
    )
    try:
        one, other = rollback(boomerang_tree(catalogue.chicken(both_swerve=mild), protocol)).payoffs
    except NotUnique:
        return set()
    return {(float(one), float(other))}


def _if_silence_kept() -> Finding:
    """Where silence would mean "kept", by the extensive form, to within 2^-4 utils."""
    from fractions import Fraction

    low, high = Fraction(0), Fraction(64)
    while high - low > Fraction(1, 16):
        middle = (low + high) / 2 + Fraction(1, 997)  # never exactly on a tie
        if _extensive(0, middle, "second", "keep") == {FIRST_WAY}:
            high = middle
        else:
            low = middle
    return Finding(
        what='bond from which nothing but Alice\'s way is left if silence meant "kept"',
        measured=_bracket(float(low), float(high)),
        expected=30,
        closed_form="10 − (−20)",
        unit="utils",
        note="a hypothetical rule: by bisection on the extensive form, nothing was played",
    )


EXPERIMENT = Bond()
"""See `boomerang.experiments.find`."""
