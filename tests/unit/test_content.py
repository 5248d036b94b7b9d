"""Content: encoding both ways, the hash, and that only one encoding is accepted."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from boomerang.content import CLAUSES_ABI, Asset, Call, Clauses, Content, Payment, content_hash
from boomerang.errors import InvalidInput, MalformedClauses
from boomerang.identity import ZERO_ADDRESS, address

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
    assert Content.decode(topic, statement, content.clauses_bytes) == content


def test_hash_is_the_words_of_the_abi() -> None:
    content = Content(b"\x07" * 32, b"Dare", PAY)
    words = b"\x07" * 32 + keccak(b"Dare") + keccak(PAY.encode())
    assert content.hash() == keccak(words)
    assert Content().hash() == content_hash(bytes(32), b"", b"")
    assert Content(clauses=Clauses()).hash() != Content().hash()


def test_clauses_are_abi_encoded_as_one_struct() -> None:
    """abi.encode of a dynamic struct starts with the offset 32."""
    assert PAY.encode()[:32] == (32).to_bytes(32, "big")


@given(st.binary(max_size=900))
def test_arbitrary_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        clauses = Clauses.decode(data)
    except MalformedClauses:
        return
    assert clauses.encode() == data


@given(all_clauses, st.data())
def test_mutilated_bytes_are_decoded_or_refused(clauses: Clauses, data: st.DataObject) -> None:
    encoded = bytearray(clauses.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(encoded) - 1))
        encoded[at] = data.draw(st.sampled_from((0, 1, 0x20, 0x80, 0xFF)))
    try:
        again = Clauses.decode(bytes(encoded))
    except MalformedClauses:
        return
    assert again.encode() == bytes(encoded)


def test_only_the_canonical_encoding_is_accepted() -> None:
    with pytest.raises(MalformedClauses):
        Clauses.decode(PAY.encode() + bytes(32))
    with pytest.raises(MalformedClauses):
        Clauses.decode(PAY.encode()[:-1])
    with pytest.raises(MalformedClauses):
        Clauses.decode(encode([CLAUSES_ABI], [([], [], [], (ZERO_ADDRESS, 0), 0, b"")])[32:])
    assert Clauses.decode(Clauses().encode()) == Clauses()


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
