"""The compiled ABI encodings against eth_abi: the same where they answer, silent elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang.client.abi import Arguments, UnexpectedAnswer, _decoder
from boomerang.client.codec import Codec, Unusual, compiled, compiled_tuple, split_types
from boomerang.errors import InvalidInput

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)


def sized(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "uint256": st.integers(0, 2**256 - 1),
    "uint8": st.integers(0, 255),
    "uint96": st.integers(0, 2**96 - 1),
    "bool": st.booleans(),
    "address": addresses,
    "bytes1": sized(1),
    "bytes25": sized(25),
    "bytes32": sized(32),
    "bytes": st.binary(max_size=70),
    "string": st.text(max_size=40),
}
Typed = tuple[str, st.SearchStrategy[Any]]
leaves: st.SearchStrategy[Typed] = st.sampled_from(sorted(LEAVES)).map(lambda k: (k, LEAVES[k]))


def _compound(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    structs = st.lists(inner, min_size=1, max_size=3).map(
        lambda m: (f"({','.join(k for k, _ in m)})", st.tuples(*(v for _, v in m)))
    )
    lists = inner.map(lambda t: (f"{t[0]}[]", st.lists(t[1], max_size=3).map(tuple)))
    fixed = inner.map(lambda t: (f"{t[0]}[2]", st.tuples(t[1], t[1])))
    return structs | lists | fixed


typed: st.SearchStrategy[Typed] = st.recursive(leaves, _compound, max_leaves=6)


def decode(kinds: list[str], data: bytes) -> tuple[Any, ...]:
    """As eth_abi does it, before ape has made its decoding of short data lenient, for all in this
    process.
    """
    values: tuple[Any, ...] = _decoder.decode(kinds, data)
    return values


def checksummed(kind: str, value: Any) -> Any:
    """What eth_abi decodes, with its addresses checksummed."""
    if kind.endswith("]"):
        return tuple(checksummed(kind[: kind.rindex("[")], one) for one in value)
    if kind.startswith("("):
        kinds = split_types(kind[1:-1])
        return tuple(checksummed(k, v) for k, v in zip(kinds, value, strict=True))
    return to_checksum_address(value) if kind == "address" else value


def codec_of(kinds: list[str]) -> Codec:
    codec = compiled_tuple(kinds)
    assert codec is not None
    return codec


def arguments(kinds: list[str]) -> Arguments:
    return Arguments([_entry(kind) for kind in kinds])


def _entry(kind: str) -> dict[str, Any]:
    if "(" not in kind:
        return {"name": "", "type": kind}
    end = kind.rindex(")")
    inner = split_types(kind[1:end])
    return {
        "name": "",
        "type": f"tuple{kind[end + 1 :]}",
        "components": [_entry(one) for one in inner],
    }


@given(st.lists(typed, max_size=4), st.data(), st.binary(max_size=40))
def test_both_ways_as_eth_abi(members: list[Typed], data: st.DataObject, after: bytes) -> None:
    kinds = [kind for kind, _ in members]
    values = tuple(data.draw(strategy) for _, strategy in members)
    codec = codec_of(kinds)
    encoded = codec.encode(values)
    assert encoded == encode(kinds, values)
    assert codec.encode(list(values)) == encoded
    assert codec.decode(encoded, 0) == (values, len(encoded))
    assert codec.decode(encoded + after, 0)[0] == values
    assert tuple(decode(kinds, encoded + after)) == tuple(
        v if "address" not in k else decode([k], encode([k], [v]))[0]
        for k, v in zip(kinds, values, strict=True)
    )


@settings(max_examples=300)
@given(st.lists(typed, min_size=1, max_size=3), st.data())
def test_bent_data_is_eth_abis_to_judge(members: list[Typed], data: st.DataObject) -> None:
    """One byte is changed, or the end cut off: the fast way agrees with eth_abi or is silent, and
    the client always ends as eth_abi does.
    """
    kinds = [kind for kind, _ in members]
    encoded = bytearray(encode(kinds, [data.draw(strategy) for _, strategy in members]))
    if encoded:
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    bent = bytes(encoded[: data.draw(st.integers(0, len(encoded)))])
    try:
        expected: Any = tuple(
            checksummed(k, v) for k, v in zip(kinds, decode(kinds, bent), strict=True)
        )
    except (DecodingError, OverflowError, UnicodeDecodeError) as error:
        expected = error
    try:
        fast: Any = codec_of(kinds).decode(bent, 0)[0]
    except Unusual:
        fast = None
    if fast is not None:
        assert fast == expected
    elif isinstance(expected, (DecodingError, OverflowError)):
        with pytest.raises(UnexpectedAnswer):
            arguments(kinds).decode(bent)
    elif isinstance(expected, tuple):
        assert arguments(kinds).decode(bent) == expected


class Ten(int):
    """An integer that is not quite one."""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("uint8", True),
        ("uint8", 1.0),
        ("uint8", Ten(10)),
        ("bool", 1),
        ("bool", None),
        ("address", "0x" + "00" * 19),
        ("address", "0x" + "ab" * 20),
        ("address", "0x5FbDB2315678afecb367f032d93F642f64180aa3".swapcase()),
        ("address", bytes(20)),
        ("bytes25", bytes(24)),
        ("bytes25", bytearray(25)),
        ("bytes", "0x00"),
        ("bytes", bytearray(3)),
        ("string", b"text"),
        ("string", "\ud800"),
        ("uint8[]", 5),
        ("uint8[]", {1}),
        ("uint8[2]", [1]),
        ("(uint8,bytes)", (1,)),
        ("(uint8,bytes)", {"a": 1}),
    ],
)
def test_unusual_values_are_eth_abis_to_judge(kind: str, value: Any) -> None:
    codec = compiled(kind)
    assert codec is not None
    with pytest.raises(Unusual):
        codec.encode(value)
    try:
        expected: bytes | None = encode([kind], [value])
    except (EncodingError, TypeError, UnicodeEncodeError):
        expected = None
    if expected is not None and value != bytes(24):  # which the client refuses to pad
        assert arguments([kind]).encode([value]) == expected
    elif kind != "string":
        with pytest.raises(InvalidInput):
            arguments([kind]).encode([value])


@pytest.mark.parametrize("kind", ["int256", "int8[]", "(uint8,int8)", "fixed128x18", "function"])
def test_types_that_are_not_done_here(kind: str) -> None:
    assert compiled(kind) is None
    assert compiled_tuple(["uint8", kind]) is None


def test_types_that_are_not_done_here_go_by_eth_abi() -> None:
    both = arguments(["int8", "bytes"])
    encoded = both.encode([-3, b"x"])
    assert encoded == encode(["int8", "bytes"], [-3, b"x"])
    assert both.decode(encoded) == (-3, b"x")


def test_members_of_a_struct() -> None:
    assert split_types("") == []
    assert split_types("uint8,(bytes,(bool,address)[])[2],string") == [
        "uint8",
        "(bytes,(bool,address)[])[2]",
        "string",
    ]
