"""Any finite game of 2 to 16 players on a chain: `contracts/arenas/MatrixArena.sol`.

    game = catalogue.stag_hunt()
    arena = MatrixArena.deploy(chain, registry.address, token.address, game)
    stake = arena.points()      # in the token's smallest unit: then a util is one of these

Payoffs on chain are whole numbers of *points*, of which a stake has `points`. Where a game's
payoffs are fractions, a util is `GameTable.scale` points.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain as chained
from itertools import product
from math import lcm, prod
from typing import TYPE_CHECKING, Any, Final

from boomerang.arenas.arena import Arena
from boomerang.games import BadGame, Game
from boomerang.games.exact import exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.artifacts import Artifact
    from boomerang.chains.base import Tx
    from boomerang.games import Payoff

MAX_SEATS: Final = 16
MAX_WORDS: Final = 32
MAX_TABLE: Final = 24_575
"""Bytes: 32 for each word, 34 for each seat, 8 for each payoff."""


@dataclass(frozen=True)
class GameTable:
    """A game as the contract takes it (the same name in the contract).

    `words` are all actions in lower case, `actions` each seat's places in them, `defaults` each
    seat's place in its own actions. A stake is `points`; `payoffs` are in points (int64), in the
    order that the contract documents for a long or, where `symmetric`, a short table. A util of the
    game is `scale` points.
    """

    words: tuple[str, ...]
    actions: tuple[tuple[int, ...], ...]
    defaults: tuple[int, ...]
    points: int
    symmetric: bool
    payoffs: tuple[int, ...]
    scale: int = 1

    @classmethod
    def of(cls, game: Game, stake: Any = None) -> GameTable:
        """The table of a game; the short one where that is possible and shorter.

        `stake` is what each puts up, in utils (exact): at least what can be lost, and without it
        just that, or 1. Raises BadGame where the game does not fit into the contract.
        """
        seats = len(game.players)
        if not 2 <= seats <= MAX_SEATS:
            raise BadGame(f"{game.name} has {seats} players; an arena seats 2 to {MAX_SEATS}")
        words = tuple(dict.fromkeys(one.lower() for own in game.actions for one in own))
        if len(words) > MAX_WORDS:
            raise BadGame(f"{game.name} has {len(words)} actions; an arena knows {MAX_WORDS}")
        long, short = seats * prod(game.shape), game.shape[0] * seats ** (game.shape[0] - 1)
        limit = (MAX_TABLE - 32 * len(words) - 34 * seats) // 8
        symmetric = short < long and short <= limit and game.symmetric()
        if not symmetric and long > limit:
            raise BadGame(f"{game.name} has {long:,} payoffs; an arena holds {limit:,}")
        utils = list(_short(game) if symmetric else _long(game))
        scale = lcm(*(exact(util).denominator for util in utils))
        lost = max(-min(utils), 0)
        each = exact(stake) if stake is not None else lost or 1
        if each <= 0 or each < lost:
            raise BadGame(
                f"a stake of {each} utils is too small for {game.name}: {lost} can be lost"
            )
        scale = lcm(scale, each.denominator)
        payoffs = tuple(int(util * scale) for util in utils)
        if max(map(abs, payoffs)) >= 1 << 63 or each * scale >= 1 << 63:
            raise BadGame(f"{game.name} has payoffs beyond 64 bits, as whole numbers of points")
        return cls(
            words,
            tuple(tuple(words.index(one.lower()) for one in own) for own in game.actions),
            tuple(own.index(one) for own, one in zip(game.actions, game.default, strict=True)),
            int(each * scale),
            symmetric,
            payoffs,
            scale,
        )

    def as_abi(self) -> tuple[Any, ...]:
        """The values of the ABI's tuple."""
        return (
            [word.encode().ljust(32, b"\0") for word in self.words],
            [bytes(own) for own in self.actions],
            bytes(self.defaults),
            self.points,
            self.symmetric,
            b"".join(payoff.to_bytes(8, "big", signed=True) for payoff in self.payoffs),
        )


def _long(game: Game) -> Iterator[Payoff]:
    """What each seat gets, profile by profile."""
    return chained.from_iterable(game.payoffs(profile) for profile in game.profiles())


def _short(game: Game) -> Iterator[Payoff]:
    """What one gets: for each action of one's own, for all counts of the others who do the last
    action, ..., the second (changing fastest); 0 for counts of more than there are.
    """
    seats, own = len(game.players), game.actions[0]
    for action in own:
        for counts in product(range(seats), repeat=len(own) - 1):
            rest = seats - 1 - sum(counts)
            if rest < 0:
                yield 0
                continue
            others = [own[0]] * rest
            for other, count in zip(reversed(own), counts, strict=False):
                others += [other] * count
            yield game.payoffs((action, *others))[0]


class MatrixArena(Arena):
    """Any finite game of 2 to 16: `deploy(chain, registry, token, game)`, with a `Game` or a
    `GameTable`. Stakes are multiples of `points`; actions' flags are those of `words`, 1, 2, 4, ...
    """

    CONTRACT = "MatrixArena"

    @classmethod
    def tx_deploy(
        cls, sender: str, registry: str, token: str, *more: Any, artifact: Artifact | None = None
    ) -> Tx:
        tables = (GameTable.of(one) if isinstance(one, Game) else one for one in more)
        given = [one.as_abi() if isinstance(one, GameTable) else one for one in tables]
        return super().tx_deploy(sender, registry, token, *given, artifact=artifact)

    def points(self) -> int:
        """How many points a stake is: stakes are multiples of it, in the token's smallest unit."""
        return int(self.view("POINTS"))

    def words(self) -> tuple[str, ...]:
        """What statements may state, in lower case."""
        return tuple(word.rstrip(b"\0").decode("latin-1") for word in self.view("words"))

    def game(self, name: str = "matrix") -> Game:
        """The game as it stands on the chain, for whoever is asked to join a match of it: actions
        in lower case, payoffs in points. Asks the chain once for each profile.
        """
        words, points = self.words(), self.points()
        places = [self.view("actionsOf", seat) for seat in range(int(self.view("SEATS")))]
        actions = [tuple(words[place] for place in own) for own, _ in places]
        table = {
            profile: tuple(
                payout - points
                for payout in self.payouts_of(points, (1 << words.index(one) for one in profile))
            )
            for profile in product(*actions)
        }
        return Game.from_matrix(
            name,
            [f"seat {seat + 1}" for seat in range(len(actions))],
            actions,
            table,
            default=[own[idle] for own, (_, idle) in zip(actions, places, strict=True)],
        )
