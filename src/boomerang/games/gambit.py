"""Games from and to pygambit, with exact payoffs both ways. Needs pygambit (extra `experiments`).

    from boomerang.games import catalogue, gambit
    import pygambit

    solved = pygambit.nash.enummixed_solve(gambit.to_gambit(catalogue.chicken()), rational=True)
    game = gambit.read("game.nfg")        # .nfg, .efg, .gbt or .agg

Profiles keep their places: the i-th action of a seat is the i-th strategy of that player.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from boomerang.games.errors import BadGameFile, NotSupported
from boomerang.games.exact import exact
from boomerang.games.game import Game

if TYPE_CHECKING:
    import pygambit

    from boomerang.games.exact import Payoff

READERS: Final = {".nfg": "read_nfg", ".efg": "read_efg", ".gbt": "read_gbt", ".agg": "read_agg"}


def to_gambit(game: Game) -> pygambit.Game:
    """The game in strategic form, as pygambit has it: labels are the names of game, players and
    actions. Its labels are printable ASCII with single spaces: other names are spelled so.

    Raises BadGame over 2^20 profiles.
    """
    import pygambit

    payoffs = game.array(object)
    tables = [payoffs[..., seat] for seat in range(len(game.players))]
    made = pygambit.Game.from_arrays(*tables, title=_label(game.name))
    for number, player in enumerate(made.players):
        player.label = f"seat {number}"  # so that no name is in use when it is given
    for player, name in zip(made.players, _labels(game.players), strict=True):
        player.label = name
    for player, own in zip(made.players, game.actions, strict=True):
        strategies = list(player.strategies)
        for number, strategy in enumerate(strategies):
            strategy.label = f"strategy {number}"
        for strategy, action in zip(strategies, own, strict=True):
            strategy.label = action
    return made


def from_gambit(
    source: pygambit.Game, *, name: str | None = None, default: Any = None, compatible: Any = ()
) -> Game:
    """The strategic form of a pygambit game; of a tree the reduced one, with chance averaged.

    Labels become actions; what is no single word is spelled as one (`Drive on` as `Drive_on`), and
    what has no label is called by its number. `name` instead of the title; `default` and
    `compatible` as for `Game.from_matrix`: pygambit knows neither, nor which action is the most
    reckless; the first one is, and without a default each seat does its last.

    Raises NotSupported where there is nobody to play, BadGame for what is no game otherwise.
    """
    players = list(source.players)
    if not players:
        raise NotSupported(f"the game {source.title!r} has no players")
    arrays = source.to_arrays()  # of pygambit's Rational, a Fraction
    rows = zip(*(array.flat for array in arrays), strict=True)
    names = _unique([player.label or f"player {i + 1}" for i, player in enumerate(players)])
    actions = [
        _unique([_word(one.label) or str(i + 1) for i, one in enumerate(player.strategies)])
        for player in players
    ]
    flat: list[Payoff] = [exact(Fraction(payoff)) for payoff in chain.from_iterable(rows)]
    return Game.from_matrix(
        name or source.title or "untitled",
        names,
        actions,
        _nested(flat, [len(own) for own in actions], len(players)),
        default=default,
        compatible=compatible,
    )


def read(path: str | Path, **options: Any) -> Game:
    """The game of a file in one of Gambit's formats, by its ending (`READERS`). `options` are those
    of `from_gambit`. Raises BadGameFile for what cannot be read, with Gambit's own reason.
    """
    import pygambit

    place = Path(path)
    reader = READERS.get(place.suffix.lower())
    if reader is None:
        raise BadGameFile(f"{place}: Gambit's files end in {', '.join(READERS)}")
    try:
        source = getattr(pygambit, reader)(place)
    except (OSError, ValueError, UnicodeError) as error:
        raise BadGameFile(f"{place}: {error}") from None
    return from_gambit(source, **options)


def _nested(flat: list[Payoff], shape: list[int], seats: int) -> Any:
    """Rows of payoffs as `Game.from_matrix` takes them."""
    found: list[Any] = [tuple(flat[i : i + seats]) for i in range(0, len(flat), seats)]
    for length in reversed(shape[1:]):
        found = [found[i : i + length] for i in range(0, len(found), length)]
    return found


def _label(name: str) -> str:
    """Printable ASCII, with single spaces."""
    return " ".join(name.encode("ascii", "backslashreplace").decode().split())


def _labels(names: tuple[str, ...]) -> list[str]:
    return _unique([_label(name) for name in names])


def _word(label: str) -> str:
    """The label as a statement could begin with: at most 32 letters, digits and underscores."""
    if re.fullmatch(r"[0-9A-Za-z_]{1,32}", label):
        return label
    return re.sub(r"[^0-9A-Za-z]+", "_", label).strip("_")[:32]


def _unique(names: list[str]) -> list[str]:
    """The names, those that were there before (case aside) with a number."""
    found: dict[str, str] = {}
    for name in names:
        one, number = name, 1
        while one.lower() in found:
            number += 1
            one = f"{name[: 31 - len(str(number))]}_{number}"
        found[one.lower()] = one
    return list(found.values())
