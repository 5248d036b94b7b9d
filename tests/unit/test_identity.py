"""Ids, seals and addresses, against hashes put together by hand (docs/protocol.md, "Identity")."""

import subprocess
import sys
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from boomerang.errors import InvalidInput
from boomerang.identity import (
    Domain,
    Key,
    Opening,
    address,
    format_id,
    new_salt,
    parse_id,
)

ALICE = address("0x" + "a1" * 20)
REGISTRY = address("0x" + "be" * 20)
CONTENT = bytes(range(32))
KEY = Key(ALICE, 7, 1000, 900, CONTENT)
DOMAIN = Domain(31337, REGISTRY)
SALT = bytes(range(100, 132))


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


STAKE = 900 << 160 | 1000 << 64 | 7


def test_stake_is_one_word() -> None:
    assert KEY.stake == STAKE
    flagged = replace(KEY, has_clauses=True)
    assert flagged.stake == STAKE | 1 << 56
    top = Key(ALICE, (1 << 56) - 1, (1 << 96) - 1, (1 << 96) - 1, CONTENT, True)
    assert top.stake == (1 << 256) - 1 - (0xFE << 56)
    for key in (KEY, flagged, top):
        assert Key.from_stake(ALICE, key.stake, CONTENT) == key
    for flags in (2, 3, 0x80, 0xFF):
        with pytest.raises(InvalidInput):
            Key.from_stake(ALICE, STAKE | flags << 56, CONTENT)


def test_id_is_the_words_of_the_abi() -> None:
    typehash = keccak(
        b"Commitment(uint256 chainId,address registry,address committer,uint256 stake,"
        b"bytes32 contentHash)"
    )
    words = word(31337) + word(int(REGISTRY, 16)) + word(int(ALICE, 16)) + word(STAKE) + CONTENT
    assert DOMAIN.commitment_id(KEY) == keccak(typehash + words)[:25]
    assert DOMAIN.id_of(ALICE, STAKE, CONTENT) == DOMAIN.commitment_id(KEY)


def test_seal_is_the_words_of_the_abi() -> None:
    typehash = keccak(
        b"Seal(uint256 chainId,address registry,bytes25 id,address committer,"
        b"bytes32 decisionHash,bytes32 salt)"
    )
    words = word(31337) + word(int(REGISTRY, 16)) + DOMAIN.commitment_id(KEY) + bytes(7)
    words += word(int(ALICE, 16)) + keccak(b"\x01") + SALT
    assert DOMAIN.seal(KEY, b"\x01", SALT) == keccak(typehash + words)[:23]


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, committer=REGISTRY),
        replace(KEY, nonce=8),
        replace(KEY, bond=1001),
        replace(KEY, cover=901),
        replace(KEY, content_hash=bytes(32)),
        replace(KEY, has_clauses=True),
    ],
)
def test_every_field_counts(other: Key) -> None:
    assert DOMAIN.commitment_id(other) != DOMAIN.commitment_id(KEY)
    assert DOMAIN.seal(other, b"\x01", SALT) != DOMAIN.seal(KEY, b"\x01", SALT)


def test_chain_registry_decision_and_salt_count() -> None:
    seals = {
        domain.seal(KEY, decision, salt)
        for domain in (DOMAIN, Domain(1, REGISTRY), Domain(31337, ALICE))
        for decision in (b"\x00", b"\x01")
        for salt in (SALT, bytes(32))
    }
    assert len(seals) == 12


@pytest.mark.parametrize(
    "make",
    [
        lambda: Key(ALICE, -1, 0, 0, CONTENT),
        lambda: Key(ALICE, 1 << 56, 0, 0, CONTENT),
        lambda: Key(ALICE, 0, 1 << 96, 0, CONTENT),
        lambda: Key(ALICE, 0, 0, 1 << 96, CONTENT),
        lambda: Key(ALICE, True, 0, 0, CONTENT),
        lambda: Key(ALICE, 0, 0, 0, CONTENT[1:]),
        lambda: Key(ALICE.lower(), 0, 0, 0, CONTENT),
        lambda: Domain(-1, REGISTRY),
        lambda: Domain(1, "nowhere"),
        lambda: Opening(b"", SALT[1:]),
        lambda: DOMAIN.id_of(ALICE, 0, b"short"),
        lambda: DOMAIN.id_of(ALICE, 1 << 256, CONTENT),
        lambda: DOMAIN.seal(KEY, b"", b"short"),
        lambda: address("0x" + "a1" * 19),
        lambda: address(ALICE.swapcase().replace("0X", "0x")),
        lambda: parse_id("0x12"),
        lambda: parse_id("0x" + "zz" * 25),
    ],
)
def test_what_the_abi_could_not_carry_is_refused(make: object) -> None:
    with pytest.raises(InvalidInput):
        make()  # type: ignore[operator]


def test_ids_as_text() -> None:
    commitment = DOMAIN.commitment_id(KEY)
    assert parse_id(format_id(commitment)) == commitment
    assert format_id(commitment, short=True) == f"0x{commitment.hex()[:8]}…"
    assert address(ALICE.lower()) == ALICE


def test_salts_are_long_and_new() -> None:
    salts = {new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert {len(salt) for salt in salts} == {32}


def test_pure_modules_import_no_chain() -> None:
    """Identity to model must be usable where neither ape nor web3 nor an EVM is installed."""
    script = (
        "import sys\n"
        "import boomerang.identity, boomerang.content, boomerang.decisions\n"
        "import boomerang.parameters, boomerang.errors, boomerang.model\n"
        "assert boomerang.parameters.presets()\n"
        "assert boomerang.decisions.parse('keep')\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "chains = {'ape', 'web3', 'pyrevm', 'eth_tester', 'eth', 'requests', 'aiohttp'}\n"
        "print(sorted(tops & chains))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
