"""Every game's payoffs on chain equal its definition: each profile of each game is played through
the registry, with statements, seals and openings, and a MatrixArena pays it in tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boomerang.arenas import (
    ChickenArena,
    GameTable,
    MatrixArena,
    PublicGoodsArena,
    TestToken,
    errors,
)
from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.content import Asset, Clauses, Payment
from boomerang.decisions import encode, parse_expression
from boomerang.games import BadGame, Game, catalogue, files, statements
from boomerang.parameters import Parameters
from integration.matches import Play

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.arenas import Arena

ACCOUNTS = list(DEV_ACCOUNTS.values())
SPONSOR = ACCOUNTS[-1]

EXAMPLES = Path(__file__).parents[2] / "games"
GAMES = {
    "chicken": catalogue.chicken(),
    "chicken, both lose by swerving": catalogue.chicken(both_swerve=-20),
    "chicken of three": catalogue.chicken(3),
    "prisoner's dilemma": catalogue.prisoners_dilemma(),
    "stag hunt": catalogue.stag_hunt(),
    "battle of the sexes": catalogue.battle_of_the_sexes(),
    "public good of two": catalogue.public_goods(2),
    "public good of four": catalogue.public_goods(4),
    "public good with fractions": catalogue.public_goods(3, endowment="1/2", factor="4/3"),
    "bargaining": catalogue.bargaining(),
    "volunteer's dilemma, from a file": files.load(EXAMPLES / "volunteers_dilemma.json"),
    "hawk and dove, from a file": files.load(EXAMPLES / "hawk_dove.json"),
    "routing": catalogue.routing(2),
    "routing, mean of all orders": catalogue.routing(3, order="average"),
}


@dataclass
class House:
    """A registry and a token on the embedded chain."""

    registry: Registry
    token: TestToken

    def arena(self, game: Game | GameTable) -> MatrixArena:
        chain = self.registry.chain
        return MatrixArena.deploy(chain, self.registry.address, self.token.address, game)

    def play(self, arena: Arena, players: int, stake: int) -> Play:
        """A match that begins now, of the first accounts."""
        purses = dict.fromkeys(ACCOUNTS[:players], stake)
        purses[SPONSOR] = arena.prize_of(players, stake)
        for who, needed in purses.items():
            self.token.mint(who, needed)
            self.token.approve(who, arena.address, needed)
        seated = tuple(ACCOUNTS[:players])
        play = Play(self.registry, self.token, arena, seated, stake, SPONSOR)
        play.begin()
        return play


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    chain = connect("pyrevm")
    registry = Registry.deploy(chain, Parameters(seal_delay=5), sender=SPONSOR)
    yield House(registry, TestToken.deploy(chain, sender=SPONSOR))
    chain.close()


def commit(play: Play, game: Game, profile: Sequence[str], variant: int) -> None:
    """Everybody does the action of the profile: by what is kept, or by keeping nothing."""
    made = []
    for seat, (who, action) in enumerate(zip(play.terms.players, profile, strict=True)):
        other = next((one for one in game.actions[seat] if one != action), action)
        how = (variant + seat) % 4 if action == game.default[seat] else 0
        if how == 1:
            continue  # says nothing
        statement = f"{action.upper()}, and so on" if how == 0 else other
        one = play.publish(1 + seat, who, f"C{seat}", statement)
        made.append((one, {0: "keep", 2: "revert", 3: ""}[how]))
    play.enter_all()
    sealed = [(one, decision) for one, decision in made if decision]
    for second, (one, decision) in enumerate(sealed):
        play.seal(40 + second, one, decision)
    for second, (one, _) in enumerate(sealed):
        play.open(70 + second, one)
    play.resolve(120)


@pytest.mark.parametrize("name", GAMES)
def test_every_profile_is_paid_as_the_game_defines(house: House, name: str) -> None:
    game = GAMES[name]
    arena, table = house.arena(game), GameTable.of(game)
    stake = 3 * table.points
    chain = house.registry.chain
    for variant, profile in enumerate(game.profiles()):
        before = chain.snapshot()
        play = house.play(arena, len(game.players), stake)
        staked = [house.token.balance_of(who) for who in (*play.terms.players, SPONSOR)]
        commit(play, game, profile, variant)
        arena.settle(play.match)
        play.pay_out()
        won = [
            house.token.balance_of(who) - had - stake
            for who, had in zip(play.terms.players, staked, strict=False)
        ]
        expected = game.payoffs(profile)
        assert [Fraction(one, 3 * table.scale) for one in won] == list(expected), profile
        back = house.token.balance_of(SPONSOR) - staked[-1]
        assert back == play.terms.prize - min(max(sum(won), 0), play.terms.prize), profile
        chain.restore(before)


@pytest.mark.parametrize("name", GAMES)
def test_whoever_is_asked_to_join_can_read_the_game(house: House, name: str) -> None:
    game, table = GAMES[name], GameTable.of(GAMES[name])
    read = house.arena(table).game()
    assert read.actions == tuple(tuple(one.lower() for one in own) for own in game.actions)
    assert read.default == tuple(one.lower() for one in game.default)
    assert (read.array(object) == game.array(object) * table.scale).all()


def test_chicken_is_what_chicken_arena_pays(house: House) -> None:
    registry, token = house.registry, house.token
    chicken = ChickenArena.deploy(registry.chain, registry.address, token.address)
    for game in (catalogue.chicken(), catalogue.bargaining()):
        arena, flags = house.arena(game), {"Dare": 1, "Stop": 2, "Swerve": 4}
        for profile in game.profiles():
            ours = [1 << arena.words().index(action.lower()) for action in profile]
            paid = arena.payouts_of(100, ours)
            assert paid == chicken.payouts_of(100, [flags[action] for action in profile])
            assert paid == [100 + payoff for payoff in game.payoffs(profile)]


@pytest.mark.parametrize("players", [2, 3, 4, 5])
def test_a_public_good_is_what_public_goods_arena_pays(house: House, players: int) -> None:
    registry, token = house.registry, house.token
    stake = 25 * players  # of which 16,000 basis points are shared without a rest
    pot = PublicGoodsArena.deploy(registry.chain, registry.address, token.address, 16_000)
    game = catalogue.public_goods(players, endowment=stake)
    arena = house.arena(GameTable.of(game, stake))
    assert arena.prize_of(players, stake) == pot.prize_of(players, stake)
    for profile in game.profiles():
        paid = pot.payouts_of(stake, [int(action == "Contribute") for action in profile])
        flags = [1 << arena.words().index(action.lower()) for action in profile]
        assert arena.payouts_of(stake, flags) == paid
        assert paid == [stake + payoff for payoff in game.payoffs(profile)]


def test_sixteen_play_with_a_short_table(house: House) -> None:
    game = catalogue.chicken(16)
    table = GameTable.of(game)
    assert (table.symmetric, len(table.payoffs)) == (True, 32)
    arena = house.arena(table)
    play = house.play(arena, 16, table.points)
    dares = [seat % 3 == 0 for seat in range(16)]
    made = [play.publish(1 + i, ACCOUNTS[i], f"C{i}", "Dare") for i in range(16) if dares[i]]
    assert play.enter_all() == made
    for second, one in enumerate(made):
        play.seal(40 + second, one, "keep")
    for second, one in enumerate(made):
        play.open(80 + second, one)
    play.resolve(120)
    profile = ["Dare" if dare else "Swerve" for dare in dares]
    paid = arena.settle(play.match).payouts
    assert [paid[who] - table.points for who in play.terms.players] == list(game.payoffs(profile))


def test_bargaining_pays_by_arena_and_enforcer(house: House) -> None:
    """Bob stops and pays Alice a util: the game's payoffs, and the payment of what is kept."""
    game = catalogue.bargaining()
    arena = house.arena(game)
    registry, token = house.registry, house.token
    alice, bob = ACCOUNTS[:2]
    token.mint(bob, 1)
    token.approve(bob, registry.enforcer.address, 1)
    play = house.play(arena, 2, 100)
    before = [token.balance_of(who) + 100 for who in (alice, bob)]
    a1 = play.publish(1, alice, "A1", "Dare")
    coin = token.address
    clauses = Clauses(
        escrow=(Asset(coin, 1),),
        payments=(Payment(alice, coin, 1),),
        guard=encode(parse_expression("not kept(A1)", play.names)),
    )
    b1 = play.publish(2, bob, "B1", "Stop, say Alice is the more badass", clauses)
    play.enter_all()
    play.seal(40, b1, "keep")
    play.seal(41, a1, "revert")
    play.open(70, b1)
    play.open(71, a1)
    play.resolve(120)
    registry.enforcer.execute(b1, sender=SPONSOR)
    arena.settle(play.match)
    play.pay_out()
    kept = {a1.id: False, b1.id: True}
    names = {alice: "alice", bob: "bob"}
    entries = [
        statements.Entry("A1", "alice", "Dare", False),
        statements.Entry(
            "B1", "bob", "Stop", True, statements.payments_due(clauses, kept, names, {coin})
        ),
    ]
    expected = statements.score(game, ["alice", "bob"], entries)
    assert expected == {"alice": 11, "bob": -1}
    won = [token.balance_of(who) - had for who, had in zip((alice, bob), before, strict=True)]
    assert won == list(expected.values())


# ---- what does not fit -------------------------------------------------------------------------


def matrix(*numbers: object, actions: Sequence[str] = ("One", "Two")) -> Game:
    rows = iter(numbers)
    table = [[(next(rows), next(rows)) for _ in actions] for _ in actions]
    return Game.from_matrix("matrix", ("alice", "bob"), actions, table)


def test_fractions_are_whole_numbers_of_points(house: House) -> None:
    game = matrix("1/2", "-1/3", 0, 0, 0, 0, 0, "1/4")
    table = GameTable.of(game)
    assert (table.scale, table.points) == (12, 4)
    assert house.arena(table).prize_of(2, 4) == 3
    assert GameTable.of(game, "2.5").points == 30
    with pytest.raises(
        BadGame, match="a stake of 1/4 utils is too small for matrix: 1/3 can be lost"
    ):
        GameTable.of(game, "1/4")


@pytest.mark.parametrize(
    ("game", "problem"),
    [
        (matrix(*range(8)), None),
        (matrix(1 << 63, *[0] * 7), "beyond 64 bits"),
        (matrix(-(1 << 63), *[0] * 7), "beyond 64 bits"),
        (
            matrix(*[0] * 2178, actions=[f"a{i}" for i in range(33)]),
            "33 actions; an arena knows 32",
        ),
        (
            Game.from_matrix("alone", ("alice",), ("One",), [(0,)]),
            "alone has 1 players; an arena seats 2 to 16",
        ),
        (
            Game("wide", catalogue.SEATS[:9], (("A", "B"),) * 9, ("A",) * 9, lambda p: range(9)),
            "wide has 4,608 payoffs; an arena holds 3,025",
        ),
    ],
    ids=["fits", "large", "low", "actions", "one player", "profiles"],
)
def test_games_that_do_not_fit_are_refused_before_anything_is_sent(
    game: Game, problem: str | None
) -> None:
    if problem is None:
        assert not GameTable.of(game).symmetric
        return
    with pytest.raises(BadGame, match=problem):
        GameTable.of(game)


def test_the_contract_refuses_by_itself(house: House) -> None:
    table = GameTable.of(catalogue.chicken())
    with pytest.raises(errors.BadGame) as refused:
        house.arena(GameTable(table.words, table.actions, table.defaults, 99, False, table.payoffs))
    assert refused.value == errors.BadGame("payoffs")
    with pytest.raises(errors.BadTerms) as terms:
        house.arena(table).prize_of(3, 100)
    assert terms.value == errors.BadTerms("players")
