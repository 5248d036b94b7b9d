"""Content: encoding both ways, the hash, and that only one encoding is accepted."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from boomerang.content import (
    CLAUSES_ABI,
    MAX_BODY,
    Asset,
    Call,
    Clauses,
    Content,
    Payment,
    by_token,
    content_hash,
)
from boomerang.errors import (
    ChainError,
    DeadlineTooEarly,
    InvalidInput,
    MalformedClauses,
    MalformedGuard,
    Overspent,
)
from boomerang.identity import ZERO_ADDRESS, Key, address

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: address(f"0x{raw.hex()}"))
amounts = st.integers(0, (1 << 256) - 1)
assets = st.builds(Asset, addresses, amounts)
payments = st.builds(Payment, addresses, addresses, amounts)
calls = st.builds(Call, addresses, addresses, amounts, amounts, st.binary(max_size=70), addresses)


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
ALICE, ENFORCER = address("0x" + "a1" * 20), address("0x" + "ef" * 20)
LOW, HIGH = address("0x" + "01" * 20), address("0x" + "99" * 20)
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


def pay(amount: int, token: str = ZERO_ADDRESS, to: str = ALICE) -> Payment:
    return Payment(to, token, amount)


def call(amount: int = 0, gas: int = 0, token: str = ZERO_ADDRESS, back: str = ALICE) -> Call:
    return Call(ENFORCER, token, amount, gas, b"", back)


ONE = (Asset(ZERO_ADDRESS, 1),)
MANY = tuple(Asset(address("0x" + f"{n:040x}"), 1) for n in range(9))
GUARD = b"\x06" + bytes(25)


@pytest.mark.parametrize(
    ("clauses", "error"),
    [
        (Clauses(), None),
        (Clauses(MANY[:8]), None),
        (Clauses(MANY), MalformedClauses()),
        (Clauses(payments=(pay(0),) * 16), None),
        (Clauses(payments=(pay(0),) * 17), MalformedClauses()),
        (Clauses(calls=(call(),) * 8), None),
        (Clauses(calls=(call(),) * 9), MalformedClauses()),
        (Clauses(calls=(call(gas=5_000_000),)), None),
        (Clauses(calls=(call(gas=5_000_000), call(gas=1))), MalformedClauses()),
        (Clauses((Asset(LOW, 1), Asset(HIGH, 1))), None),
        (Clauses((Asset(HIGH, 1), Asset(LOW, 1))), MalformedClauses()),
        (Clauses((Asset(LOW, 1), Asset(LOW, 1))), MalformedClauses()),
        (Clauses((Asset(LOW, 1), Asset(ZERO_ADDRESS, 1))), MalformedClauses()),
        (Clauses((Asset(LOW, 0),)), MalformedClauses()),
        (Clauses((Asset(LOW, (1 << 128) - 1),)), None),
        (Clauses((Asset(LOW, 1 << 128),)), MalformedClauses()),
        (Clauses(payments=(pay(0, to=ZERO_ADDRESS),)), MalformedClauses()),
        (Clauses(payments=(pay(0, to=ENFORCER),)), MalformedClauses()),
        (Clauses(calls=(call(back=ZERO_ADDRESS),)), MalformedClauses()),
        (Clauses(calls=(call(back=ENFORCER),)), MalformedClauses()),
        (Clauses(ONE, (pay(1),)), None),
        (Clauses(ONE, (pay(2),)), Overspent(ZERO_ADDRESS, 2, 1)),
        (Clauses(ONE, (pay(1), pay(1))), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (pay(1),), (call(1),)), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (pay(1),), tip=ONE[0]), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (), (call(1),), tip=ONE[0]), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (pay(1, LOW),)), Overspent(LOW, 1, 0)),
        (Clauses(ONE, (pay(2), pay(0, to=ENFORCER))), Overspent(ZERO_ADDRESS, 2, 1)),
        (Clauses(ONE, (pay(0, LOW), pay(0, HIGH))), None),
        (Clauses(calls=(call(),), deadline=100), None),
        (Clauses(calls=(call(),), deadline=99), DeadlineTooEarly(99, 100)),
        (Clauses(ONE, (pay(1),), deadline=99), None),
        (Clauses(guard=GUARD), None),
        (Clauses(guard=b"\x03"), MalformedGuard()),
        (Clauses(calls=(call(),), deadline=99, guard=b"\x03"), DeadlineTooEarly(99, 100)),
        (Clauses(ONE, (pay(2),), (call(),), deadline=99), Overspent(ZERO_ADDRESS, 2, 1)),
    ],
)
def test_what_may_be_published(clauses: Clauses, error: ChainError | None) -> None:
    content = Content(clauses=clauses)
    assert Content.decode(bytes(32), content.body, has_clauses=True) == content
    if clauses.calls:
        deadline = clauses.deadline or 100
        clauses = Clauses(
            clauses.escrow, clauses.payments, clauses.calls, clauses.tip, deadline, clauses.guard
        )
        content = Content(clauses=clauses)
    if error is None:
        content.check(100, ENFORCER)
        return
    with pytest.raises(ChainError) as caught:
        content.check(100, ENFORCER)
    assert caught.value == error
    if isinstance(error, MalformedClauses):
        assert str(caught.value) != str(error), "it says what is wrong"


def test_a_body_has_a_limit_with_clauses_only() -> None:
    room = MAX_BODY - len(Content(clauses=PAY).body)
    content = Content(statement=bytes(room), clauses=Clauses(ONE, PAY.payments))
    with pytest.raises(MalformedClauses):
        content.check()
    Content(statement=bytes(MAX_BODY + 1)).check()
    fits = Content(statement=bytes(room - 32), clauses=PAY)
    assert len(fits.body) <= MAX_BODY
    with pytest.raises(Overspent):  # and no more the size
        fits.check()


def test_an_escrow_is_sorted_and_merged() -> None:
    mixed = (Asset(HIGH, 2), Asset(LOW, 0), Asset(ZERO_ADDRESS, 3), Asset(HIGH, 5))
    assert by_token(mixed) == (Asset(ZERO_ADDRESS, 3), Asset(HIGH, 7))
    clauses = Clauses.covering(
        payments=(pay(2, HIGH), pay(1)),
        calls=(call(3, token=LOW), call(4)),
        tip=Asset(HIGH, 5),
        deadline=7,
        guard=GUARD,
        beyond=(Asset(HIGH, 10),),
    )
    assert clauses.escrow == (Asset(ZERO_ADDRESS, 5), Asset(LOW, 3), Asset(HIGH, 17))
    assert (clauses.deadline, clauses.guard, clauses.tip) == (7, GUARD, Asset(HIGH, 5))
    assert clauses.named() == {HIGH: 7, ZERO_ADDRESS: 5, LOW: 3}
    assert clauses.surplus() == (Asset(HIGH, 10),)
    assert (clauses.escrowed_ether, clauses.escrowed(LOW), clauses.escrowed(ALICE)) == (5, 3, 0)
    clauses.check(7, ENFORCER)
