"""Arenas on every kind of chain, with the real registry: stakes, outcomes, tokens that move."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang.arenas import (
    NOBODY,
    Arena,
    ArenaError,
    ChickenArena,
    PublicGoodsArena,
    Stage,
    Terms,
    TestToken,
    errors,
)
from boomerang.arenas.staged import CannotStage, StagedWorld
from boomerang.artifacts import Artifact
from boomerang.chains import connect
from boomerang.chains.signers import dev_signer
from boomerang.cli import cli
from boomerang.cli.demo import won_what_was_played
from boomerang.client import Erc20, Registry, interface
from boomerang.client.abi import UnexpectedAnswer, type_of
from boomerang.content import Asset, Clauses, Content, Payment
from boomerang.decisions import encode, parse_expression
from boomerang.errors import ChainError, ERC20InsufficientAllowance, InvalidInput, decode_error
from boomerang.games import catalogue
from boomerang.parameters import Parameters
from boomerang.scenarios import load, open_worlds
from boomerang.scenarios import parse as parse_scenario
from boomerang.scenarios import play as play_scenario
from boomerang.scenarios.library import ROOT as LIBRARY
from integration.matches import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ENTRIES_UNTIL,
    ERIN,
    EVERYBODY,
    PURSE,
    Play,
    equip,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "arenas.md"
PARAMETERS = Parameters(seal_delay=5)
GAME = catalogue.bargaining()  # chicken with Stop, which ChickenArena knows


@pytest.fixture(
    scope="module",
    params=[
        "pyrevm",
        "tester",
        pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network]),
    ],
)
def deployed(request: pytest.FixtureRequest) -> Iterator[tuple[Registry, TestToken, Arena]]:
    chain = connect(request.param)
    registry = Registry.deploy(chain, PARAMETERS, sender=CAROL)
    token = TestToken.deploy(chain, sender=CAROL)
    arena = ChickenArena.deploy(chain, registry.address, token.address, sender=CAROL)
    equip(token, arena.address, registry.enforcer.address)
    yield registry, token, arena
    chain.close()


@pytest.fixture
def play(deployed: tuple[Registry, TestToken, Arena]) -> Iterator[Play]:
    chain = deployed[0].chain
    before = chain.snapshot()
    yield Play(*deployed)
    chain.restore(before)


@pytest.fixture(scope="module")
def fresh() -> tuple[Registry, TestToken]:
    chain = connect("pyrevm")
    return Registry.deploy(chain, PARAMETERS, sender=CAROL), TestToken.deploy(chain, sender=CAROL)


@pytest.fixture(scope="module")
def chicken(fresh: tuple[Registry, TestToken]) -> ChickenArena:
    registry, token = fresh
    arena = ChickenArena.deploy(registry.chain, registry.address, token.address)
    equip(token, arena.address)
    return arena


# ---- the worked examples -----------------------------------------------------------------------


def test_example_one_pays_ten_and_minus_twenty(play: Play) -> None:
    play.begin()
    a1 = play.publish(1, ALICE, "A1")
    b1 = play.publish(2, BOB, "B1")
    assert play.enter_all() == [a1, b1]
    play.seal(53, b1, "revert if kept(A1)")
    play.seal(55, a1, "keep")
    play.open(64, b1)
    with pytest.raises(errors.NotFinal) as waiting:
        play.arena.settle(play.match)
    assert waiting.value.id in (a1.id, b1.id)
    play.open(67, a1)
    with pytest.raises(errors.NotFinal) as waiting:
        play.arena.settle(play.match)
    assert waiting.value.id == b1.id
    play.resolve(68)
    settlement = play.arena.settle(play.match, sender=DAVE)
    assert settlement.stated == {ALICE: ChickenArena.DARE, BOB: 0}
    assert settlement.payouts == {ALICE: 110, BOB: 80}
    play.pay_out()
    assert (play.change(ALICE), play.change(BOB)) == (10, -20)
    assert (play.change(CAROL), play.token.balance_of(NOBODY)) == (0, 10)


@pytest.mark.parametrize(
    ("decision", "changes"),
    [("revert if kept(A1)", (-19, 9)), ("revert if kept(A1) or kept(B2)", (11, -1))],
    ids=["to the letter", "mended"],
)
def test_example_two_pays_through_arena_and_escrow(
    play: Play, decision: str, changes: tuple[int, int]
) -> None:
    play.begin()
    a1 = play.publish(1, ALICE, "A1")
    b1 = play.publish(2, BOB, "B1")
    coin = play.token.address
    clauses = Clauses(
        escrow=(Asset(coin, 1),),
        payments=(Payment(ALICE, coin, 1),),
        guard=encode(parse_expression("not kept(A1)", play.names)),
    )
    b2 = play.publish(37, BOB, "B2", "Stop, say Alice is the more badass", clauses)
    offers = [play.registry.tx_offer(b2, target.id) for target in (a1, b1)]
    assert all(receipt.ok for receipt in play.chain.mine(play.start + 38, offers))
    assert play.enter_all() == [a1, b1, b2]
    play.seal(53, b1, decision)
    play.seal(55, a1, "revert if kept(B2)")
    play.open(64, b1)
    play.open(67, a1)
    play.seal(91, b2, "keep")
    play.open(99, b2)
    play.resolve(100)
    play.registry.enforcer.execute(b2, sender=DAVE)
    play.arena.settle(play.match)
    play.pay_out()
    assert (play.change(ALICE), play.change(BOB)) == changes
    assert play.token.balance_of(play.registry.enforcer.address) == 0


def test_silence_is_swerving(play: Play) -> None:
    play.begin()
    a1 = play.publish(1, ALICE, "A1")
    play.publish(2, BOB, "B1")
    play.enter_all()
    play.seal(55, a1, "keep")
    play.chain.mine(play.start + 200)  # nobody opens, nobody resolves: time alone makes it final
    assert play.arena.settle(play.match).stated == {ALICE: 0, BOB: 0}
    play.pay_out()
    assert (play.change(ALICE), play.change(BOB), play.change(CAROL)) == (0, 0, 0)


# ---- refusals ----------------------------------------------------------------------------------


def test_what_a_match_refuses(play: Play) -> None:
    arena, match = play.arena, play.match
    with pytest.raises(errors.WrongStage) as stage:
        arena.join(match, sender=ALICE)
    assert stage.value == errors.WrongStage(match, Stage.NONE)
    play.begin()
    with pytest.raises(errors.AlreadyCreated):
        arena.create(play.terms, sender=CAROL)
    with pytest.raises(errors.WrongStage) as stage:
        arena.call_off(match)
    assert stage.value == errors.WrongStage(match, Stage.RUNNING)
    with pytest.raises(errors.TooEarly) as early:
        arena.settle(match)
    assert early.value.opens_at == play.start + ENTRIES_UNTIL + 1
    with pytest.raises(errors.NothingOwed):
        arena.withdraw(ALICE, sender=ALICE)

    elsewhere = play.publish(10, ALICE, "X", topic=b"elsewhere".ljust(32, b"\0"))
    with pytest.raises(errors.UnknownCommitment):
        arena.enter(match, elsewhere)
    strangers = play.publish(20, DAVE, "D")
    with pytest.raises(errors.NotAPlayer) as stranger:
        arena.enter(match, strangers)
    assert stranger.value == errors.NotAPlayer(match, DAVE)
    idle = play.publish(30, ALICE, "I", "Sing")
    with pytest.raises(errors.StatesNoAction) as nothing:
        arena.enter(match, idle)
    assert nothing.value == errors.StatesNoAction(idle.id)
    a1 = play.publish(40, ALICE, "A1")
    assert arena.missing(match, play.registry.state()) == [a1]
    arena.enter(match, a1)
    assert [entry.id for entry in arena.entries(match, ALICE)] == [a1.id]
    assert arena.missing(match, play.registry.state()) == []
    with pytest.raises(errors.AlreadyEntered) as again:
        arena.enter(match, a1)
    assert again.value == errors.AlreadyEntered(a1.id)
    b1 = play.publish(55, BOB, "B1")
    play.chain.mine(play.start + ENTRIES_UNTIL + 1)
    with pytest.raises(errors.TooLate) as late:
        arena.enter(match, b1)
    assert late.value.closed_at == play.start + ENTRIES_UNTIL + 1


def test_what_nobody_joins_goes_home(play: Play) -> None:
    match = play.arena.create(play.terms, sender=CAROL)
    assert match == play.match
    play.arena.join(match, sender=ALICE)
    with pytest.raises(errors.AlreadyJoined):
        play.arena.join(match, sender=ALICE)
    play.chain.mine(play.start + 1)
    with pytest.raises(errors.TooLate):
        play.arena.join(match, sender=BOB)
    play.arena.call_off(match, sender=DAVE)
    assert play.arena.match(match).stage is Stage.OVER
    play.arena.withdraw(ERIN, sender=ALICE)
    assert (play.change(ALICE), play.change(ERIN)) == (-100, 100)
    play.pay_out()
    assert play.change(CAROL) == 0


def test_terms_that_make_no_game(play: Play) -> None:
    t = play.terms
    for term, bad in {
        "players": Terms((ALICE,), 100, 10, t.stakes_until, t.entries_until),
        "stake": Terms((ALICE, BOB), 99, 10, t.stakes_until, t.entries_until),
        "prize": Terms((ALICE, BOB), 100, 9, t.stakes_until, t.entries_until),
        "stakesUntil": Terms((ALICE, BOB), 100, 10, 1, t.entries_until),
        "entriesUntil": Terms((ALICE, BOB), 100, 10, t.stakes_until, 1),
        "lossesTo": Terms((ALICE, BOB), 100, 10, t.stakes_until, t.entries_until, "0x" + "00" * 20),
    }.items():
        with pytest.raises(errors.BadTerms) as refused:
            play.arena.create(bad, sender=CAROL)
        assert refused.value == errors.BadTerms(term)
    rich = Terms((ALICE, BOB), 100, PURSE + 1, t.stakes_until, t.entries_until)
    with pytest.raises(ERC20InsufficientAllowance):  # the token's own words
        play.arena.create(rich, sender=CAROL)


# ---- the client --------------------------------------------------------------------------------


def test_a_match_is_known_before_it_is_made(play: Play) -> None:
    assert play.arena.view("matchId", CAROL, play.terms.as_abi()) == play.match
    assert play.arena.match(play.match).stage is Stage.NONE
    play.begin()
    match = play.arena.match(play.match)
    assert (match.players, match.sponsor) == (play.terms.players, CAROL)
    assert (match.stake, match.prize, match.joined) == (100, 10, 2)
    assert (match.stakes_until, match.entries_until) == (play.start, play.start + ENTRIES_UNTIL)
    assert match.losses_to == NOBODY
    assert play.arena.token() == play.token.address
    assert play.arena.registry() == play.registry.address


def test_a_signer_sends_for_itself_alone(play: Play) -> None:
    signed = ChickenArena(play.chain, play.arena.address, dev_signer("carol"))
    assert signed.sender == CAROL
    with pytest.raises(InvalidInput):
        signed.join(play.match, sender=ALICE)


def test_nothing_is_there(chicken: ChickenArena) -> None:
    with pytest.raises(UnexpectedAnswer):
        ChickenArena(chicken.chain, ERIN).owed(ALICE)


def test_only_settling_is_a_settlement(chicken: ChickenArena) -> None:
    receipt = TestToken(chicken.chain, chicken.token()).mint(ERIN, 1)
    with pytest.raises(UnexpectedAnswer):
        chicken.settlement(bytes(32), receipt)


@pytest.mark.parametrize("contract", ["ChickenArena", "PublicGoodsArena", "MatrixArena"])
def test_every_error_has_a_class(contract: str) -> None:
    from boomerang.artifacts import load

    entries = [entry for entry in load(contract).abi if entry["type"] == "error"]
    prefixes = ("Arena_", "PublicGoodsArena_", "MatrixArena_")
    ours = [entry for entry in entries if entry["name"].startswith(prefixes)]
    assert len(ours) >= 14
    for entry in ours:
        cls: type[ChainError] = getattr(errors, entry["name"].partition("_")[2])
        assert cls.abi == tuple((type_of(one), one["name"]) for one in entry["inputs"])
        samples = {"string": "x", "uint256": 7, "uint8": 2, "address": ALICE}
        samples |= {"bytes32": bytes(range(32)), "bytes25": bytes(range(25))}
        error = cls(*(samples[kind] for kind, _ in cls.abi))
        assert decode_error(error.encode()) == error
        assert error.name == entry["name"]
        assert error.explain()


def test_arena_errors_are_one_family() -> None:
    assert issubclass(errors.NotFinal, ArenaError)
    assert not issubclass(errors.BadFactor, ArenaError)


# ---- the same game off chain -------------------------------------------------------------------


def flag(action: str) -> int:
    return {"Dare": 1, "Stop": 2, "Swerve": 4}[action]


def test_the_contract_s_table_is_the_package_s(chicken: ChickenArena) -> None:
    for profile in GAME.profiles():
        expected = [100 + payoff for payoff in GAME.payoffs(profile)]
        assert chicken.payouts_of(100, [flag(action) for action in profile]) == expected
    assert chicken.payouts_of(100, [0, 0]) == chicken.payouts_of(100, [4, 4])
    assert chicken.payouts_of(100, [7, 6]) == chicken.payouts_of(100, [1, 2])


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(max_codepoint=127), max_size=60),
        st.builds(
            lambda *parts: "".join(parts),
            st.text(st.characters(max_codepoint=64), max_size=4),
            st.sampled_from(["Dare", "dARE", "stop", "Swerve", "swerved", "Dare_"]),
            st.text(st.characters(max_codepoint=127), max_size=4),
        ),
    )
)
def test_the_contract_reads_statements_as_the_package_does(
    chicken: ChickenArena, statement: str
) -> None:
    action = GAME.action(0, statement)
    assert chicken.action_of(statement.encode()) == (0 if action is None else flag(action))


# ---- a public good -----------------------------------------------------------------------------


def test_a_public_good_of_five_who_contribute_if_enough_do(
    fresh: tuple[Registry, TestToken],
) -> None:
    registry, token = fresh
    arena = PublicGoodsArena.deploy(registry.chain, registry.address, token.address, 20_000)
    assert arena.factor() == 20_000
    for who in EVERYBODY:
        token.approve(who, arena.address, PURSE)
    before = {who: token.balance_of(who) for who in EVERYBODY}
    play = Play(registry, token, arena, EVERYBODY)
    assert play.terms.prize == 500
    play.begin()
    names = ("C1", "C2", "C3", "C4")  # Erin rides for free
    made = [play.publish(1 + i, EVERYBODY[i], name, "Contribute") for i, name in enumerate(names)]
    for i in range(3):  # all but the last may look at the last: it offers
        (receipt,) = play.chain.mine(play.start + 10 + i, [registry.tx_offer(made[3], made[i].id)])
        assert receipt.ok
    play.enter_all()
    for i in range(3):
        play.seal(20 + i, made[i], "keep if kept(C4)")
    play.seal(30, made[3], "keep")
    for i, one in enumerate(made):
        play.open(70 + i, one)
    play.resolve(80)
    settlement = arena.settle(play.match)
    assert settlement.payouts == dict(zip(EVERYBODY, [160] * 4 + [260], strict=True))
    for who in EVERYBODY:
        arena.deliver(who)
    changes = {who: token.balance_of(who) - before[who] for who in EVERYBODY}
    # 400 become 800: Carol is the sponsor, too, and gets back 100 of a prize of 500
    assert changes == {ALICE: 60, BOB: 60, CAROL: 60 - 400, DAVE: 60, ERIN: 160}
    assert token.balance_of(arena.address) == 0


def test_a_factor_out_of_bounds(fresh: tuple[Registry, TestToken]) -> None:
    registry, token = fresh
    with pytest.raises(errors.BadFactor) as refused:
        PublicGoodsArena.deploy(registry.chain, registry.address, token.address, 9_999)
    assert refused.value == errors.BadFactor(9_999)


def test_the_token_has_a_name(fresh: tuple[Registry, TestToken]) -> None:
    assert (fresh[1].symbol(), fresh[1].decimals()) == ("TEST", 18)
    assert interface("TestToken").functions["permit"].name == "permit"


# ---- an arena of one's own ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def volunteers() -> Artifact:
    """The contract that docs/arenas.md writes, compiled with the settings of this project."""
    code = re.search(r"^```solidity\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert code is not None
    request = {
        "language": "Solidity",
        "sources": {"VolunteerArena.sol": {"content": code[1]}},
        "settings": {
            "evmVersion": "prague",
            "optimizer": {"enabled": True},
            "outputSelection": {"VolunteerArena.sol": {"*": ["abi", "evm.bytecode.object"]}},
        },
    }
    paths = ["--base-path", str(ROOT), "--include-path", str(ROOT / "node_modules")]
    compiled = subprocess.run(
        [ROOT / "tools" / "solc.mjs", "--standard-json", *paths],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    output = json.loads(compiled.stdout)
    warned = [one["errorCode"] for one in output.get("errors", ())]
    assert set(warned) <= {"2394"}  # there is transient storage: we know
    contract = output["contracts"]["VolunteerArena.sol"]["VolunteerArena"]
    code = bytes.fromhex(contract["evm"]["bytecode"]["object"])
    return Artifact("VolunteerArena", tuple(contract["abi"]), code, b"")


def test_the_arena_that_the_documentation_writes(
    fresh: tuple[Registry, TestToken], volunteers: Artifact
) -> None:
    registry, token = fresh
    chain = registry.chain
    arena = Arena.deploy(chain, registry.address, token.address, artifact=volunteers)
    before = {}
    for who in EVERYBODY:
        token.mint(who, PURSE)
        token.approve(who, arena.address, PURSE)
        before[who] = token.balance_of(who)
    play = Play(registry, token, arena, (ALICE, BOB, DAVE))
    assert play.terms.prize == 300
    play.begin()
    a1 = play.publish(1, ALICE, "A", "Volunteer")
    b1 = play.publish(2, BOB, "B", "volunteer, unless Alice does")
    assert set(play.enter_all()) == {a1, b1}
    play.seal(20, b1, "revert if kept(A)")
    play.seal(22, a1, "keep")
    play.open(64, a1)
    play.open(66, b1)
    settlement = arena.settle(play.match)
    assert settlement.payouts == {ALICE: 150, BOB: 200, DAVE: 200}
    for who in (ALICE, BOB, DAVE, CAROL):
        arena.deliver(who)
    changes = [token.balance_of(who) - before[who] for who in (ALICE, BOB, DAVE, CAROL)]
    assert changes == [50, 100, 100, -250]
    assert token.balance_of(arena.address) == 0


def test_the_documentation_s_python_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    play, settle = blocks[-2:]
    chain = connect("pyrevm")
    names: dict[str, Any] = {
        "chain": chain,
        "registry": Registry.deploy(chain, PARAMETERS, sender=CAROL),
        "Content": Content,
        "alice": ALICE,
        "bob": BOB,
        "carol": CAROL,
    }
    exec(play, names)  # noqa: S102
    chain.advance(500)  # nobody seals
    exec(settle, names)  # noqa: S102
    assert names["settlement"].payouts == {ALICE: 100, BOB: 100}
    assert names["token"].balance_of(CAROL) == 1000


# ---- the demo ----------------------------------------------------------------------------------

RESULTS = {"chicken": (10, -20), "bargain-a": (-19, 9), "bargain-b": (11, -1)}


@pytest.mark.parametrize(
    "chain",
    ["embedded", "tester", pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network])],
)
def test_scenarios_are_played_for_tokens(chain: str) -> None:
    with open_worlds(chain, StagedWorld) as world_for:
        for name, changes in RESULTS.items():
            world = world_for(load(LIBRARY / "examples" / f"{name}.yaml"))
            assert isinstance(world, StagedWorld)
            report = play_scenario(world.staged, world)
            assert report.failures == ()
            ledger = world.pay_out()
            assert tuple(line.change for line in ledger.values()) == changes
            assert tuple((report.payoffs or {}).values()) == changes
            paid = {"alice": 0, "bob": 0} if name == "chicken" else {"alice": 1, "bob": -1}
            assert {agent: line.escrow for agent, line in ledger.items()} == paid
            assert all(line.before == 1_000 and line.staked == 100 for line in ledger.values())
            assert world.arena.match(world.match).stage is Stage.OVER
            assert Erc20(world.chain, world.arena.token()).balance_of(world.arena.address) == 0


@pytest.mark.parametrize(
    "scenario",
    [
        "{agents: {alice: 1, bob: 1}, steps: []}",
        "{agents: {alice: 1, bob: 1, carol: 1}, game: chicken, steps: []}",
    ],
    ids=["no game", "three"],
)
def test_only_chicken_for_two_is_staged(scenario: str) -> None:
    with pytest.raises(CannotStage):
        StagedWorld(parse_scenario(scenario), connect("pyrevm"))


def test_the_demo_says_what_was_won(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["demo", "--json", "--out", str(tmp_path)], prog_name="boomerang")
    assert not ended.value.code
    answers = json.loads(capsys.readouterr().out)
    won = [tuple(line["change"] for line in answer["tokens"].values()) for answer in answers]
    assert won == list(RESULTS.values())
    assert answers[2]["tokens"]["bob"] == {
        "before": 1000,
        "staked": 100,
        "escrow": -1,
        "arena": 100,
        "after": 999,
        "change": -1,
    }


def test_the_demo_without_a_chain_has_nothing_at_stake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["demo", "--chain", "model", "--out", str(tmp_path)], prog_name="boomerang")
    assert not ended.value.code
    out = capsys.readouterr().out
    assert "(11, -1)" in out
    assert "staked" not in out


def test_the_demo_fails_where_less_is_paid_than_won() -> None:
    world = StagedWorld(load(LIBRARY / "examples" / "chicken.yaml"), connect("pyrevm"))
    report = play_scenario(world.staged, world)
    ledger = world.pay_out()
    assert won_what_was_played(report, ledger)
    short = replace(ledger["alice"], after=ledger["alice"].after - 1)
    assert not won_what_was_played(report, ledger | {"alice": short})
