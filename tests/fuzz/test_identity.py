"""Ids, content hashes, seals and bodies: Python and Solidity compute the same from any values."""

from __future__ import annotations

import os
import random

import pytest
from eth_utils.address import to_checksum_address

from boomerang.content import Asset, Call, Clauses, Content, Payment, content_hash
from boomerang.errors import ChainError, decode_error
from boomerang.identity import Domain, Key
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


def a_content(rng: random.Random) -> Content:
    """With clauses; sometimes with an escrow or a guard, which the registry looks at."""

    def some(maximum: int) -> range:
        return range(rng.choice((0, 0, 1, maximum)))

    clauses = Clauses(
        escrow=tuple(Asset(an_address(rng), uint(rng, 256)) for _ in some(2))
        if rng.random() < 0.2
        else (),
        payments=tuple(Payment(an_address(rng), an_address(rng), uint(rng, 256)) for _ in some(3)),
        calls=tuple(
            Call(an_address(rng), uint(rng, 256), 7, rng.randbytes(rng.randint(0, 70)), CALLER_SUM)
            for _ in some(2)
        ),
        tip=Asset(an_address(rng), uint(rng, 256)),
        deadline=uint(rng, 40),
        guard=rng.choice((b"", b"", b"\1", b"\1\2", b"\6" + bytes(25), b"\7", b"\1" * 2)),
    )
    return Content(rng.randbytes(32), rng.randbytes(rng.randint(0, 70)), clauses)


CALLER_SUM = str(to_checksum_address(CALLER))


def spoiled(rng: random.Random, body: bytes) -> bytes:
    """The same body, wrong somewhere: mostly in the words that say where things are."""
    kind = rng.randrange(5)
    where = rng.randrange(0, len(body), 32) if rng.random() < 0.5 else 32 * rng.randrange(12)
    where = min(where, len(body) - 32)
    if kind == 0:
        return body[:where]
    if kind == 1:
        return body + rng.choice((b"\0", bytes(32), rng.randbytes(32)))
    if kind == 2:
        value = rng.choice((0, 1, 32, 64, 1 << 64, (1 << 256) - 1, uint(rng, 256), len(body)))
        return body[:where] + value.to_bytes(32, "big") + body[where + 32 :]
    if kind == 3:
        bit = 1 << rng.randrange(256)
        value = int.from_bytes(body[where : where + 32], "big") ^ bit
        return body[:where] + value.to_bytes(32, "big") + body[where + 32 :]
    value = int.from_bytes(body[where : where + 32], "big") + rng.choice((-32, -1, 1, 32))
    return body[:where] + (value % (1 << 256)).to_bytes(32, "big") + body[where + 32 :]


def test_bodies_with_clauses(harness: Harness) -> None:
    """What Python encodes is accepted; what is spoiled is accepted or refused by both alike."""
    rng = random.Random(f"bodies {SEED}")
    domain, parameters = Domain(CHAIN_ID, harness.registry), Parameters()
    model = Model(domain, parameters, HashDraws(lambda number: None, 1))
    outcomes: dict[str, int] = {}
    for n in range(BODIES):
        content = a_content(rng)
        body = content.body if n % 3 == 0 else spoiled(rng, content.body)
        stake = content.key(CALLER_SUM, n).stake
        values = (stake, content.topic, body)
        expected: ChainError | None = None
        try:
            id = model.copy().publish(Env(CALLER_SUM, 9, 1000), *values)
        except ChainError as error:
            expected = error
        asked = "publish(uint256,bytes32,bytes)", values, "bytes25"
        if expected is None:
            assert harness.ask(harness.registry, *asked, gas=3_000_000) == (id,)
            assert Content.decode(content.topic, body, has_clauses=True).body == body
        else:
            with pytest.raises(Refused) as refused:
                harness.ask(harness.registry, *asked, gas=3_000_000)
            assert decode_error(refused.value.data) == expected, body.hex()
        name = type(expected).__name__
        outcomes[name] = outcomes.get(name, 0) + 1
    assert min(outcomes.get(name, 0) for name in ("NoneType", "MalformedClauses")) > BODIES // 5
    assert {"EscrowNotSupported", "MalformedGuard", "UnknownCommitment"} <= set(outcomes)
