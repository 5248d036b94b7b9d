"""The games that experiments and examples play, with their standard payoffs.

Actions stand from the most reckless to the meekest. Payoffs are in utils; rows are what the first
player does, columns what the second does:

    chicken             Dare          Swerve
    Dare                -100, -100    10, -20
    Swerve              -20, 10       0, 0          `both_swerve` each

    bargaining          Dare          Stop          Swerve
    Dare                -100, -100    10, -20       10, -20
    Stop                -20, 10       0, 0          0, 10
    Swerve              -20, 10       10, 0         0, 0

    prisoners_dilemma   Defect        Cooperate
    Defect              1, 1          5, 0
    Cooperate           0, 5          3, 3

    stag_hunt           Hare          Stag
    Hare                3, 3          3, 0
    Stag                0, 3          4, 4

    battle_of_the_sexes Opera         Football      (the second player's most reckless is Football)
    Opera               3, 2          0, 0
    Football            0, 0          2, 3

In `bargaining`, one side calls the race off with Stop, and concedes; nobody has to swerve. Against
somebody who drives on anyway that is swerving. What it is worth to concede, contents pay.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from boomerang.games.errors import BadGame, UnknownGame
from boomerang.games.exact import Payoff, exact
from boomerang.games.game import Game
from boomerang.games.pairs import in_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.games.matrix import Profile

SEATS: Final = (
    *("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"),
    *("ivan", "judy", "kim", "liam", "mia", "noah", "olga", "peggy"),
)
"""Names of the seats, in order: those of the development accounts."""


def chicken(players: int = 2, both_swerve: Any = 0) -> Game:
    """Chicken for 2 to 16; three or more meet in pairs, and payoffs add up.

    `both_swerve` is what each gets where both swerve, exact. Blind, two dare with probability
    p = (10 - s) / (90 - s) in the symmetric equilibrium.
    """
    swerved = exact(both_swerve)
    pair = Game.from_matrix(
        "chicken",
        SEATS[:2],
        ("Dare", "Swerve"),
        [[(-100, -100), (10, -20)], [(-20, 10), (swerved, swerved)]],
    )
    return in_pairs(pair, seats(players))


def bargaining() -> Game:
    """Chicken for two with the action Stop, which goes together with Swerve."""
    return Game.from_matrix(
        "bargaining",
        SEATS[:2],
        ("Dare", "Stop", "Swerve"),
        [
            [(-100, -100), (10, -20), (10, -20)],
            [(-20, 10), (0, 0), (0, 10)],
            [(-20, 10), (10, 0), (0, 0)],
        ],
        compatible=[("Stop", "Swerve")],
    )


def prisoners_dilemma() -> Game:
    """The prisoner's dilemma. Who is bound to nothing defects: it is better whatever others do."""
    return Game.from_matrix(
        "prisoners_dilemma",
        SEATS[:2],
        ("Defect", "Cooperate"),
        [[(1, 1), (5, 0)], [(0, 5), (3, 3)]],
        default="Defect",
    )


def stag_hunt() -> Game:
    """The stag hunt: a hare is safe, a stag takes two. Who is bound to nothing hunts hares."""
    return Game.from_matrix(
        "stag_hunt",
        SEATS[:2],
        ("Hare", "Stag"),
        [[(3, 3), (3, 0)], [(0, 3), (4, 4)]],
        default="Hare",
    )


def battle_of_the_sexes() -> Game:
    """The battle of the sexes. Who is bound to nothing goes to what he likes better."""
    one, other = ("Opera", "Football"), ("Football", "Opera")
    return Game.from_matrix(
        "battle_of_the_sexes",
        SEATS[:2],
        (one, other),
        {
            ("Opera", "Opera"): (3, 2),
            ("Opera", "Football"): (0, 0),
            ("Football", "Opera"): (0, 0),
            ("Football", "Football"): (2, 3),
        },
        default=(one[0], other[0]),
    )


def public_goods(players: int = 4, endowment: Any = 100, factor: Any = Fraction(8, 5)) -> Game:
    """A public good for 2 to 16: each puts its endowment into a pot, or not; the pot grows by
    `factor` (exact, at least 1), and everybody gets an equal share of it, contributor or not.

    A dilemma where 1 < factor < players. Payoffs are gains over the endowment. Who is bound to
    nothing contributes nothing.
    """
    names = seats(players)
    stake, growth = exact(endowment), exact(factor)
    if stake <= 0:
        raise BadGame(f"the endowment of a public good must be positive, not {stake}")
    if growth < 1:
        raise BadGame(f"the factor of a public good must be at least 1, not {growth}")
    return Game(
        name="public_goods",
        players=names,
        actions=(("Defect", "Contribute"),) * players,
        default=("Defect",) * players,
        rule=PublicGood(stake, growth),
    )


@dataclass(frozen=True)
class PublicGood:
    """The rule of a public good; see `public_goods`."""

    endowment: Payoff
    factor: Payoff
    anonymous: ClassVar[bool] = True

    def __call__(self, profile: Profile) -> tuple[Payoff, ...]:
        pot = profile.count("Contribute") * self.endowment * self.factor
        share = exact(Fraction(pot, len(profile)))
        return tuple(
            share - self.endowment if action == "Contribute" else share for action in profile
        )


def routing(
    players: int = 2, amount: Any = 500, order: Literal["seat", "average"] = "seat"
) -> Game:
    """The four-asset congestion game on Uniswap V2's pools, for 2 to 16 traders who sell `amount`
    of A each; `order` is who trades first: by `seat`, or the `average` of all orders. See
    `boomerang.games.routing`.
    """
    from boomerang.games import routing as pools  # which imports this module

    return pools.routing(players, exact(amount), order)


CATALOGUE: Final[dict[str, Callable[..., Game]]] = {
    build.__name__: build
    for build in (
        chicken,
        prisoners_dilemma,
        stag_hunt,
        battle_of_the_sexes,
        public_goods,
        bargaining,
        routing,
    )
}
"""Every game by its name, as a function of its parameters."""


def named(name: str, **parameters: Any) -> Game:
    """A game of the catalogue by its name, as files and command lines have it: case does not
    matter, nor whether words are joined by `_` or `-`. Numbers may be text.

    Raises UnknownGame for a name or parameter that there is not, BadGame or BadNumber for a value
    that makes no game.
    """
    build = CATALOGUE.get(name.lower().replace("-", "_").replace(" ", "_"))
    if build is None:
        raise UnknownGame(f"no game is called {name!r}; there are {', '.join(CATALOGUE)}")
    known = inspect.signature(build).parameters
    for parameter in parameters:
        if parameter not in known:
            listed = ", ".join(known) or "none"
            raise UnknownGame(f"{build.__name__} has no {parameter!r}; parameters: {listed}")
    if "players" in parameters:
        parameters["players"] = exact(parameters["players"])
    return build(**parameters)


def seats(players: Any) -> tuple[str, ...]:
    """Names for so many seats, 2 to 16. Raises BadGame for another number."""
    if isinstance(players, bool) or not isinstance(players, int) or not 2 <= players <= len(SEATS):
        raise BadGame(f"a game has 2 to {len(SEATS)} players, not {players!r}")
    return SEATS[:players]
