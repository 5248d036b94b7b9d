"""Experiment d: how a surplus is shared when offers alternate until the registry takes no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from pydantic import Field

from boomerang.experiments import figures, statistics
from boomerang.experiments.bargainers import Asker, Honesty, Proposer, Script
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.findings import Finding
from boomerang.games.efg.closed_forms import bargained_share

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from boomerang.experiments.statistics import Estimate
    from boomerang.games import Game
    from boomerang.play import Table

SCALE: Final = 10_000
"""Wei to the util, so that shares of a surplus of 20 utils are whole."""
SURPLUS: Final = 20
DECLINE_DELAY: Final = 3
MOST_ROUNDS: Final = 30
_PROMISES: Final[tuple[Honesty, ...]] = ("bound", "cheats", "reneges")


class BargainingConfig(Config):
    """`cutoffs`: the registry's offerCutoff in seconds before the freeze, over DECLINE_DELAY and
    under 60; `breakdowns`: probabilities that all talk ends after a refusal.
    """

    cutoffs: tuple[int, ...] = Field(min_length=1)
    breakdowns: tuple[float, ...] = Field(min_length=1)


class Bargaining(Experiment[BargainingConfig]):
    """See the claim."""

    letter = "d"
    title = "Bargaining"
    claim = """\
Alice has committed to Dare first. Without a bargain the outcome is (10, −20). If Bob concedes
("Stop") and Alice reverts, nobody has to swerve: 20 utils more, of which Bob pays Alice x out of an
escrow: (10 + x, −x). They alternate: Bob proposes, Alice declines and asks, and so on, for the n
rounds that fit before the registry's offer cut-off; after each refusal all talk breaks down with
probability p.

- In the subgame perfect equilibrium Alice's share is x = 20 − V(n), V(n) = 20 − (1−p) V(n−1),
  V(0) = 0, and for many rounds 20(1−p)/(2−p).
- They agree in the first round, and nobody crashes.

Each branch (an agreement in round k at some amount, a breakdown after round k) is played on the
chain; the equilibrium is found backwards from those payoffs, amounts to 1/10,000 util. Nothing else
is left to chance: p only weighs branches."""
    limits = """\
- **The cut-off decides who has the last word**, and with little risk of breakdown that is nearly
  everything: at p = 0 Bob gets all 20 if the number of rounds is odd, Alice if it is even. The
  share tends to 20(1−p)/(2−p) only for many rounds; with 10 rounds and p = 0.1 it is still 3.7
  utils away.
- **Bob's first commitment stands in the way.** If he keeps it and seals "revert if kept(A1)", then
  an Alice who steps back for the bargain meets his Dare: −20 + x for her, 10 − x for him. Sealing
  "revert if kept(A1) or kept(B2)", as section 10 has it, is not seen by her, and pays him less. So
  she should not believe it; here he revokes his first commitment when he proposes.
- A bargain that Bob goes back on does no harm: A1 is kept, as if he had not offered.
- The rounds are a convention of these two agents. The registry knows offers and declining, not
  turns; asking is a statement that binds nobody.
- Patience, here the only bargaining power, is taken as common knowledge. So is the risk."""
    config = BargainingConfig

    def cells(self, config: BargainingConfig) -> Sequence[Cell]:
        """Cut-offs by risks; then what becomes of promises."""
        cells: list[Cell] = [
            {"part": "bargain", "cutoff": cutoff, "breakdown": risk, "promise": "revokes"}
            for cutoff in config.cutoffs
            for risk in config.breakdowns
        ]
        cells += [
            {"part": "promise", "cutoff": config.cutoffs[0], "breakdown": 1.0, "promise": promise}
            for promise in _PROMISES
        ]
        return cells

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        """One equilibrium, or one promise: what each gets, in utils."""
        from boomerang.parameters import Parameters
        from boomerang.play import open_table

        cutoff = int(cell["cutoff"])
        parameters = Parameters(offer_cutoff=cutoff, decline_delay=DECLINE_DELAY)
        with open_table("pyrevm", parameters) as table:
            played = _Played(table, seed)
            if cell["part"] == "promise":
                pays = played.pays(Script(1, 10 * SCALE), str(cell["promise"]))
                return [_row(1, 1, pays, played)]
            rounds = played.rounds()
            first = _solve(played, rounds, Fraction(str(cell["breakdown"])))
            return [_row(rounds, first.agreed, first.pays, played)]

    def findings(self, table: pd.DataFrame, config: BargainingConfig) -> Sequence[Finding]:
        """Shares beside the closed form for so many rounds, and the limit between two of them."""
        found = []
        bargains = table[table.part == "bargain"]
        for row in bargains.sort_values(["breakdown", "rounds"], kind="stable").itertuples():
            exact = bargained_share(Fraction(SURPLUS), Fraction(str(row.breakdown)), row.rounds)
            # Each round is rounded to a wei.
            found.append(
                Finding(
                    what=f"Alice's share, p = {row.breakdown:g}, cut-off {row.cutoff} s: "
                    f"{row.rounds} rounds",
                    measured=_within(row.alice - 10, row.rounds / SCALE),
                    expected=float(exact),
                    closed_form="20 − V(n)",
                    unit="utils",
                )
            )
        for risk in config.breakdowns:
            rows = bargains[bargains.breakdown == risk].sort_values("rounds")
            if risk > 0:
                found.append(_limit(rows, risk))
        agreed = bool((bargains.agreed == 1).all() and (bargains.crashes == 0).all())
        found.append(
            Finding(
                what="equilibria with an agreement in the first round, and no branch with a crash",
                measured=statistics.exact(float(agreed)),
                expected=1,
            )
        )
        worth = {"bound": (20.0, -10.0), "cheats": (-10.0, 0.0), "reneges": (10.0, -20.0)}
        for row in table[table.part == "promise"].itertuples():
            for name, value, expected in zip(
                ("Alice", "Bob"), (row.alice, row.bob), worth[row.promise], strict=True
            ):
                found.append(
                    Finding(
                        what=f"{name}'s payoff for a bargain at 10 utils, {_WORDS[row.promise]}",
                        measured=statistics.exact(value),
                        expected=expected,
                        unit="utils",
                        limit=True,
                    )
                )
        return found

    def plots(self, table: pd.DataFrame, config: BargainingConfig) -> Mapping[str, Figure]:
        """The share against the cut-off, and against the risk."""
        figure, (left, right) = figures.figure(2, width=4.6, sharey=True)
        bargains = table[table.part == "bargain"]
        risks = sorted(config.breakdowns)
        for series, risk in enumerate(risks[:: (len(risks) + 3) // 4]):
            rows = bargains[bargains.breakdown == risk].sort_values("cutoff")
            figures.measured(left, list(rows.cutoff), _points(rows), f"p = {risk:g}", series)
            expected = [
                float(bargained_share(Fraction(SURPLUS), Fraction(str(risk)), n))
                for n in rows.rounds
            ]
            figures.closed_form(left, list(rows.cutoff), expected, "", series)
        counts = sorted(bargains.rounds.unique())
        shown = sorted({counts[0], *counts[-2:]})
        fine = [n / 100 for n in range(101)]
        for series, n in enumerate(shown):
            rows = bargains[bargains.rounds == n].drop_duplicates("breakdown")
            rows = rows.sort_values("breakdown")
            figures.measured(right, list(rows.breakdown), _points(rows), f"{n} rounds", series)
            curve = [float(bargained_share(Fraction(SURPLUS), Fraction(p), int(n))) for p in fine]
            figures.closed_form(right, fine, curve, "", series)
        figures.closed_form(
            right, fine, [20 * (1 - p) / (2 - p) for p in fine], "20(1−p)/(2−p)", len(shown)
        )
        left.set(xlabel="offer cut-off, seconds before the freeze", ylabel="Alice's share, utils")
        right.set(xlabel="risk of breakdown p after a refusal")
        left.legend(fontsize=7.5, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))
        right.legend(fontsize=7.5)
        return {"bargaining": figure}

    def captions(self, config: BargainingConfig) -> Mapping[str, str]:
        """What to see."""
        del config
        return {
            "bargaining": "Alice's share of 20 utils in the subgame perfect equilibrium, found "
            "from payoffs on the chain (points), and by the closed form for as many rounds "
            "(dashed). Left: the later offers may come, the more rounds; whoever has the last one "
            "gains. Right: by the risk of breakdown."
        }


_WORDS: Final = {
    "bound": "Bob's claim sealed to revert for it too",
    "cheats": "Bob's claim sealed to revert for A1 alone",
    "reneges": "which Bob then reverts",
}


class _Played:
    """Branches played on one table, each once."""

    def __init__(self, table: Table, seed: int) -> None:
        self.table = table
        self.seed = seed
        self.game = _scaled()
        self.matches = 0
        self.crashes = 0
        self._known: dict[tuple[Script, str], tuple[Fraction, Fraction]] = {}

    def pays(self, script: Script, promise: str = "revokes") -> tuple[Fraction, Fraction]:
        """What Alice and Bob get, in utils."""
        from boomerang.play import Match, Seat

        if (script, promise) not in self._known:
            bob = Proposer(script, promise)  # type: ignore[arg-type]
            seats = [Seat(Asker(script)), Seat(bob, start=1)]
            outcome = Match(self.game, seats, self.table, seed=self.seed).play()
            self.matches += 1
            self.crashes += outcome.actions == ("Dare", "Dare")
            alice, other = (Fraction(payoff) / SCALE for payoff in outcome.payoffs)
            self._known[script, promise] = alice, other
        return self._known[script, promise]

    def rounds(self) -> int:
        """How many rounds the registry has time for: a bargain in the last one still counts."""
        for number in range(1, MOST_ROUNDS + 1):
            if self.pays(Script(number, SCALE)) == self.pays(Script()):
                return number - 1
        return MOST_ROUNDS


@dataclass(frozen=True)
class _Worth:
    """What the rest of the game is worth from a round on; the round in which they agree."""

    pays: tuple[Fraction, Fraction]
    agreed: int


def _solve(played: _Played, rounds: int, risk: Fraction) -> _Worth:
    """Backwards: in each round the amount is proposed that is worst for who answers among those
    that pay him at least what refusing is worth, found by bisection on what was played.
    """
    later = _Worth(played.pays(Script()), 0)
    for number in range(rounds, 0, -1):
        broken = played.pays(Script(broken=number))
        refused = tuple(
            risk * end + (1 - risk) * on for end, on in zip(broken, later.pays, strict=True)
        )
        alice_answers = number % 2 == 1
        low, high = 0, SURPLUS * SCALE
        while low < high:  # the least that Alice takes, or the most that Bob pays
            amount = (low + high + (not alice_answers)) // 2
            pays = played.pays(Script(number, amount))
            if alice_answers:
                low, high = (low, amount) if pays[0] >= refused[0] else (amount + 1, high)
            else:
                low, high = (amount, high) if pays[1] >= refused[1] else (low, amount - 1)
        pays = played.pays(Script(number, low))
        proposer = 1 if alice_answers else 0
        if pays[proposer] >= refused[proposer]:
            later = _Worth(pays, number)
        else:  # better to be refused
            later = _Worth((refused[0], refused[1]), later.agreed)
    return later


def _scaled() -> Game:
    """The bargaining game, in wei."""
    from boomerang.games import Game, catalogue

    game = catalogue.bargaining()
    table = {
        profile: tuple(payoff * SCALE for payoff in game.payoffs(profile))
        for profile in game.profiles()
    }
    return Game.from_matrix(
        game.name,
        game.players,
        game.actions,
        table,
        default=game.default,
        compatible=game.compatible,
    )


def _row(rounds: int, agreed: int, pays: tuple[Fraction, Fraction], played: _Played) -> Row:
    return {
        "rounds": rounds,
        "agreed": agreed,
        "alice": float(pays[0]),
        "bob": float(pays[1]),
        "matches": played.matches,
        "crashes": played.crashes,
    }


def _within(value: float, reach: float) -> Estimate:
    """Known but for the size of a step."""
    ends = (value - reach, value + reach)
    return statistics.Estimate(value, ends, ends, 1, "to a step")


def _points(rows: pd.DataFrame) -> list[Estimate]:
    return [statistics.exact(value - 10) for value in rows.alice]


def _limit(rows: pd.DataFrame, risk: float) -> Finding:
    """Shares with odd and even numbers of rounds lie on either side of the limit."""
    last = [float(value) - 10 for value in rows.drop_duplicates("rounds").alice.tail(2)]
    low, high = min(last), max(last)
    return Finding(
        what=f"limit of Alice's share, p = {risk:g}, between the two largest numbers of rounds",
        measured=statistics.Estimate((low + high) / 2, (low, high), (low, high), 1, "bracket"),
        expected=20 * (1 - risk) / (2 - risk),
        closed_form="20(1−p)/(2−p)",
        unit="utils",
    )


EXPERIMENT = Bargaining()
"""See `boomerang.experiments.find`."""
