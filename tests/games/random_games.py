"""Games to draw, for round trips through files and other libraries."""

from __future__ import annotations

from math import prod

from hypothesis import strategies as st

from boomerang.games import Game
from boomerang.games.exact import exact

WORDS = st.from_regex(r"[0-9A-Za-z_]{1,8}", fullmatch=True)
PAYOFFS = st.one_of(
    st.integers(-5, 5), st.integers(-(10**30), 10**30), st.fractions(max_denominator=10**6)
).map(exact)


@st.composite
def games(
    draw: st.DrawFn, names: st.SearchStrategy[str], words: st.SearchStrategy[str] = WORDS
) -> Game:
    """A table of one to three players with one to three actions each."""
    players = draw(st.lists(names, min_size=1, max_size=3, unique_by=str.lower))
    own = st.lists(words, min_size=1, max_size=3, unique_by=str.lower)
    actions = [draw(own) for _ in players]
    cells = st.tuples(*[PAYOFFS] * len(players))
    size = prod(map(len, actions))
    rows = iter(draw(st.lists(cells, min_size=size, max_size=size)))
    everything = sorted({action for each in actions for action in each})
    together = st.lists(st.sampled_from(everything), min_size=2, max_size=3, unique=True)
    game = Game.from_matrix(
        draw(names),
        players,
        actions,
        _nested(rows, [len(each) for each in actions]),
        default=[draw(st.sampled_from(each)) for each in actions],
        compatible=draw(st.lists(together, max_size=2)) if len(everything) > 1 else (),
    )
    assert not list(rows)
    return game


def _nested(rows: object, shape: list[int]) -> object:
    if not shape:
        return next(rows)  # type: ignore[call-overload]
    return [_nested(rows, shape[1:]) for _ in range(shape[0])]
