"""What is signed: types, hashes, signatures, and the bytes that fund an escrow."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from boomerang import artifacts
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import dev_signer
from boomerang.content import Asset
from boomerang.errors import InvalidInput
from boomerang.groups import group_id
from boomerang.identity import NO_ID, ZERO_ADDRESS, Domain
from boomerang.relay import fundings
from boomerang.relay.messages import (
    DeclineRequest,
    JoinRequest,
    Message,
    OfferRequest,
    Permit,
    Permit2Transfer,
    PublishRequest,
    RevokeRequest,
    SealRequest,
    SigningDomain,
    recover,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
ALICE, BOB, CAROL = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol"))
DOMAIN = SigningDomain.of_registry(Domain(31337, CAROL))
ID, OTHER = b"\x11" * 25, b"\x22" * 25

REQUESTS: dict[str, type[Message]] = {
    one.type_name: one
    for one in (
        PublishRequest,
        SealRequest,
        RevokeRequest,
        OfferRequest,
        DeclineRequest,
        JoinRequest,
    )
}
EXAMPLES: list[Message] = [
    PublishRequest(7, b"\x05" * 32, b"a body that is longer than a word" * 3, 100),
    SealRequest(ID, b"\x03" * 23, b"extra", 100),
    RevokeRequest(ID, 100),
    OfferRequest(ID, OTHER, OTHER, 2, 100),
    DeclineRequest(ID, OTHER, 100),
    JoinRequest(ID, group_id((ID, OTHER)), 100),
    Permit(ALICE, BOB, 1 << 255, 3, 100),
    Permit2Transfer((Asset(BOB, 5), Asset(CAROL, 6)), ALICE, 1 << 200, 100, ID),
]


def by_name(message: Message) -> str:
    return message.type_name


# -------------------------------------------------------------------------------------- types


def test_the_contracts_hash_the_same_structs() -> None:
    """Every request type that a contract has is here, letter for letter, and no other."""
    found = {}
    for source in CONTRACTS.glob("*.sol"):
        for text in re.findall(r'keccak256\(\s*"(\w+Request\([^"]*\))"', source.read_text()):
            found[text.partition("(")[0]] = text
    assert found == {name: one.encode_type() for name, one in REQUESTS.items()}


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "JoinRequest"])
def test_the_registrys_code_holds_the_type_hash(name: str) -> None:
    # Leading zeros are not pushed.
    wanted = REQUESTS[name].type_hash().lstrip(b"\0")
    assert wanted in artifacts.load("Boomerang").deployed_bytecode


def test_types_of_other_peoples_contracts() -> None:
    assert Permit.encode_type() == (
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    )
    # As the constant of ERC-2612's own implementations.
    assert Permit.type_hash().hex() == (
        "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9"
    )
    stub = (
        "PermitBatchWitnessTransferFrom(TokenPermissions[] permitted,address spender,"
        "uint256 nonce,uint256 deadline,"
    )
    source = (CONTRACTS / "libraries" / "Fundings.sol").read_text()
    witness = "".join(re.findall(r'WITNESS_TYPE = "([^"]*)"\s*"([^"]*)"', source)[0])
    assert Permit2Transfer.encode_type() == stub + witness


def test_separators_of_known_contracts() -> None:
    # Permit2's on Ethereum's main chain.
    assert SigningDomain.of_permit2(1).separator().hex() == (
        "866a5aba21966af95d6c7ab78eb2b2fc913915c28be3b9aa07cc04ff903e3f28"
    )
    kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    for name, domain in (
        ("Boomerang", SigningDomain.of_registry(Domain(5, BOB))),
        ("Boomerang Groups", SigningDomain.of_groups(5, BOB)),
    ):
        values = (keccak(text=kind), keccak(text=name), keccak(text="1"), 5, BOB)
        abi = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
        assert domain.separator() == keccak(encode(abi, values))


# ------------------------------------------------------------------------------------- hashes


def by_hand(message: Message) -> bytes:
    """The struct's hash from its definition, for structs without arrays or structs in them."""
    values = list(message.values().values())
    kinds = [kind for kind, _ in message.members]
    words = [keccak(v) if k == "bytes" else v for k, v in zip(kinds, values, strict=True)]
    abi = ["bytes32", *("bytes32" if kind == "bytes" else kind for kind in kinds)]
    return keccak(encode(abi, [message.type_hash(), *words]))


@pytest.mark.parametrize("message", EXAMPLES[:-1], ids=by_name)
def test_digests_by_hand(message: Message) -> None:
    expected = keccak(b"\x19\x01" + DOMAIN.separator() + by_hand(message))
    assert message.digest(DOMAIN) == expected


def test_the_permit2_digest_by_hand() -> None:
    message = EXAMPLES[-1]
    assert isinstance(message, Permit2Transfer)
    permission = keccak(text="TokenPermissions(address token,uint256 amount)")
    permitted = b"".join(
        keccak(encode(["bytes32", "address", "uint256"], [permission, a.token, a.amount]))
        for a in message.permitted
    )
    commitment = keccak(text="BoomerangCommitment(bytes25 id)")
    witness = keccak(encode(["bytes32", "bytes25"], [commitment, ID]))
    abi = ["bytes32", "bytes32", "address", "uint256", "uint256", "bytes32"]
    rest = (message.spender, message.nonce, message.deadline, witness)
    hashed = keccak(encode(abi, [message.type_hash(), keccak(permitted), *rest]))
    domain = SigningDomain.of_permit2(1)
    assert message.digest(domain) == keccak(b"\x19\x01" + domain.separator() + hashed)


@pytest.mark.parametrize("message", EXAMPLES, ids=by_name)
def test_the_signer_is_found_again(message: Message) -> None:
    signature = message.sign(DOMAIN, dev_signer("alice"))
    assert message.recover(DOMAIN, signature) == ALICE


@pytest.mark.parametrize("message", EXAMPLES, ids=by_name)
def test_every_field_is_signed(message: Message) -> None:
    def changed(value: Any) -> Any:
        if isinstance(value, int):
            return value ^ 1
        if isinstance(value, str):
            return ZERO_ADDRESS
        if isinstance(value, tuple):
            return (*value[:-1], Asset(value[-1].token, value[-1].amount ^ 1))
        return bytes([value[0] ^ 1]) + value[1:]

    fields = type(message).__slots__
    digests = {message.digest(DOMAIN)}
    for name in fields:
        other = replace(message, **{name: changed(getattr(message, name))})  # type: ignore[type-var]
        digests.add(other.digest(DOMAIN))
    places = [
        replace(DOMAIN, name="Bumerang"),
        replace(DOMAIN, version="2"),
        replace(DOMAIN, version=None),
        replace(DOMAIN, chain_id=1),
        replace(DOMAIN, contract=ALICE),
    ]
    digests |= {message.digest(place) for place in places}
    assert len(digests) == 1 + len(fields) + len(places)


# --------------------------------------------------------------------------------- signatures


def test_what_is_no_signature_is_nobodys() -> None:
    message = EXAMPLES[1]
    good = message.sign(DOMAIN, dev_signer("alice"))
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = int.from_bytes(good[32:64], "big")
    # The same point, written with the other half: ECDSA would take it, OpenZeppelin does not.
    twin = good[:32] + (order - s).to_bytes(32, "big") + bytes([55 - good[64]])
    bad = [b"", good[:64], good + b"\0", good[:64] + b"\0", good[:64] + b"\x1d", twin]
    bad += [bytes(64) + b"\x1b", b"\xff" * 32 + good[32:]]
    assert {message.recover(DOMAIN, one) for one in bad} == {ZERO_ADDRESS}
    assert recover(message.digest(DOMAIN), good) == ALICE


# ----------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "make",
    [
        lambda: PublishRequest(-1, bytes(32), b"", 0),
        lambda: PublishRequest(1 << 256, bytes(32), b"", 0),
        lambda: PublishRequest(0, b"", b"", 0),
        lambda: PublishRequest(0, bytes(32), "text", 0),  # type: ignore[arg-type]
        lambda: PublishRequest(0, bytes(32), b"", -1),
        lambda: SealRequest(ID[:-1], bytes(23), b"", 0),
        lambda: SealRequest(ID, bytes(24), b"", 0),
        lambda: RevokeRequest(ID, 1 << 256),
        lambda: OfferRequest(ID, OTHER, OTHER, 256, 0),
        lambda: OfferRequest(ID, b"", OTHER, 0, 0),
        lambda: DeclineRequest(ID, b"", 0),
        lambda: JoinRequest(ID, ID, 0),
        lambda: Permit(ALICE.lower(), BOB, 0, 0, 0),
        lambda: Permit2Transfer((), ALICE, 0, 0, ID),
        lambda: Permit2Transfer((Asset(ZERO_ADDRESS, 1),), ALICE, 0, 0, ID),
        lambda: SigningDomain("x", "1", -1, ALICE),
        lambda: SigningDomain("x", "1", 1, "0x12"),
    ],
)
def test_what_does_not_fit_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput):
        make()


def test_declining_all() -> None:
    assert DeclineRequest(ID, NO_ID, 0).declines_all
    assert not DeclineRequest(ID, OTHER, 0).declines_all


# ------------------------------------------------------------------------------------ fundings


def signed_permits(count: int) -> list[fundings.SignedPermit]:
    token = SigningDomain("Token", "1", 1, BOB)
    return [
        fundings.SignedPermit.sign(Permit(ALICE, BOB, n, 0, 100), token, dev_signer("alice"))
        for n in range(1, count + 1)
    ]


def test_fundings_can_be_read_back() -> None:
    permits = signed_permits(3)
    assert fundings.read(fundings.by_permits(permits)) == tuple(permits)
    transfer = EXAMPLES[-1]
    assert isinstance(transfer, Permit2Transfer)
    signed = fundings.SignedPermit2.sign(transfer, 5, dev_signer("alice"))
    assert fundings.read(fundings.by_permit2(signed)) == signed
    assert transfer.recover(SigningDomain.of_permit2(5), signed.signature) == ALICE
    assert fundings.read(fundings.ALLOWANCES) is None


def test_fundings_as_the_contract_reads_them() -> None:
    (permit,) = signed_permits(1)
    r, s, v = permit.signature[:32], permit.signature[32:64], permit.signature[64]
    words = encode(["uint256", "uint256"] * 2, [0x20, 1, 1, 100])
    assert fundings.by_permits([permit]) == b"\x01" + words + bytes(31) + bytes([v]) + r + s
    one = fundings.SignedPermit2(7, 8, b"\x09" * 65)
    head = encode(["uint256"] * 4, [7, 8, 0x60, 65])
    assert fundings.by_permit2(one) == b"\x02" + head + b"\x09" * 65 + bytes(31)


def test_ether_needs_no_funding() -> None:
    assets = (Asset(ZERO_ADDRESS, 1), Asset(ALICE, 2))
    assert fundings.tokens(assets) == assets[1:]


def test_malformed_fundings() -> None:
    good = fundings.by_permits(signed_permits(2))
    two = fundings.by_permit2(fundings.SignedPermit2(1, 2, b"signature"))
    cases = [b"\x00", b"\x03", b"\x01", b"\x02", good[:-1], good + b"\0", two[:-1], two + bytes(32)]
    cases += [b"\x02" + good[1:], two[:-1] + b"\1"]
    for bad in cases:
        with pytest.raises(InvalidInput):
            fundings.read(bad)
    with pytest.raises(InvalidInput):
        fundings.by_permits([])
    with pytest.raises(InvalidInput):
        fundings.SignedPermit(1, 2, b"too short")
    with pytest.raises(InvalidInput):
        fundings.SignedPermit2(1, 2, bytes(0x10000))
