"""Ids, content hashes, seals and bodies: Python and Solidity compute the same from any values."""

from __future__ import annotations

import os
import random

import pytest
from eth_utils.address import to_checksum_address

from boomerang.content import Asset, Call, Clauses, Content, Payment, content_hash
from boomerang.errors import ChainError, decode_error
from boomerang.identity import ZERO_ADDRESS, Domain, Key
from boomerang.model import Env, HashDraws, Model
from boomerang.parameters import Parameters
from fuzz.harness import CALLER, CHAIN_ID, Harness, Refused

SEED = int(os.environ.get("FUZZ_SEED", "0"))
KEYS = 4000
BODIES = 3000


@pytest.fixture(scope="module")
def harness() -> Harness:
    return Harness()


def uint(rng: random.Random, bits: int) -> int:
    """Small, large, or anything."""
    return rng.choice((0, 1, (1 << bits) - 1, rng.getrandbits(bits), 1 << rng.randrange(bits)))


def an_address(rng: random.Random) -> str:
    raw = rng.choice((bytes(20), b"\xff" * 20, rng.randbytes(20), rng.randbytes(20)))
    return str(to_checksum_address(raw))


def a_key(rng: random.Random) -> Key:
    amounts = uint(rng, 56), uint(rng, 96), uint(rng, 96)
    return Key(an_address(rng), *amounts, rng.randbytes(32), rng.random() < 0.5)


def test_ids(harness: Harness) -> None:
    rng = random.Random(f"ids {SEED}")
    seen = set()
    for _ in range(KEYS):
        key = a_key(rng)
        words = (key.committer, key.stake, key.content_hash)
        id = Domain(CHAIN_ID, harness.registry).commitment_id(key)
        asked = "commitmentId((address,uint256,bytes32))"
        assert harness.ask(harness.registry, asked, (words,), "bytes25") == (id,)
        assert Key.from_stake(*words) == key
        seen.add(id)
    assert len(seen) == KEYS


def test_ids_of_any_stake_on_any_chain(harness: Harness) -> None:
    """Flags that mean nothing, and other chain ids, hash the same on both sides too."""
    rng = random.Random(f"stakes {SEED}")
    for _ in range(KEYS // 4):
        chain, committer = uint(rng, 256), an_address(rng)
        stake, content = uint(rng, 256), rng.randbytes(32)
        id = Domain(chain, harness.libraries).id_of(committer, stake, content)
        asked = "idOf(uint256,address,uint256,bytes32)", (chain, committer, stake, content)
        assert harness.ask(harness.libraries, *asked, "bytes25") == (id,)


def test_content_hashes(harness: Harness) -> None:
    rng = random.Random(f"contents {SEED}")
    for size in (*range(70), *(rng.randint(0, 3000) for _ in range(500))):
        topic, body = rng.randbytes(32), rng.randbytes(size)
        asked = "contentHash(bytes32,bytes)", (topic, body), "bytes32"
        assert harness.ask(harness.libraries, *asked) == (content_hash(topic, body),)


def test_seals(harness: Harness) -> None:
    rng = random.Random(f"seals {SEED}")
    for _ in range(KEYS // 2):
        key, salt = a_key(rng), rng.randbytes(32)
        decision = rng.randbytes(rng.choice((0, 1, 26, 31, 32, 33, 1024, 1025)))
        domain = Domain(CHAIN_ID, harness.libraries)
        values = (CHAIN_ID, domain.commitment_id(key), key.committer, decision, salt)
        asked = "sealOf(uint256,bytes25,address,bytes,bytes32)", values, "bytes23"
        assert harness.ask(harness.libraries, *asked) == (domain.seal(key, decision, salt),)


CALLER_SUM = str(to_checksum_address(CALLER))
LATEST = 1000 + 60 + (2 * 4 + 1) * 40 + 30
"""The earliest deadline that calls may have, with the harness's clock."""


def a_content(rng: random.Random) -> Content:
    """With clauses that are mostly fit to be published: ether in escrow, sometimes a token that
    there is none of, payments, calls, a tip, a guard.
    """
    ether, token = Asset(ZERO_ADDRESS, rng.choice((1, 9, 1 << 100))), Asset(an_address(rng), 5)
    chosen = rng.choice(([], [ether], [ether], [ether, token]))
    escrow = tuple(sorted(dict.fromkeys(chosen), key=lambda asset: int(asset.token, 16)))
    left = sum(asset.amount for asset in escrow[:1])

    def share() -> tuple[str, int]:
        """Of the first asset: mostly what is there."""
        if not escrow:
            return ZERO_ADDRESS, 0
        return escrow[0].token, rng.choice((0, 1, left // 4, left))

    def receiver() -> str:
        return an_address(rng) if rng.random() < 0.9 else ZERO_ADDRESS

    def calls() -> list[Call]:
        data = rng.randbytes(rng.choice((0, 4, 70)))
        gas = rng.choice((7, 7, 2_500_000, 5_000_001))
        return [
            Call(an_address(rng), *share(), gas, data, receiver())
            for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2, 9)))
        ]

    payments = [Payment(receiver(), *share()) for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 17)))]
    clauses = Clauses(
        escrow=escrow,
        payments=tuple(one for one in payments if one.amount or rng.random() < 0.1),
        calls=tuple(calls()),
        tip=Asset(*share()),
        deadline=rng.choice((0, LATEST - 1, LATEST, LATEST, uint(rng, 40))),
        guard=rng.choice((b"", b"", b"\1", b"\1\2", b"\6" + bytes(25), b"\7", b"\1" * 2)),
    )
    return Content(rng.randbytes(32), rng.randbytes(rng.randint(0, 70)), clauses)


def spoiled(rng: random.Random, body: bytes) -> bytes:
    """The same body, wrong somewhere: cut, longer, or with a byte that is another."""
    kind = rng.randrange(4)
    where = rng.randrange(len(body))
    if kind == 0:
        return body[:where]
    if kind == 1:
        return body + rng.choice((b"\0", b"\1", rng.randbytes(32)))
    if kind == 2:
        return body[:where] + rng.choice((b"\0", b"\1", b"\xff")) + body[where + 1 :]
    if kind == 3:
        return body[:where] + bytes((body[where] ^ 1 << rng.randrange(8),)) + body[where + 1 :]
    raise AssertionError(kind)


def test_bodies_with_clauses(harness: Harness) -> None:
    """Whatever the body, model and contract accept it, or refuse it for the same reason."""
    rng = random.Random(f"bodies {SEED}")
    domain, parameters = Domain(CHAIN_ID, harness.registry), Parameters()
    model = Model(domain, parameters, HashDraws(lambda number: None, 1))
    outcomes: dict[str, int] = {}
    for n in range(BODIES):
        content = a_content(rng)
        assert content.clauses is not None
        body = content.body if n % 2 == 0 else spoiled(rng, content.body)
        stake = content.key(CALLER_SUM, n).stake
        values = (stake, content.topic, body)
        value = content.clauses.escrowed_ether + rng.choice((0, 0, 0, 0, 0, 0, 0, 1))
        expected: ChainError | None = None
        try:
            id = model.copy().publish(Env(CALLER_SUM, 9, 1000, value), *values)
        except ChainError as error:
            expected = error
        asked = "publish(uint256,bytes32,bytes)", values, "bytes25"
        if expected is None:
            assert harness.ask(harness.registry, *asked, gas=3_000_000, value=value) == (id,)
            assert Content.decode(content.topic, body, has_clauses=True).body == body
        else:
            with pytest.raises(Refused) as refused:
                harness.ask(harness.registry, *asked, gas=3_000_000, value=value)
            assert decode_error(refused.value.data) == expected, body.hex()
        name = type(expected).__name__
        outcomes[name] = outcomes.get(name, 0) + 1
    assert outcomes.keys() == {
        *("NoneType", "MalformedClauses", "Overspent", "DeadlineTooEarly", "MalformedGuard"),
        *("UnknownCommitment", "WrongEscrow", "UnknownRevert"),
    }
    assert min(outcomes.values()) > BODIES // 200, outcomes
    assert min(outcomes[name] for name in ("NoneType", "MalformedClauses")) > BODIES // 20
