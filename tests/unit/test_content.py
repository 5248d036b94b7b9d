"""Content: encoding both ways, the hash, and that only one encoding is accepted."""

from dataclasses import replace

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from boomerang.content import (
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
from boomerang.packing import MAX_BODY, check

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: address(f"0x{raw.hex()}"))
amounts = st.integers(0, (1 << 128) - 1)
assets = st.builds(Asset, addresses, st.integers(1, (1 << 128) - 1))


@st.composite
def some_clauses(draw: st.DrawFn) -> Clauses:
    """Any that can be encoded, whatever they spend: amounts are of tokens in the escrow."""
    escrow = tuple(draw(st.lists(assets, max_size=3, unique_by=lambda asset: asset.token)))
    some = st.sampled_from([(asset.token, asset.amount) for asset in escrow] or [(ZERO_ADDRESS, 0)])
    share = st.one_of(st.just((ZERO_ADDRESS, 0)), some)
    payments = draw(st.lists(st.tuples(addresses, share), max_size=3))
    gas, data = st.integers(0, (1 << 32) - 1), st.binary(max_size=70)
    calls = draw(st.lists(st.tuples(addresses, share, gas, data, addresses), max_size=3))
    return Clauses(
        escrow=escrow,
        payments=tuple(Payment(to, *what) for to, what in payments),
        calls=tuple(Call(to, *what, gas, data, back) for to, what, gas, data, back in calls),
        tip=Asset(*draw(share)),
        deadline=draw(st.integers(0, (1 << 40) - 1)),
        guard=draw(st.binary(max_size=70)),
    )


all_clauses = some_clauses()
ALICE, ENFORCER = address("0x" + "a1" * 20), address("0x" + "ef" * 20)
LOW, HIGH = address("0x" + "01" * 20), address("0x" + "99" * 20)
PAY = Clauses((Asset(ZERO_ADDRESS, 3),), (Payment(ALICE, ZERO_ADDRESS, 1),), guard=b"\x01")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=99), st.none() | all_clauses)
def test_content_round_trips(topic: bytes, statement: bytes, clauses: Clauses | None) -> None:
    content = Content(topic, statement, clauses)
    assert Content.decode(topic, content.body, clauses is not None) == content


def test_the_encoding_byte_by_byte() -> None:
    """As contracts/libraries/Contents.sol draws it."""
    target, gold = address("0x" + "7a" * 20), address("0x" + "60" * 20)
    clauses = Clauses(
        escrow=(Asset(ZERO_ADDRESS, 3), Asset(gold, 0x0102)),
        payments=(Payment(ALICE, gold, 5),),
        calls=(Call(target, ZERO_ADDRESS, 2, 0x0A0B0C, b"\xda\x7a", LOW),),
        tip=Asset(gold, 1),
        deadline=0x0102030405,
        guard=b"\x01",
    )
    words = [
        *("0004 44617265", "02"),
        *(f"{'00' * 20} {3:032x}", f"{'60' * 20} {0x0102:032x}"),
        *("01", f"01 {'a1' * 20} {5:032x}"),
        *("01", f"{'7a' * 20} 00 {2:032x} 000a0b0c {'01' * 20} 0002 da7a"),
        *(f"01 {1:032x}", "0102030405", "01"),
    ]
    body = bytes.fromhex("".join(words))
    content = Content(b"\x07" * 32, b"Dare", clauses)
    assert content.body == body
    assert Content.decode(b"\x07" * 32, body, has_clauses=True) == content
    assert content.hash() == keccak(b"\x07" * 32 + keccak(body))
    assert Content(b"\x07" * 32, b"Dare").hash() == keccak(b"\x07" * 32 + keccak(b"Dare"))
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


def test_only_one_encoding_is_accepted() -> None:
    """What takes nothing is asset 0; a token stands once in the escrow; nothing may be missing."""
    body = Content(statement=b"Dare", clauses=PAY).body
    assert Content.decode(bytes(32), body, has_clauses=True).clauses == PAY
    tip = len(body) - len(PAY.guard) - 5 - 17
    second = bytes.fromhex(f"{'00' * 20} {3:032x}")
    for wrong in (
        body[:-2],  # without the guard, and the last byte of the deadline
        b"",
        body[:tip] + b"\x01" + body[tip + 1 :],
        body[:6] + b"\x02" + body[7 : 7 + 36] + second + body[7 + 36 :],
    ):
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
        (Clauses((Asset(ZERO_ADDRESS, 16),), (pay(1),) * 16), None),
        (Clauses((Asset(ZERO_ADDRESS, 17),), (pay(1),) * 17), MalformedClauses()),
        (Clauses(payments=(pay(0),)), MalformedClauses()),
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
        (Clauses(ONE, (pay(1, to=ZERO_ADDRESS),)), MalformedClauses()),
        (Clauses(ONE, (pay(1, to=ENFORCER),)), MalformedClauses()),
        (Clauses(ONE, (pay(1, to=LOW),)), None),
        (Clauses(calls=(call(back=ZERO_ADDRESS),)), MalformedClauses()),
        (Clauses(calls=(call(back=ENFORCER),)), MalformedClauses()),
        (Clauses(ONE, (pay(1),)), None),
        (Clauses(ONE, (pay(2),)), Overspent(ZERO_ADDRESS, 2, 1)),
        (Clauses(ONE, (pay(1), pay(1))), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (pay(1),), (call(1),)), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (pay(1),), tip=ONE[0]), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (), (call(1),), tip=ONE[0]), Overspent(ZERO_ADDRESS, 1, 0)),
        (Clauses(ONE, (pay(1, LOW),)), Overspent(LOW, 1, 0)),
        (Clauses(ONE, (pay(2), pay(1, to=ENFORCER))), Overspent(ZERO_ADDRESS, 2, 1)),
        (Clauses(ONE, (pay(2),), (call(gas=5_000_001),)), Overspent(ZERO_ADDRESS, 2, 1)),
        (Clauses(ONE, (pay(1),), (call(gas=5_000_001),), ONE[0]), MalformedClauses()),
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
    if clauses.calls and not clauses.deadline:
        clauses = replace(clauses, deadline=100)
    if error is None:
        content = Content(clauses=clauses)
        content.check(100, ENFORCER)
        assert Content.decode(bytes(32), content.body, has_clauses=True) == content
        return
    with pytest.raises(ChainError) as caught:
        Content(clauses=clauses).check(100, ENFORCER)
    assert caught.value == error
    if isinstance(error, MalformedClauses):
        assert str(caught.value) != str(error), "it says what is wrong"


def test_a_body_has_a_limit_with_clauses_only() -> None:
    room = MAX_BODY - len(Content(clauses=PAY).body)
    Content(statement=bytes(room), clauses=PAY).check()
    with pytest.raises(MalformedClauses, match="24577 bytes"):
        Content(statement=bytes(room + 1), clauses=PAY).check()
    Content(statement=bytes(MAX_BODY + 1)).check()


def test_what_has_no_encoding_is_refused() -> None:
    for wrong in (
        Content(statement=bytes(1 << 16), clauses=PAY),
        Content(clauses=Clauses(calls=(call(gas=1 << 32),))),
        Content(clauses=Clauses(ONE, (pay(1 << 128),))),
    ):
        with pytest.raises(MalformedClauses):
            _ = wrong.body
    with pytest.raises(Overspent):
        _ = Content(clauses=Clauses(ONE, (pay(1, LOW),))).body


def test_a_body_that_spends_what_is_not_there_names_the_first() -> None:
    """An asset that leads nowhere comes after what is overspent before it, and the other way."""
    low, nowhere = (
        bytes.fromhex(f"00 {'a1' * 20} {2:032x}"),
        bytes.fromhex(f"05 {'a1' * 20} {1:032x}"),
    )
    head = bytes.fromhex(f"0000 01 {'00' * 20} {1:032x} 02")
    tail = bytes(1 + 17 + 5)
    with pytest.raises(Overspent):
        check(head + low + nowhere + tail)
    with pytest.raises(MalformedClauses):
        check(head + nowhere + low + tail)


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
    Content(clauses=clauses).check(7, ENFORCER)
