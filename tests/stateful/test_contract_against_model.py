"""The contracts' bytecode and the model play the same random sequences and never differ.

After each action: success or the exact error, the logs, every view of what it touched, balances of
ether and of three tokens, what targets were called with, and conservation: the registry holds its
bonds, what it owes and what burned; the enforcer, of each token, the escrows not yet executed, the
amounts of outstanding calls and what it owes. At the end: every view of everything, that nothing
final has changed, and that each outcome was determined by the second after its latest resolution,
and could be executed then. A failing sequence is shrunk and printed as a scenario file.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from boomerang.artifacts import load
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import split_types
from boomerang.content import Asset, Clauses
from boomerang.errors import (
    BadParameter,
    GuardPending,
    NotEnoughGas,
    NotPart,
    NotRegistry,
    TokenMismatch,
    chain_errors,
)
from boomerang.groups import group_id
from boomerang.identity import ZERO_ADDRESS, Domain, Key
from boomerang.model import Group, Obstacle, Phase
from boomerang.parameters import Parameters
from boomerang.relay.messages import (
    DeclineRequest,
    JoinRequest,
    OfferRequest,
    Permit,
    PublishRequest,
    RevokeRequest,
    SealRequest,
    SigningDomain,
)
from boomerang.scenarios.player import play as play_scenario
from boomerang.scenarios.schema import parse as parse_scenario
from boomerang.scenarios.worlds import open_world
from stateful import calls
from stateful.calls import Action
from stateful.campaign import EDGES, Failure, Tally, play, replay, shrink
from stateful.cast import ERIN, GHOST, GOLD, ODD, OWNERS, WORKS
from stateful.generator import Generator, random_setting
from stateful.mutants import COARSE, MORE, MUTANTS, ORDER, Mutant, mutated
from stateful.signatures import Signatures, permit, recover, separator, sign
from stateful.story import tell
from stateful.world import Code, Disagreement, Setting, World

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = int(os.environ.get("STATEFUL_SEED", "0"))
SEQUENCES = int(os.environ.get("STATEFUL_SEQUENCES", "10240"))
PARTS = max(1, SEQUENCES // 1280)  # of so many sequences that shares mean something
LONG_SEQUENCES = 200_000

# The share of each kind of action that must succeed, in every part: a generator that mostly makes
# actions that fail proves nothing. About a fifth below what 1,000 sequences had when this was
# written; far lower where the counts are small.
FLOORS = {
    "publish": 0.75,
    "publishFunded": 0.65,
    "publishFor": 0.55,
    "seal": 0.70,
    "sealWithData": 0.75,
    "sealFor": 0.40,
    "revoke": 0.43,
    "revokeFor": 0.40,
    "expose": 0.40,
    "open": 0.50,
    "openFor": 0.58,
    "offer": 0.43,
    "offerFor": 0.35,
    "decline": 0.25,
    "declineAll": 0.55,
    "declineFor": 0.40,
    "draw": 0.55,
    "resolve": 0.70,
    "withdraw": 0.50,
    "deliver": 0.10,
    "join": 0.50,
    "joinFor": 0.33,
    "resolveGroup": 0.25,
    "execute": 0.50,
    "retry": 0.08,
    "release": 0.20,
    "withdrawAsset": 0.40,
    "deliverAsset": 0.10,
}
# What no sequence meets: a constructor's error, calls that the contracts make to one another, and a
# lack of gas (tests/findings, tests/forge).
ELSEWHERE = (BadParameter, NotPart, NotRegistry, NotEnoughGas)
# A token that charges, and a guard that waits, meet an action in most parts only.
RARE = (TokenMismatch, GuardPending)
ENOUGH = 1000  # sequences, for shares and coverage to mean anything


def campaign(first: int, count: int, code: Code | None = None) -> Tally:
    """Play sequences; fail with the story of the first that fails."""
    tally = Tally()
    for seed in range(first, first + count):
        failure = play(seed, code, tally)
        if failure is not None:
            pytest.fail(tell(shrink(failure, code)), pytrace=False)
    return tally


def require_variety(tally: Tally) -> None:
    """That the sequences reached what there is to reach."""
    shares = tally.shares()
    low = {name: shares.get(name, 0) for name in FLOORS if shares.get(name, 0) < FLOORS[name]}
    assert not low, f"these succeed too rarely: {low}"
    assert set(tally.tried) == set(calls.FUNCTIONS)
    errors = {error.__name__ for error in chain_errors() if error not in ELSEWHERE + RARE}
    assert not errors - set(tally.errors), "errors that no action met"
    assert {phase.label for phase in Phase if phase.final} <= set(tally.ends)
    sides = ("before", "after")
    both = {f"{a}, {e}: {side}" for a, es in EDGES.items() for e in es for side in sides}
    assert not both - set(tally.edges), "sides of a deadline that no action met"
    reasons = {o.label for o in Obstacle if o not in (Obstacle.UNKNOWN, Obstacle.SELF)}
    assert reasons <= set(tally.obstacles)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_sequences(part: int, record_property: Callable[[str, object], None]) -> None:
    count = max(1, SEQUENCES // PARTS)
    tally = campaign(SEED + part * count, count)
    record_property("stateful", tally.as_dict())
    if count >= ENOUGH:
        require_variety(tally)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_more_random_sequences(part: int, record_property: Callable[[str, object], None]) -> None:
    count = LONG_SEQUENCES // PARTS
    tally = campaign(SEED + SEQUENCES + part * count, count)
    record_property("stateful", tally.as_dict())
    require_variety(tally)


def test_equal_draws() -> None:
    """Once in 2^32 pairs; here the contract and the model draw two bits, so that it is common."""
    tally = campaign(SEED, 150, mutated(COARSE))
    assert tally.errors["Undrawn"]


# ------------------------------------------------------------------------------------ it can fail


def caught(mutant: Mutant, sequences: int) -> Failure | None:
    """The first sequence that notices the mutant."""
    code = mutated(COARSE, mutant) if mutant.file == ORDER else mutated(mutant)
    for seed in range(sequences):
        failure = play(seed, code)
        if failure is not None:
            return shrink(failure, code)
    return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutants_are_caught(mutant: Mutant) -> None:
    failure = caught(mutant, 640)
    assert failure is not None
    # Without the mutant the same actions raise nothing: it was the contract's fault.
    assert replay(failure.setting, failure.actions) is None
    assert len(failure.actions) <= 12


@pytest.mark.long
@pytest.mark.parametrize("mutant", MORE, ids=str)
def test_more_mutants_are_caught(mutant: Mutant) -> None:
    assert caught(mutant, 640) is not None


@pytest.mark.parametrize("kind", ["model", "pyrevm"])
def test_failures_are_told_as_scenarios(kind: str) -> None:
    """The last word of a failure is a file that plays, and holds where the contract is right."""
    (mutant,) = (m for m in MUTANTS if m.name == "the last second of the reveal window is lost")
    failure = caught(mutant, 640)
    assert failure is not None
    text = tell(failure).split("\n\n", 1)[1].split("\nAs sent", 1)[0]
    scenario = parse_scenario(text)
    assert {"publish", "seal", "open"} <= {step.do for step in scenario.steps}
    with open_world(kind, scenario) as world:
        report = play_scenario(scenario, world)
    assert not report.failures


# ------------------------------------------------------------------------------------ the tools


def test_sequences_are_reproducible() -> None:
    assert _actions(5) == _actions(5)
    assert _actions(5) != _actions(6)


def _actions(seed: int) -> list[Action]:
    rng = random.Random(seed)
    world = World(random_setting(rng))
    generator = Generator(rng, world)
    made = []
    for _ in range(15):
        action = generator.next()
        if action is not None:
            made.append(action)
            world.step(action)
    return made


def test_calls_are_encoded_as_the_abi_says() -> None:
    keys = [Key(who, 7, 2**96 - 1, 5, keccak(who.encode()), True) for who in OWNERS]
    tuples = [(k.committer, k.stake, k.content_hash) for k in keys]
    w, s, long, short = b"\1" * 32, b"\2" * 23, b"\3" * 70, b"\4"
    id, who = b"\5" * 25, OWNERS[1]
    content = (tuples[0], w, long)
    cases: dict[str, tuple[tuple[object, ...], tuple[object, ...]]] = {
        "publish": ((9, w, long), (9, w, long)),
        "draw": (((id, GHOST),), ([id, GHOST],)),
        "seal": ((9, w, s), (9, w, s)),
        "sealWithData": ((9, w, s, long), (9, w, s, long)),
        "sealFor": ((keys[0], s, long, 8, short), (tuples[0], s, long, 8, short)),
        "revoke": ((9, w), (9, w)),
        "revokeFor": ((keys[0], 8, long), (tuples[0], 8, long)),
        "expose": ((keys[0], short, w), (tuples[0], short, w)),
        "open": ((9, w, b"", w), (9, w, b"", w)),
        "openFor": ((keys[0], long, w, tuple(keys)), (tuples[0], long, w, tuples)),
        "offer": ((9, w, id), (9, w, id)),
        "decline": ((9, w, id), (9, w, id)),
        "declineAll": ((9, w), (9, w)),
        "resolve": (
            (((keys[0], long), (keys[1], b"")),),
            ([(tuples[0], long), (tuples[1], b"")],),
        ),
        "withdraw": ((ERIN,), (ERIN,)),
        "deliver": ((who,), (who,)),
        "publishFunded": ((9, w, long, short), (9, w, long, short)),
        "publishFor": ((who, 9, w, long, b"", 8, short), (who, 9, w, long, b"", 8, short)),
        "offerFor": ((keys[0], id, GHOST, 3, 8, long), (tuples[0], id, GHOST, 3, 8, long)),
        "declineFor": ((keys[0], id, 8, long), (tuples[0], id, 8, long)),
        "join": ((9, w, (id, GHOST)), (9, w, [id, GHOST])),
        "joinFor": ((keys[0], (id,), 8, long), (tuples[0], [id], 8, long)),
        "resolveGroup": (((id, GHOST), (long, short)), ([id, GHOST], [long, short])),
        "execute": ((keys[0], w, long, who), (*content, who)),
        "retry": ((keys[0], w, long, 3), (*content, 3)),
        "release": ((keys[0], w, long, 3), (*content, 3)),
        "withdrawAsset": ((ERIN, who), (ERIN, who)),
        "deliverAsset": ((ERIN, who), (ERIN, who)),
    }
    assert set(cases) == set(calls.FUNCTIONS)
    for name, (args, values) in cases.items():
        function = calls.FUNCTIONS[name]
        arguments = abi_encode(split_types(function.kinds), values)
        expected = keccak(text=function.signature)[:4] + arguments
        assert calls.encode(Action(0, 0, ERIN, name, args)) == expected, name


def test_functions_are_those_of_the_contracts() -> None:
    """Whatever changes something, and is not for the contracts among themselves."""
    tried = {(f.where, f.signature.partition("(")[0]) for f in calls.FUNCTIONS.values()}
    among = {"begin", "enterGroup", "settleGroup", "collect", "perform"}
    for where in (calls.REGISTRY, calls.ENFORCER, calls.GROUPS):
        abi = load({"registry": "Boomerang"}.get(where, where.title())).abi
        acting = [e for e in abi if e.get("stateMutability") in ("nonpayable", "payable")]
        names = {e["name"] for e in acting if e["type"] == "function"}
        assert names - among == {name for place, name in tried if place == where}


def test_signatures_are_those_of_the_messages() -> None:
    """Each request's hash as the package's own messages have it."""
    domain = Domain(31337, OWNERS[3])
    mine = Signatures(domain, OWNERS[2])
    registry = SigningDomain.of_registry(domain)
    a, b, seal, topic = b"\1" * 25, b"\2" * 25, b"\3" * 23, b"\4" * 32
    cases = (
        (mine.seal(a, seal, b"x", 9), SealRequest(a, seal, b"x", 9)),
        (mine.revoke(a, 9), RevokeRequest(a, 9)),
        (mine.publish(7, topic, b"body", 9), PublishRequest(7, topic, b"body", 9)),
        (mine.offer(a, b, a, 3, 9), OfferRequest(a, b, a, 3, 9)),
        (mine.decline(a, b, 9), DeclineRequest(a, b, 9)),
    )
    for digest, message in cases:
        assert digest == message.digest(registry), message
    joining = JoinRequest(a, group_id([a, b]), 9)
    groups = SigningDomain.of_groups(31337, OWNERS[2])
    assert mine.join(a, [a, b], 9) == joining.digest(groups)
    token = SigningDomain("Gold", "1", 31337, GOLD)
    allowed = Permit(OWNERS[0], OWNERS[1], 5, 2, 9)
    mine_too = permit(separator("Gold", 31337, GOLD), OWNERS[0], OWNERS[1], 5, 2, 9)
    assert mine_too == allowed.digest(token)


def test_signatures_are_those_of_wallets() -> None:
    """Typed data as eth-account signs it, with the keys that the development accounts have."""
    registry, who = OWNERS[3], OWNERS[0]
    signed = dev_signer("alice").sign_typed_data(
        {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "RevokeRequest": [
                    {"name": "id", "type": "bytes25"},
                    {"name": "deadline", "type": "uint256"},
                ],
            },
            "primaryType": "RevokeRequest",
            "domain": {
                "name": "Boomerang",
                "version": "1",
                "chainId": 31337,
                "verifyingContract": registry,
            },
            "message": {"id": b"\7" * 25, "deadline": 5},
        }
    )
    digest = Signatures(Domain(31337, registry), registry).revoke(b"\7" * 25, 5)
    assert sign(who, digest) == signed
    assert recover(digest, signed) == who


def test_a_false_expectation_is_noticed() -> None:
    """Every comparison, one by one: the model is made to lie about it."""
    setting = Setting(Parameters())
    for lie in ("phase", "floor", "owed", "balance", "log", "error", *_LIES):
        world = World(setting)
        published = Action(
            1001, setting.start + 5, OWNERS[0], "publish", (1 << 64, bytes(32), b""), 1
        )
        world.step(published)
        (id,) = world.keys
        state = world.model.state
        if lie == "phase":
            state.records[id] = replace(state.records[id], phase=Phase.SEALED)
        elif lie == "floor":
            state.records[id] = replace(state.records[id], declines_all=True)
        elif lie == "owed":
            state.owed[OWNERS[0]] = 1
        elif lie == "balance":
            state.balances[OWNERS[1]] = 1
        elif lie in _LIES:
            _LIES[lie](world, id)
        key = world.keys[id]
        args = (key.stake, key.content_hash)
        then = Action(1002, setting.start + 9, OWNERS[0], "declineAll", args)
        if lie == "log":
            world.model._emit = lambda event: None  # type: ignore[method-assign]
        if lie == "error":
            then = replace(then, args=(key.stake + 1, key.content_hash))
            world.keys[id] = replace(key, nonce=key.nonce + 1)
            state.records[world.domain.commitment_id(world.keys[id])] = state.records[id]
        with pytest.raises(Disagreement):
            _do_all(world, then)


def _join(world: World, id: bytes) -> None:
    state, group = world.model.state, keccak(id)
    state.groups[group] = Group((id, GHOST), frozenset({id}))
    state.memberships[id] = group


_LIES: dict[str, Callable[[World, bytes], object]] = {
    "token": lambda world, _: world.model.mint(GOLD, OWNERS[0], 1),
    "pot": lambda world, _: world.model.state.pot.update({GOLD: 1}),
    "escrow": lambda world, id: world.model.state.clauses.update(
        {id: Clauses((Asset(ZERO_ADDRESS, 1),))}
    ),
    "credit": lambda world, _: world.model.state.credits.update({(OWNERS[0], ODD): 1}),
    "outstanding": lambda world, id: world.model.state.outstanding.update({id: 1}),
    "group": lambda world, id: _join(world, id),
    "call": lambda world, _: world.model.traces.update({WORKS: bytes(31) + b"\1"}),
}


def _do_all(world: World, action: Action) -> None:
    world.step(action)
    world.compare_everything()
