"""The fast encodings of the SDK against eth_abi, and answers that no registry would give."""

from __future__ import annotations

import eth_abi
import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from boomerang.artifacts import load
from boomerang.chains.base import Block, Log
from boomerang.client import interface
from boomerang.client.abi import Arguments, UnexpectedAnswer, split_types
from boomerang.errors import InvalidInput

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
WORDS = {
    "uint256": st.integers(0, 2**256 - 1),
    "uint8": st.integers(0, 255),
    "bytes25": st.binary(min_size=25, max_size=25),
    "bytes32": st.binary(min_size=32, max_size=32),
    "address": addresses,
}
OTHERS = {
    "bytes": st.binary(max_size=70),
    "bool": st.booleans(),
    "bytes25[]": st.lists(WORDS["bytes25"], max_size=3).map(tuple),
    "(address,uint256)": st.tuples(addresses, WORDS["uint256"]),
    "((address,uint256),bytes)[]": st.lists(
        st.tuples(st.tuples(addresses, WORDS["uint256"]), st.binary(max_size=40)), max_size=2
    ).map(tuple),
}


def arguments(kinds: list[str]) -> Arguments:
    return Arguments({"name": f"a{i}", **_entry(kind)} for i, kind in enumerate(kinds))


def _entry(kind: str) -> dict[str, object]:
    if "(" not in kind:
        return {"type": kind}
    end = kind.rindex(")")
    inner = split_types(kind[1:end])
    return {
        "type": "tuple" + kind[end + 1 :],
        "components": [{"name": "", **_entry(one)} for one in inner],
    }


@given(st.data())
def test_as_eth_abi_does(data: st.DataObject) -> None:
    every = WORDS | OTHERS
    kinds = data.draw(st.lists(st.sampled_from(sorted(every)), max_size=5))
    values = tuple(data.draw(every[kind]) for kind in kinds)
    encoder = arguments(kinds)
    assert encoder.types == tuple(kinds)
    encoded = encoder.encode(values)
    assert encoded == eth_abi.encode(kinds, values)
    assert encoder.decode(encoded) == values


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("uint8", "1"),
        ("bytes25", bytes(24)),
        ("bytes25", "0x00"),
        ("address", "0x12"),
        ("address", "alice"),
        ("address", b"12"),
        ("bytes", 5),
        ("bytes25[]", [bytes(26)]),
    ],
)
def test_values_that_do_not_fit(kind: str, value: object) -> None:
    with pytest.raises(InvalidInput):
        arguments([kind]).encode([value])


def test_wrong_number_of_values() -> None:
    with pytest.raises(InvalidInput, match="1 arguments"):
        arguments(["uint8"]).encode([1, 2])


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("uint8", (256).to_bytes(32, "big")),
        ("bool", (2).to_bytes(32, "big")),
        ("bytes25", b"\xff" * 32),
        ("address", b"\xff" * 32),
        ("uint8", b""),
        ("bytes", b"\xff" * 64),
        ("bytes25[]", b"\xff" * 31),
        ("(uint256,bytes)", (32).to_bytes(32, "big") + b"\1"),
    ],
)
def test_answers_that_make_no_sense(kind: str, data: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        arguments([kind]).decode(data)


def test_strict_also_beside_ape() -> None:
    """ape makes eth_abi read integers out of too few bytes, in the whole process."""
    import ape  # noqa: F401

    with pytest.raises(UnexpectedAnswer):
        arguments(["(uint256,bytes)"]).decode((32).to_bytes(32, "big") + b"\1")


def test_logs_that_make_no_sense() -> None:
    block = Block(1, 2)
    somewhere = to_checksum_address(bytes(20))
    topic = next(t for t, e in interface().events.items() if e.name == "Revoked")
    assert interface().read(Log(somewhere, (), b"", block, 0)) is None
    assert interface().read(Log(somewhere, (bytes(32),), b"", block, 0)) is None
    with pytest.raises(UnexpectedAnswer):
        interface().read(Log(somewhere, (topic,), b"", block, 0))
    decoded = interface().read(Log(somewhere, (topic, b"\1" * 25 + bytes(7)), b"", block, 0))
    assert decoded is not None
    assert decoded.arguments == {"id": b"\1" * 25}


def test_artifacts() -> None:
    artifact = load("Boomerang")
    assert artifact.name == "Boomerang"
    assert len(artifact.deployed_bytecode) < len(artifact.bytecode)
    with pytest.raises(InvalidInput, match="no contract 'Nothing'"):
        load("Nothing")
