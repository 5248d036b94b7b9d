"""Content: encoding both ways, the hash, and that only one encoding is accepted."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from boomerang.content import CLAUSES_ABI, Asset, Call, Clauses, Content, Payment, content_hash
from boomerang.errors import InvalidInput, MalformedClauses
from boomerang.identity import ZERO_ADDRESS, Key, address

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: address(f"0x{raw.hex()}"))
amounts = st.integers(0, (1 << 256) - 1)
assets = st.builds(Asset, addresses, amounts)
payments = st.builds(Payment, addresses, addresses, amounts)
calls = st.builds(Call, addresses, amounts, amounts, st.binary(max_size=70), addresses)


def several(items: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=3).map(tuple)


all_clauses = st.builds(
    Clauses,
    escrow=several(assets),
    payments=several(payments),
    calls=several(calls),
    tip=assets,
    deadline=st.integers(0, (1 << 40) - 1),
    guard=st.binary(max_size=70),
)
PAY = Clauses(payments=(Payment(address("0x" + "a1" * 20), ZERO_ADDRESS, 1),), guard=b"\x01")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=99), st.none() | all_clauses)
def test_content_round_trips(topic: bytes, statement: bytes, clauses: Clauses | None) -> None:
    content = Content(topic, statement, clauses)
    assert Content.decode(topic, content.body, clauses is not None) == content


def test_hash_is_the_words_of_the_abi() -> None:
    assert Content(b"\x07" * 32, b"Dare").hash() == keccak(b"\x07" * 32 + keccak(b"Dare"))
    content = Content(b"\x07" * 32, b"Dare", PAY)
    body = encode(["bytes", CLAUSES_ABI], [b"Dare", PAY.as_abi()])
    assert content.hash() == keccak(b"\x07" * 32 + keccak(body))
    assert Content().hash() == content_hash(bytes(32), b"")
    assert Content(clauses=Clauses()).hash() != Content().hash()


def test_key_of_a_content() -> None:
    alice = address("0x" + "a1" * 20)
    content = Content(statement=b"Dare", clauses=PAY)
    assert content.key(alice, 7, 5, 4) == Key(alice, 7, 5, 4, content.hash(), has_clauses=True)
    assert not Content(statement=b"Dare").key(alice).has_clauses


@given(st.binary(max_size=900))
def test_arbitrary_bytes_are_decoded_or_refused(data: bytes) -> None:
    assert Content.decode(bytes(32), data, has_clauses=False).statement == data
    try:
        content = Content.decode(bytes(32), data, has_clauses=True)
    except MalformedClauses:
        return
    assert content.body == data


@given(all_clauses, st.data())
def test_mutilated_bytes_are_decoded_or_refused(clauses: Clauses, data: st.DataObject) -> None:
    body = bytearray(Content(statement=b"Dare", clauses=clauses).body)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.sampled_from((0, 1, 0x20, 0x80, 0xFF)))
    try:
        again = Content.decode(bytes(32), bytes(body), has_clauses=True)
    except MalformedClauses:
        return
    assert again.body == bytes(body)


def test_only_the_canonical_encoding_is_accepted() -> None:
    body = Content(statement=b"Dare", clauses=PAY).body
    assert Content.decode(bytes(32), body, has_clauses=True).clauses == PAY
    as_struct = encode([f"(bytes,{CLAUSES_ABI})"], [(b"Dare", PAY.as_abi())])
    for wrong in (body + bytes(32), body + b"\x00", body[:-1], as_struct, b""):
        with pytest.raises(MalformedClauses):
            Content.decode(bytes(32), wrong, has_clauses=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Content(topic=b"short"),
        lambda: Content(statement="text"),  # type: ignore[arg-type]
        lambda: Asset("0x00", 1),
        lambda: Asset(ZERO_ADDRESS, -1),
        lambda: Clauses(deadline=1 << 40),
        lambda: Payment("0x", ZERO_ADDRESS, 1),
    ],
)
def test_wrong_values_are_refused(make: object) -> None:
    with pytest.raises(InvalidInput):
        make()  # type: ignore[operator]
