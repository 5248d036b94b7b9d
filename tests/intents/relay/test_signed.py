"""Signed intents as JSON, and which messages are programs."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from boomerang.intents.message import (
    Branch,
    Guard,
    GuardKind,
    Intent,
    IntentDomain,
    NotCanonical,
)
from boomerang.intents.relay.signed import (
    FILE_LIMIT,
    Malformed,
    SignedIntent,
    WrongSignature,
    from_data,
    read,
)
from intents.relay.sample import ALICE, BOB, DOMAIN, EXISTS, A, B, C, D, intent, signed


def random_intent(draw: random.Random) -> Intent:
    """A program with everything that the canonical form allows."""

    def route_guards() -> tuple[Guard, ...]:
        share = draw.randint(1, 10_000)
        return draw.choice(
            [
                (Guard(GuardKind.FRESH),),
                (
                    Guard(
                        draw.choice([GuardKind.PAYS, GuardKind.PAID]),
                        share.to_bytes(12, "big") + draw.randbytes(20),
                        draw.getrandbits(112) << 112 | draw.getrandbits(112),
                    ),
                ),
            ]
        )

    def plain() -> Guard:
        return draw.choice(
            [
                Guard(GuardKind.KEPT, draw.randbytes(25) + bytes(7)),
                Guard(GuardKind.REVERTED, draw.randbytes(25) + bytes(7)),
                Guard(GuardKind.AFTER, limit=draw.getrandbits(40)),
                Guard(GuardKind.BEFORE, limit=draw.getrandbits(40)),
                Guard(
                    draw.choice([GuardKind.POOL_AT_LEAST, GuardKind.POOL_AT_MOST]),
                    bytes(12) + draw.randbytes(20),
                    (2 * draw.getrandbits(100) + 1) << 128 | 2 ** draw.randint(0, 100),
                ),
            ]
        )

    branches = []
    for _ in range(draw.randint(1, 4)):
        guards = tuple(plain() for _ in range(draw.randint(1, 4)))
        kind = draw.randrange(3)
        if kind == 0:
            branches.append(Branch(D, draw.randint(1, 2**112 - 1), (EXISTS, *guards)))
        elif kind == 1:
            paths = tuple((A, *draw.sample([B, C], draw.randint(0, 2)), D) for _ in range(2))
            branches.append(Branch(D, 7, (*route_guards(), *guards), paths))
        else:
            branches.append(Branch(guards=guards))
    if all(branch.idle for branch in branches):
        branches.append(Branch(D, 1))
    return intent(amount=draw.randint(1, 2**112 - 1), branches=tuple(branches))


def test_json_and_back() -> None:
    draw = random.Random(1)
    for _ in range(300):
        made = random_intent(draw)
        one = SignedIntent(made, DOMAIN, draw.randbytes(draw.choice([0, 65, 200])))
        again = read(one.to_json())
        assert again == one
        assert again.hash == one.hash


def test_the_largest_program_fits() -> None:
    guard = Guard(GuardKind.BEFORE, limit=2**256 - 1)
    branch = Branch(D, 2**112 - 1, (guard,) * 8, ((A, B, C, D),) * 4)
    one = SignedIntent(intent(branches=(branch,) * 8), DOMAIN, bytes(4096))
    assert read(one.to_json()) == one


def test_a_signature_is_the_maker_s() -> None:
    one = signed()
    one.check_signature()
    with pytest.raises(WrongSignature, match=BOB.address):
        SignedIntent.sign(intent(ALICE), DOMAIN, BOB)
    elsewhere = SignedIntent(one.intent, IntentDomain(1, DOMAIN.settlement), one.signature)
    with pytest.raises(WrongSignature):
        elsewhere.check_signature()
    with pytest.raises(WrongSignature):
        SignedIntent(intent(nonce=one.intent.nonce + 1), DOMAIN, one.signature).check_signature()


def put(*path: Any, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


GUARD = ("intent", "branches", 0, "guards", 0)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (put("format", value="boomerang-intent/2"), "format"),
        (put("hash", value="0x" + "00" * 32), "hash"),
        (put("more", value=1), "more: is not a field"),
        (lambda data: data.pop("signature"), "signature: is missing"),
        (put("signature", value="0xABCD"), "signature"),
        (put("signature", value="0x123"), "signature"),
        (put("signature", value="0x" + "00" * 4097), "signature: at most 4096"),
        (put("domain", "chainId", value=True), "domain.chainId"),
        (put("domain", "chainId", value=2**64), "domain.chainId"),
        (put("domain", "settlement", value="0x12"), "domain.settlement"),
        (put("intent", "maker", value="0x" + "00" * 19), "intent.maker"),
        (put("intent", "sell", value="0x" + "Ab" * 20), "checksum"),
        (put("intent", "amount", value=500), "intent.amount"),
        (put("intent", "amount", value="0500"), "intent.amount"),
        (put("intent", "amount", value="5e2"), "intent.amount"),
        (put("intent", "amount", value="0"), "the amount must be from 1"),
        (put("intent", "amount", value=str(2**112)), "the amount must be from 1"),
        (put("intent", "nonce", value=str(2**256)), "the nonce"),
        (put("intent", "whole", value=1), "intent.whole"),
        (put("intent", "branches", value={}), "intent.branches: "),
        (put("intent", "branches", value=[]), "intent.branches: "),
        (put("intent", "branches", 0, "least", value=str(2**112)), "branches[0]: the least"),
        (put("intent", "branches", 0, "paths", value=[1]), "paths[0]: "),
        (put(*GUARD, "kind", value=10), "guards[0].kind"),
        (put(*GUARD, "kind", value=False), "guards[0].kind"),
        (put(*GUARD, "subject", value="0x00"), "guards[0].subject"),
        (put(*GUARD, "limit", value="-1"), "guards[0].limit"),
        (put(*GUARD, "limit", value=str(2**256)), "limit must be from 0"),
    ],
)
def test_what_is_wrong_is_named(change: Callable[[Any], None], names: str) -> None:
    data = signed().to_data()
    change(data)
    with pytest.raises(Malformed) as refused:
        from_data(data)
    assert names in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"x"', "null", b"\xff\xfe", "[" * 100_000])
def test_text_that_is_none(text: Any) -> None:
    with pytest.raises(Malformed):
        read(text)
    with pytest.raises(Malformed, match="at most"):
        read(" " * (FILE_LIMIT + 1))


def test_damaged_files_never_crash() -> None:
    draw = random.Random(2)
    text = signed().to_json()
    refused = 0
    for _ in range(1000):
        place = draw.randrange(len(text))
        damaged = text[:place] + draw.choice('{}[]",:0x1e\\') + text[place + draw.randint(0, 3) :]
        try:
            read(damaged)
        except (Malformed, NotCanonical):
            refused += 1
    assert refused > 900  # the rest changed white space


def test_what_no_text_has() -> None:
    """The rules are the language's; they are asked."""
    for branches in ((Branch(),), (Branch(D, 5, (EXISTS,)), Branch()), (Branch(A, 5),)):
        with pytest.raises(NotCanonical):
            read(SignedIntent(intent(branches=branches), DOMAIN).to_json())


def test_a_kind_is_one_of_the_signed_numbers() -> None:
    kinds = json.loads(json.dumps([int(kind) for kind in GuardKind]))
    assert kinds == list(range(10))
