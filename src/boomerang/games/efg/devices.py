"""Devices of comparison, as extensive forms of the same games: without Boomerang.

* blind: all act at once; nobody has a say before.
* race: commitments that cannot be taken back. Who is first is seen by the other, who then acts;
  with probability `blindness` both commit before either sees the other.
* turns: everyone sees what was done before, in a fixed order.
* alternating offers: two bargain over a surplus, round by round, and may lose it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from boomerang.games.efg.errors import BadProtocol, NotSupported
from boomerang.games.efg.tree import Chance, Decision, Leaf, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.games.game import Game


def blind_tree(game: Game) -> Tree:
    """All seats act at once."""
    seats = range(len(game.players))
    return Tree(f"{game.name}, blind", game.players, _acts(game, tuple(seats), blind=True))


def turns_tree(game: Game, order: Sequence[int]) -> Tree:
    """Each seat acts irrevocably in this order, and sees those before. BadProtocol for no order."""
    if sorted(order) != list(range(len(game.players))):
        raise BadProtocol(f"order must name each of {len(game.players)} seats once, not {order}")
    return Tree(f"{game.name}, in turn", game.players, _acts(game, tuple(order), blind=False))


def race_tree(game: Game, blindness: Fraction) -> Tree:
    """Two race to act irrevocably: each is first with (1 - blindness) / 2, and the second sees what
    it did; with `blindness` neither sees anything. Who has seen nothing does not know which it is.
    NotSupported for other than two players, BadProtocol for no probability.
    """
    if len(game.players) != 2:
        raise NotSupported(f"a race is for two players; {game.name} has {len(game.players)}")
    if not 0 <= blindness <= 1:
        raise BadProtocol(f"blindness must be a probability, not {blindness}")
    first, second = game.players
    branches = [
        (f"{first} is first", (1 - blindness) / 2, _acts(game, (0, 1), blind=False)),
        (f"{second} is first", (1 - blindness) / 2, _acts(game, (1, 0), blind=False)),
        ("neither sees the other", Fraction(blindness), _acts(game, (0, 1), blind=True)),
    ]
    possible = tuple(branch for branch in branches if branch[1])
    root = possible[0][2] if len(possible) == 1 else Chance("race", possible)
    return Tree(f"{game.name}, irrevocable race", game.players, root)


def _acts(
    game: Game, left: tuple[int, ...], *, blind: bool, done: tuple[tuple[int, str], ...] = ()
) -> Node:
    if not left:
        chosen = dict(done)
        actions = tuple(chosen[seat] for seat in range(len(game.players)))
        pays = tuple(Fraction(payoff) for payoff in game.payoffs(actions))
        return Leaf(pays, actions, tuple(f"{game.players[s]}: {action}" for s, action in done))
    seat, rest = left[0], left[1:]
    seen = "; ".join(f"{game.players[s]} {action}" for s, action in done) if not blind else ""
    label = f"{game.players[seat]}: {seen or 'nothing seen'}; act?"
    branches = tuple(
        (action, _acts(game, rest, blind=blind, done=(*done, (seat, action))))
        for action in game.actions[seat]
    )
    return Decision(seat, label, branches)


def alternating_offers_tree(
    players: tuple[str, str], surplus: Fraction, rounds: int, breakdown: Fraction, steps: int
) -> Tree:
    """Alternating offers over a surplus (utils): the second player offers the first one of
    0, surplus/steps, ..., surplus; who refuses offers next, of `rounds` in all; after each refusal
    all is lost with probability `breakdown`, and after the last for certain. BadProtocol for
    numbers that make no such game.
    """
    if rounds < 1 or steps < 1 or surplus <= 0 or not 0 <= breakdown <= 1:
        raise BadProtocol("rounds, steps and surplus must be above 0, breakdown a probability")
    root = _offers(players, Fraction(surplus), rounds, Fraction(breakdown), steps, 1, "")
    return Tree("alternating offers", players, root)


def _offers(
    players: tuple[str, str],
    surplus: Fraction,
    left: int,
    breakdown: Fraction,
    steps: int,
    by: int,
    past: str,
) -> Node:
    nothing = Leaf((Fraction(0), Fraction(0)), ("lost", "lost"))

    def refused(offered: Fraction) -> Node:
        if left == 1 or breakdown == 1:
            return nothing
        after = f"{past}{players[by]} {offered}; "
        then = _offers(players, surplus, left - 1, breakdown, steps, 1 - by, after)
        if not breakdown:
            return then
        told = f"{past}{players[by]} {offered} refused"
        return Chance(told, (("lost", breakdown, nothing), ("goes on", 1 - breakdown, then)))

    def answer(step: int) -> Node:
        offered = surplus * step / steps
        pays = (offered, surplus - offered) if by == 1 else (surplus - offered, offered)
        agreed = Leaf(pays, (f"offered {offered}", "agreed"))
        label = f"{players[1 - by]}: {past}{players[by]} {offered}; accept?"
        return Decision(1 - by, label, (("accept", agreed), ("refuse", refused(offered))))

    branches = tuple((str(surplus * step / steps), answer(step)) for step in range(steps + 1))
    return Decision(by, f"{players[by]}: {past}offer?", branches)
