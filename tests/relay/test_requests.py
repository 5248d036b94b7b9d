"""Signed requests and their files: what was signed comes back, and nothing else passes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from eth_utils.crypto import keccak

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import dev_signer
from boomerang.content import Asset, Clauses, Content
from boomerang.errors import InvalidInput, MalformedClauses, SignatureExpired, WrongSigner
from boomerang.identity import NO_ID, ZERO_ADDRESS, Domain
from boomerang.relay.requests import (
    DeclineRequest,
    JoinRequest,
    MalformedRequest,
    OfferRequest,
    PublishRequest,
    Relayed,
    RevokeRequest,
    SealRequest,
    WrongPlace,
    read,
)

ALICE, BOB, CAROL = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol"))
HERE = Domain(31337, CAROL)
PLACE: dict[str, Any] = {"chain_id": HERE.chain_id, "registry": HERE.registry}
CLAUSES = Clauses(escrow=(Asset(ZERO_ADDRESS, 40), Asset(BOB, 7)), tip=Asset(ZERO_ADDRESS, 1))
CONTENT = Content(b"\x01" * 32, b"I share", CLAUSES)
KEY = CONTENT.key(ALICE, nonce=5, bond=100, cover=60)
ID = HERE.commitment_id(KEY)
OTHER = b"\x22" * 25
OWN: dict[str, Any] = {
    **PLACE,
    "committer": ALICE,
    "stake": KEY.stake,
    "content_hash": KEY.content_hash,
    "deadline": 2_000_000_000,
}
EXAMPLES: list[Relayed] = [
    PublishRequest(
        **PLACE,
        committer=ALICE,
        stake=KEY.stake,
        topic=CONTENT.topic,
        body=CONTENT.body,
        funding=b"\x02 funding",
        deadline=1 << 255,
    ),
    SealRequest(**OWN, seal=b"\x03" * 23, extra=b"more"),
    RevokeRequest(**OWN),
    OfferRequest(**OWN, target=OTHER, floor=OTHER, depth=3),
    DeclineRequest(**OWN, offering=OTHER),
    DeclineRequest(**OWN),
    JoinRequest(**OWN, ids=tuple(sorted((ID, OTHER)))),
]


def by_action(request: Relayed) -> str:
    return request.action


@pytest.fixture(params=EXAMPLES, ids=by_action)
def request_(request: pytest.FixtureRequest) -> Relayed:
    signed: Relayed = request.param.sign(dev_signer("alice"))
    return signed


def test_a_file_brings_back_what_was_signed(request_: Relayed) -> None:
    text = request_.to_json()
    again = read(text)
    assert again == request_
    assert read(text.encode()) == request_
    assert again.to_json() == text
    again.check(HERE, again.deadline)
    assert again.id == ID
    assert again.message.digest(again.domain) == request_.message.digest(request_.domain)


def test_numbers_that_readers_would_round_are_hexadecimal() -> None:
    written = json.loads(EXAMPLES[0].to_json())
    assert written["deadline"] == hex(1 << 255)
    assert written["stake"] == hex(KEY.stake)
    assert json.loads(EXAMPLES[1].to_json())["deadline"] == 2_000_000_000


def test_what_it_sends_along() -> None:
    publication = EXAMPLES[0]
    assert isinstance(publication, PublishRequest)
    assert publication.ether == 40
    assert publication.value(fee=9) == 100 + 9 + 40
    assert publication.content == CONTENT
    plain = Content(bytes(32), b"plain")
    key = plain.key(ALICE, bond=3)
    request = PublishRequest(
        **PLACE, committer=ALICE, stake=key.stake, topic=plain.topic, body=plain.body, deadline=1
    )
    assert (request.ether, request.value(fee=1)) == (0, 4)


def test_a_body_that_is_not_what_the_stake_says() -> None:
    request = EXAMPLES[0].model_copy(update={"body": b"no clauses at all"})
    assert isinstance(request, PublishRequest)
    with pytest.raises(MalformedClauses):
        request.value(0)


def test_only_the_committer_signs(request_: Relayed) -> None:
    with pytest.raises(WrongSigner) as refused:
        request_.sign(dev_signer("bob"))
    assert refused.value == WrongSigner(ALICE, BOB)
    stripped = request_.model_copy(update={"signature": b""})
    with pytest.raises(WrongSigner):
        stripped.check(HERE, 0)


def test_where_and_until_when(request_: Relayed) -> None:
    for elsewhere in (Domain(1, CAROL), Domain(31337, BOB)):
        with pytest.raises(WrongPlace) as refused:
            request_.check(elsewhere, 0)
        assert (refused.value.meant, refused.value.here) == (HERE, elsewhere)
    request_.check(HERE, request_.deadline)
    with pytest.raises(SignatureExpired) as late:
        request_.check(HERE, request_.deadline + 1)
    assert late.value == SignatureExpired(request_.deadline, request_.deadline + 1)


def test_code_may_sign_for_some_actions_only(request_: Relayed) -> None:
    """ERC-1271: what a contract signs may be anything; only the chain can tell."""
    by_code = request_.model_copy(update={"signature": b"whatever its code accepts"})
    if request_.action in ("seal", "revoke"):
        with pytest.raises(WrongSigner):
            by_code.check(HERE, 0, committer_has_code=True)
    else:
        by_code.check(HERE, 0, committer_has_code=True)
    with pytest.raises(WrongSigner):
        by_code.check(HERE, 0)


# ---------------------------------------------------------------------------------- tampering

UNSIGNED = {"funding"}
"""What a relayer may change: which permits carry tokens that the committer agreed to put up."""


def other(value: Any) -> Any:
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, list):
        return [value[0], "0x" + "ff" * 25] if value[0] == "0x" + ID.hex() else ["0x" + "00" * 25]
    if len(value) == 42:
        return BOB if value != BOB else ALICE
    digits = value[2:] or "00"
    return "0x" + digits[:-1] + ("0" if digits[-1] != "0" else "1")


def test_no_field_can_be_changed(request_: Relayed) -> None:
    """A relayer edits the file: either it no longer reads, or the signature no longer fits."""
    written = json.loads(request_.to_json())
    for name, value in written.items():
        if name in ("format", "action", *UNSIGNED):
            continue
        edited = {**written, name: other(value)}
        if name != "id":
            del edited["id"]  # else that alone would tell
        with pytest.raises((MalformedRequest, WrongSigner, WrongPlace)):
            read(json.dumps(edited)).check(HERE, 0)


def test_no_field_can_be_left_out_or_added(request_: Relayed) -> None:
    written = json.loads(request_.to_json())
    optional = {"id", "funding", "extra", "offering", "signature"}
    for name in written.keys() - optional:
        rest = {key: value for key, value in written.items() if key != name}
        with pytest.raises(MalformedRequest, match=name):
            read(json.dumps(rest))
    with pytest.raises(MalformedRequest, match="surprise: is not a field of this request"):
        read(json.dumps({**written, "surprise": 1}))


def test_one_request_is_not_another() -> None:
    """A decline cannot be passed off as a revocation, nor the reverse."""
    signed = EXAMPLES[5].sign(dev_signer("alice"))
    written = json.loads(signed.to_json())
    del written["offering"]
    written["action"] = "revoke"
    with pytest.raises(WrongSigner):
        read(json.dumps(written)).check(HERE, 0)


# --------------------------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("format", "boomerang-relay/2", "format: must be 'boomerang-relay/1'"),
        ("action", "sael", "action: must be one of publish, seal, "),
        ("action", ["seal"], "action: must be one of"),
        ("id", "0x00", "id: '0x00' is not that of the rest, which is 0x"),
        ("seal", "0x1234", "seal: must be 23 bytes, not 2"),
        ("seal", "hello", "seal: must be 0x and hexadecimal digits"),
        ("seal", "0x0g", "seal: must be 0x and hexadecimal digits"),
        ("extra", 5, "extra: must be 0x and hexadecimal digits"),
        ("deadline", -1, "deadline: must be a whole number from 0 to 2^256 - 1"),
        ("deadline", True, "deadline: must be a whole number"),
        ("deadline", 1.5, "deadline: must be a whole number"),
        ("deadline", "0xzz", "deadline: must be a whole number"),
        ("chainId", 1 << 256, "chainId: must be a whole number"),
        ("registry", "0x12", "registry: '0x12' is not an address"),
        ("registry", 5, "registry: must be an address"),
        ("committer", ALICE.replace("F6F4", "f6F4"), "has a wrong checksum"),
        ("stake", hex(3 << 56), "has a flag without meaning"),
        ("signature", None, "signature: must be 0x and hexadecimal digits"),
    ],
)
def test_what_is_wrong_is_named(field: str, value: Any, said: str) -> None:
    written = json.loads(EXAMPLES[1].to_json())
    with pytest.raises(MalformedRequest) as refused:
        read(json.dumps({**written, field: value}))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        ("[" * 100_000, "nests too deep"),
        ('{"a":' * 100_000, "nests too deep"),
        (("[" * 100_000).encode("utf-16"), "nests too deep"),
        ("\ud800", "not JSON"),
        ("[]", "a JSON object is expected"),
        ("{}", "format: must be"),
        (" " * ((1 << 20) + 1), "at most 1048576 bytes"),
    ],
)
def test_what_is_no_request(text: str | bytes, said: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read(text)
    assert said in str(refused.value)


def test_groups_are_checked_when_made() -> None:
    with pytest.raises(ValueError, match="itself must be one"):
        JoinRequest(**OWN, ids=(OTHER, b"\x23" * 25))
    with pytest.raises(ValueError, match="ascending"):
        JoinRequest(**OWN, ids=tuple(sorted((ID, OTHER), reverse=True)))


def test_what_the_functions_take() -> None:
    key = (ALICE, KEY.stake, KEY.content_hash)
    deadline = OWN["deadline"]
    signed = [example.sign(dev_signer("alice")) for example in EXAMPLES]
    funded = (b"\x02 funding", 1 << 255, signed[0].signature)
    taken = {(one.function, one.arguments()) for one in signed if one.action != "join"}
    assert taken == {
        (
            "publishFor",
            (ALICE, KEY.stake, CONTENT.topic, CONTENT.body, *funded),
        ),
        ("sealFor", (key, b"\x03" * 23, b"more", deadline, signed[1].signature)),
        ("revokeFor", (key, deadline, signed[2].signature)),
        ("offerFor", (key, OTHER, OTHER, 3, deadline, signed[3].signature)),
        ("declineFor", (key, OTHER, deadline, signed[4].signature)),
        ("declineFor", (key, NO_ID, deadline, signed[5].signature)),
    }
    ids = sorted((ID, OTHER))
    assert signed[6].arguments() == (key, ids, deadline, signed[6].signature)
    assert issubclass(MalformedRequest, InvalidInput)


def test_a_signature_is_over_what_it_says() -> None:
    """The digest of a file's request, from the file alone."""
    seal = EXAMPLES[1]
    typehash = keccak(text="SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)")
    words = typehash + ID.ljust(32, b"\0") + (b"\x03" * 23).ljust(32, b"\0") + keccak(b"more")
    struct = keccak(words + seal.deadline.to_bytes(32, "big"))
    expected = keccak(b"\x19\x01" + seal.domain.separator() + struct)
    assert seal.message.digest(seal.domain) == expected


def test_relays_import_no_chain() -> None:
    script = (
        "import sys\n"
        "import boomerang.relay.requests, boomerang.relay.messages, boomerang.relay.fundings\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(tops & {'ape', 'web3', 'pyrevm', 'eth_tester', 'eth', 'eth_account'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
