"""Publishing by signature: the sender pays bond, fee and ether; tokens come from the committer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from boomerang import errors
from boomerang.chains.base import CallReverted, Tx
from boomerang.chains.embedded import EmbeddedChain
from boomerang.chains.signers import dev_signer
from boomerang.client import Registry, permits
from boomerang.client.events import Published
from boomerang.content import Asset, Content
from boomerang.identity import Opening, new_salt
from boomerang.parameters import Parameters
from boomerang.relay import fundings
from boomerang.relay.messages import PERMIT2, Permit, Permit2Transfer, SigningDomain
from boomerang.relay.requests import SealRequest
from relay.stage import (
    ALICE,
    BOB,
    BOND,
    CAROL,
    DAVE,
    ETHER,
    FEE,
    FOREVER,
    MALLORY,
    SIGNER,
    TOKEN,
    Relays,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.chains.base import Chain
    from boomerang.identity import Key

PLAIN = Content(bytes(32), b"I say so")


@pytest.fixture(scope="module")
def stage() -> Relays:
    return Relays()


@pytest.fixture(autouse=True)
def _anew(stage: Relays) -> Any:
    start = stage.chain.snapshot()
    yield
    stage.chain.restore(start)


# ----------------------------------------------------------------------------- without clauses


def test_bob_pays_and_alice_has_published(stage: Relays) -> None:
    key = stage.key(PLAIN)
    request = stage.publication(PLAIN, key)
    had = {who: stage.chain.balance(who) for who in (ALICE, BOB)}
    done = stage.registry.relay(request, sender=BOB)
    (event,) = done.events
    assert isinstance(event, Published)
    assert (event.id, event.key) == (request.id, key)
    assert stage.chain.balance(BOB) == had[BOB] - BOND - FEE
    assert stage.chain.balance(ALICE) == had[ALICE]
    # The bond is hers from now on.
    stage.registry.revoke(key)
    assert stage.chain.balance(ALICE) == had[ALICE] + BOND


def test_the_deadlines_second_is_the_last(stage: Relays) -> None:
    now = stage.chain.now()
    request = stage.publication(PLAIN, stage.key(PLAIN), deadline=now + 5)
    late = stage.publication(PLAIN, stage.key(PLAIN), deadline=now + 5)
    stage.at(now + 5, stage.registry.tx_relay(request, sender=BOB))
    with pytest.raises(errors.SignatureExpired) as refused:
        stage.at(now + 6, stage.registry.tx_relay(late, sender=BOB))
    assert refused.value == errors.SignatureExpired(now + 5, now + 6)


def test_a_replay_finds_it_published(stage: Relays) -> None:
    request = stage.publication(PLAIN, stage.key(PLAIN))
    stage.registry.relay(request, sender=BOB)
    with pytest.raises(errors.AlreadyPublished) as refused:
        stage.registry.relay(request, sender=MALLORY)
    assert refused.value == errors.AlreadyPublished(request.id)


def test_neither_another_chain_nor_another_registry(stage: Relays) -> None:
    request = stage.publication(PLAIN, stage.key(PLAIN))
    twin = Relays(EmbeddedChain(chain_id=1))
    assert twin.registry.address == stage.registry.address
    neighbour = Registry.deploy(stage.chain, Parameters(fee=FEE), sender=CAROL)
    for elsewhere in (twin, Relays(stage.chain, neighbour)):
        with pytest.raises(errors.WrongSigner):
            elsewhere.raw(request)
    stage.raw(request)


def other(value: Any) -> Any:
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, str):
        return MALLORY
    return bytes([value[0] ^ 1]) + value[1:] if value else b"\x01"


@pytest.mark.parametrize("field", ["committer", "stake", "topic", "body", "deadline", "signature"])
def test_the_sender_changes_nothing(stage: Relays, field: str) -> None:
    request = stage.publication(PLAIN, stage.key(PLAIN), deadline=FOREVER - 1)
    changed = request.model_copy(update={field: other(getattr(request, field))})
    with pytest.raises(errors.WrongSigner):
        stage.raw(changed)
    stage.raw(request)


@pytest.mark.parametrize("off", [-1, 1])
def test_the_sender_pays_exactly(stage: Relays, off: int) -> None:
    tx = stage.registry.tx_relay(stage.publication(PLAIN, stage.key(PLAIN)), sender=BOB)
    with pytest.raises(errors.WrongValue) as refused:
        stage.done(Tx(tx.sender, tx.to, tx.data, tx.value + off))
    assert refused.value == errors.WrongValue(BOND + FEE + off, BOND + FEE)


def test_the_client_refuses_before_it_sends(stage: Relays) -> None:
    head = stage.chain.head()
    expired = stage.publication(PLAIN, stage.key(PLAIN), deadline=head.time - 1)
    foreign = stage.publication(PLAIN, stage.key(PLAIN), signer=dev_signer("bob"))
    with pytest.raises(errors.SignatureExpired):
        stage.registry.relay(expired, sender=BOB)
    with pytest.raises(errors.WrongSigner):
        stage.registry.relay(foreign, sender=BOB)
    assert stage.chain.head() == head


# -------------------------------------------------------------------------------- with escrows


def by_allowance(stage: Relays, key: Key, content: Content) -> bytes:
    for asset in tokens_of(content):
        stage.approve(asset.token, key.committer, stage.enforcer, asset.amount)
    return fundings.ALLOWANCES


def by_permits(stage: Relays, key: Key, content: Content) -> bytes:
    deadline = stage.chain.now() + 1000
    return permits.by_permits(stage.registry, tokens_of(content), ALICE, deadline, SIGNER)


def by_permit2(stage: Relays, key: Key, content: Content) -> bytes:
    stage.let_permit2(ALICE, *(asset.token for asset in tokens_of(content)))
    deadline = stage.chain.now() + 1000
    return permits.by_permit2(stage.registry, key, tokens_of(content), deadline, SIGNER)


def tokens_of(content: Content) -> tuple[Asset, ...]:
    assert content.clauses is not None
    return fundings.tokens(content.clauses.escrow)


WAYS = [by_allowance, by_permits, by_permit2]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_relayed_escrow_is_executed_in_the_end(
    stage: Relays, way: Callable[[Relays, Key, Content], bytes], count: int
) -> None:
    """From the signature to the payment Alice sends nothing (but an allowance, if she likes)."""
    tokens = stage.tokens(ALICE, count)
    content = stage.content(*tokens)
    key = stage.key(content)
    request = stage.publication(content, key, way(stage, key, content))
    had = stage.chain.balance(BOB), stage.chain.balance(ALICE), stage.chain.balance(DAVE)
    stage.registry.relay(request, sender=BOB)
    assert stage.chain.balance(BOB) == had[0] - BOND - FEE - ETHER
    assert stage.chain.balance(stage.enforcer) == ETHER
    assert [stage.balance(token, stage.enforcer) for token in tokens] == [7] * count
    freeze = stage.chain.now() + stage.registry.parameters().period

    opening = Opening(b"\x01", new_salt())
    seal = stage.registry.domain.seal(key, opening.decision, opening.salt)
    sealing = SealRequest(**stage.own(key), seal=seal, deadline=freeze).sign(SIGNER)
    stage.at(freeze - 1, stage.registry.tx_relay(sealing, sender=BOB))
    stage.at(freeze, stage.registry.tx_reveal(key, opening, sender=BOB))
    stage.registry.enforcer.execute(request.id, sender=BOB)
    assert [stage.balance(token, DAVE) for token in tokens] == [7] * count
    assert [stage.balance(token, stage.enforcer) for token in tokens] == [0] * count
    assert stage.chain.balance(ALICE) == had[1] + BOND
    assert stage.chain.balance(DAVE) == had[2] + ETHER


@pytest.mark.parametrize("way", WAYS)
def test_ones_own_publication_is_funded_alike(
    stage: Relays, way: Callable[[Relays, Key, Content], bytes]
) -> None:
    content = stage.content(*stage.tokens(ALICE))
    key = stage.key(content)
    funding = way(stage, key, content)
    made = stage.registry.publish(
        content, bond=BOND, nonce=key.nonce, funding=funding, sender=ALICE
    )
    assert made.commitment.key == key
    for asset in tokens_of(content):
        assert stage.balance(asset.token, stage.enforcer) == asset.amount


def test_ether_alone_needs_no_funding(stage: Relays) -> None:
    content = stage.content()
    stage.registry.relay(stage.publication(content, stage.key(content)), sender=BOB)
    assert stage.chain.balance(stage.enforcer) == ETHER


@pytest.mark.parametrize("off", [-1, 1])
def test_the_senders_ether_is_exactly_the_escrows(stage: Relays, off: int) -> None:
    content = stage.content()
    tx = stage.registry.tx_relay(stage.publication(content, stage.key(content)), sender=BOB)
    with pytest.raises(errors.WrongEscrow) as refused:
        stage.done(Tx(tx.sender, tx.to, tx.data, tx.value + off))
    assert refused.value == errors.WrongEscrow(ETHER + off, ETHER)


def test_tokens_never_come_from_the_sender(stage: Relays) -> None:
    (token,) = stage.tokens(BOB, 1)
    stage.approve(token, BOB, stage.enforcer, FOREVER)
    content = stage.content(token)
    with pytest.raises(errors.ERC20InsufficientAllowance):
        stage.raw(stage.publication(content, stage.key(content)))
    assert stage.balance(token, BOB) == 10**21


# ------------------------------------------------------------------------------------- permits


def send_permit(stage: Relays, token: str, funding: bytes, sender: str) -> None:
    read = fundings.read(funding)
    assert isinstance(read, tuple)
    (permit,) = read
    r, s, v = permit.signature[:32], permit.signature[32:64], permit.signature[64]
    values = (ALICE, stage.enforcer, permit.value, permit.deadline, v, r, s)
    stage.done(Tx(sender, token, TOKEN.functions["permit"].encode(*values)))


def test_a_permit_that_was_sent_ahead_does_no_harm(stage: Relays) -> None:
    """Mallory sees the publication coming and uses up its permit: then the allowance is there."""
    (token,) = stage.tokens(ALICE, 1)
    content = stage.content(token)
    key = stage.key(content)
    funding = by_permits(stage, key, content)
    send_permit(stage, token, funding, MALLORY)
    stage.registry.relay(stage.publication(content, key, funding), sender=BOB)
    assert stage.balance(token, stage.enforcer) == 7


def test_a_permit_is_good_once(stage: Relays) -> None:
    (token,) = stage.tokens(ALICE, 1)
    content = stage.content(token)
    key = stage.key(content)
    funding = by_permits(stage, key, content)
    stage.raw(stage.publication(content, key, funding))
    with pytest.raises(errors.ERC20InsufficientAllowance):
        stage.raw(stage.publication(content, stage.key(content), funding))


@pytest.mark.parametrize("broken", ["signer", "deadline", "nonce", "spender", "chain"])
def test_permits_that_do_not_fit_leave_no_allowance(stage: Relays, broken: str) -> None:
    (token,) = stage.tokens(ALICE, 1)
    content = stage.content(token)
    domain = permits.domain_of(stage.chain, token)
    values: dict[str, Any] = {"spender": stage.enforcer, "nonce": 0, "deadline": FOREVER}
    signer = SIGNER
    if broken == "signer":
        signer = dev_signer("bob")
    elif broken == "chain":
        domain = SigningDomain(domain.name, domain.version, 1, token)
    else:
        values[broken] = {"spender": BOB, "nonce": 1, "deadline": stage.chain.now()}[broken]
    permit = Permit(owner=ALICE, value=7, **values)
    funding = fundings.by_permits([fundings.SignedPermit.sign(permit, domain, signer)])
    with pytest.raises(errors.ERC20InsufficientAllowance):
        stage.raw(stage.publication(content, stage.key(content), funding))


def test_a_permit_for_each_token(stage: Relays) -> None:
    tokens = stage.tokens(ALICE)
    content = stage.content(*tokens)
    key = stage.key(content)
    both = fundings.read(by_permits(stage, key, content))
    assert isinstance(both, tuple)
    for some in (both[:1], (*both, both[0])):
        with pytest.raises(errors.MalformedFunding):
            stage.raw(stage.publication(content, key, fundings.by_permits(some)))


# ------------------------------------------------------------------------------------- Permit2

# Of Permit2's own; it is not ours to name them.
INVALID_SIGNER = keccak(text="InvalidSigner()")[:4]
INVALID_NONCE = keccak(text="InvalidNonce()")[:4]
EXPIRED = keccak(text="SignatureExpired(uint256)")[:4]


def transfer_of(stage: Relays, key: Key, content: Content, **values: Any) -> Permit2Transfer:
    fields: dict[str, Any] = {
        "permitted": tokens_of(content),
        "spender": stage.enforcer,
        "nonce": 1,
        "deadline": FOREVER,
        "id": stage.registry.domain.commitment_id(key),
    }
    return Permit2Transfer(**{**fields, **values})


def test_a_permit2_signature_is_for_one_commitment(stage: Relays) -> None:
    """Mallory takes the signature for another of Alice's publications, which she also signed."""
    content = stage.content(*stage.tokens(ALICE))
    key, second = stage.key(content), stage.key(content)
    funding = by_permit2(stage, key, content)
    with pytest.raises(errors.UnknownRevert) as refused:
        stage.raw(stage.publication(content, second, funding), sender=MALLORY)
    assert refused.value.data[:4] == INVALID_SIGNER
    stage.raw(stage.publication(content, key, funding))


def test_a_permit2_signature_is_good_once(stage: Relays) -> None:
    content = stage.content(*stage.tokens(ALICE))
    key, second = stage.key(content), stage.key(content)
    stage.let_permit2(ALICE, *(asset.token for asset in tokens_of(content)))
    made = [
        permits.by_permit2(stage.registry, one, tokens_of(content), FOREVER, SIGNER, nonce=9)
        for one in (key, second)
    ]
    stage.raw(stage.publication(content, key, made[0]))
    with pytest.raises(errors.UnknownRevert) as refused:
        stage.raw(stage.publication(content, second, made[1]))
    assert refused.value.data == INVALID_NONCE


@pytest.mark.parametrize("what", ["amount", "token", "spender", "nonce", "id", "chain", "signer"])
def test_a_permit2_signature_is_for_exactly_this(stage: Relays, what: str) -> None:
    tokens = stage.tokens(ALICE)
    stage.let_permit2(ALICE, *tokens)
    content = stage.content(*tokens)
    key = stage.key(content)
    values: dict[str, dict[str, Any]] = {
        "amount": {"permitted": (Asset(tokens[0], 8), Asset(tokens[1], 7))},
        "token": {"permitted": (Asset(tokens[1], 7), Asset(tokens[0], 7))},
        "spender": {"spender": MALLORY},
        "nonce": {"nonce": 2},
        "id": {"id": b"\x01" * 25},
    }
    transfer = transfer_of(stage, key, content, **values.get(what, {}))
    chain_id = 1 if what == "chain" else stage.chain.chain_id
    signer = dev_signer("bob") if what == "signer" else SIGNER
    one = fundings.SignedPermit2.sign(transfer, chain_id, signer)
    funding = fundings.by_permit2(fundings.SignedPermit2(1, one.deadline, one.signature))
    with pytest.raises(errors.UnknownRevert) as refused:
        stage.raw(stage.publication(content, key, funding))
    assert refused.value.data == INVALID_SIGNER
    good = fundings.SignedPermit2.sign(
        transfer_of(stage, key, content), stage.chain.chain_id, SIGNER
    )
    stage.raw(stage.publication(content, key, fundings.by_permit2(good)))


def test_a_permit2_deadline(stage: Relays) -> None:
    content = stage.content(*stage.tokens(ALICE))
    stage.let_permit2(ALICE, *(asset.token for asset in tokens_of(content)))
    key, now = stage.key(content), stage.chain.now()
    funding = permits.by_permit2(stage.registry, key, tokens_of(content), now + 1, SIGNER)
    tx = stage.registry.tx_relay(stage.publication(content, key, funding), sender=BOB)
    with pytest.raises(errors.UnknownRevert) as refused:
        stage.at(now + 2, tx)
    assert refused.value.data[:4] == EXPIRED


def test_nobody_but_the_enforcer_uses_a_permit2_signature(stage: Relays) -> None:
    """Mallory calls Permit2 herself, with herself as the receiver: she is not the spender."""
    (token,) = stage.tokens(ALICE, 1)
    content = stage.content(token)
    key = stage.key(content)
    read = fundings.read(by_permit2(stage, key, content))
    assert isinstance(read, fundings.SignedPermit2)
    stub = (
        "permitWitnessTransferFrom(((address,uint256)[],uint256,uint256),(address,uint256)[],"
        "address,bytes32,string,bytes)"
    )
    witness_hash = keccak(
        keccak(text="BoomerangCommitment(bytes25 id)")
        + stage.registry.domain.commitment_id(key).ljust(32, b"\0")
    )
    witness_type = (
        "BoomerangCommitment witness)BoomerangCommitment(bytes25 id)"
        "TokenPermissions(address token,uint256 amount)"
    )
    kinds = stub[stub.index("(") + 1 : -1]
    arguments = encode(
        [f"({kinds})"],
        [
            (
                ([(token, 7)], read.nonce, read.deadline),
                [(MALLORY, 7)],
                ALICE,
                witness_hash,
                witness_type,
                read.signature,
            )
        ],
    )[32:]
    theft = Tx(MALLORY, PERMIT2, keccak(text=stub)[:4] + arguments)
    with pytest.raises(errors.UnknownRevert) as refused:
        stage.done(theft)
    assert refused.value.data == INVALID_SIGNER
    assert stage.balance(token, MALLORY) == 0
    # The same call from the enforcer would do: it is the sender that is wrong, nothing else.
    stage.chain.set_balance(stage.enforcer, 1)
    stage.done(Tx(stage.enforcer, PERMIT2, theft.data))
    assert stage.balance(token, MALLORY) == 7


def test_without_permit2_its_funding_is_refused() -> None:
    bare = Relays()
    bare.chain.set_code(PERMIT2, b"")
    content = bare.content(*bare.tokens(ALICE, 1))
    key = bare.key(content)
    with pytest.raises(permits.NoPermit2):
        by_permit2(bare, key, content)
    funding = fundings.by_permit2(fundings.SignedPermit2(1, FOREVER, bytes(65)))
    with pytest.raises(errors.MalformedFunding):
        bare.raw(bare.publication(content, key, funding))


@pytest.mark.parametrize(
    "funding",
    [
        b"\x00",
        b"\x03",
        b"\x01",
        b"\x02",
        b"\x01" + bytes(64),
        b"\x02" + bytes(128),
        b"\x02" + b"\xff" * 160,
    ],
)
def test_malformed_fundings_are_refused(stage: Relays, funding: bytes) -> None:
    content = stage.content(*stage.tokens(ALICE, 1))
    key = stage.key(content)
    by_allowance(stage, key, content)
    with pytest.raises(errors.MalformedFunding):
        stage.raw(stage.publication(content, key, funding))


@pytest.mark.parametrize("way", [by_permits, by_permit2])
def test_a_funding_cannot_be_cut_or_padded(
    stage: Relays, way: Callable[[Relays, Key, Content], bytes]
) -> None:
    content = stage.content(*stage.tokens(ALICE))
    key = stage.key(content)
    funding = way(stage, key, content)
    for changed in (funding[:-1], funding + b"\0", funding[:-32], funding + bytes(32)):
        with pytest.raises(errors.MalformedFunding):
            stage.raw(stage.publication(content, key, changed))
    stage.raw(stage.publication(content, key, funding))


def test_another_funding_takes_no_more_than_was_agreed(stage: Relays) -> None:
    """The funding is not signed: a sender may leave it out, and use an allowance that is there."""
    (token,) = stage.tokens(ALICE, 1)
    content = stage.content(token)
    key = stage.key(content)
    funding = by_permits(stage, key, content)
    stage.approve(token, ALICE, stage.enforcer, 100)
    request = stage.publication(content, key, funding)
    stage.raw(request.model_copy(update={"funding": b""}))
    assert stage.balance(token, stage.enforcer) == 7
    assert stage.balance(token, ALICE) == 10**21 - 7


# ---------------------------------------------------------------------------- domains of tokens


class Answers:
    """A chain on which one contract answers what it is told to, and reverts otherwise."""

    chain_id = 5

    def __init__(self, **answers: bytes) -> None:
        self.answers = {keccak(text=f"{name}()")[:4]: said for name, said in answers.items()}

    def call(self, tx: Tx, at: int | None = None) -> bytes:
        if tx.data not in self.answers:
            raise CallReverted(b"")
        return self.answers[tx.data]


def domain_on(**answers: bytes) -> SigningDomain:
    return permits.domain_of(Answers(**answers), DAVE)  # type: ignore[arg-type]


def text(value: str) -> bytes:
    return encode(["string"], [value])


def told(fields: bytes = b"\x0f", extensions: tuple[int, ...] = ()) -> bytes:
    kinds = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
    return encode(kinds, [fields, "Gold", "3", 5, DAVE, bytes(32), list(extensions)])


def test_the_domain_of_a_token_that_tells(stage: Relays) -> None:
    (token,) = stage.tokens(ALICE, 1)
    assert permits.domain_of(stage.chain, token) == SigningDomain("Gold", "1", 31337, token)
    assert domain_on(eip712Domain=told()) == SigningDomain("Gold", "3", 5, DAVE)


def test_the_domain_of_a_token_that_has_but_a_name() -> None:
    first, second = SigningDomain("Gold", "1", 5, DAVE), SigningDomain("Gold", "2", 5, DAVE)
    assert domain_on(DOMAIN_SEPARATOR=first.separator(), name=text("Gold")) == first
    versioned = {"DOMAIN_SEPARATOR": second.separator(), "version": text("2")}
    assert domain_on(name=text("Gold"), **versioned) == second


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"name": text("Gold")},
        {"DOMAIN_SEPARATOR": bytes(32)},
        {"DOMAIN_SEPARATOR": bytes(32), "name": text("Gold")},
        {"DOMAIN_SEPARATOR": bytes(5), "name": text("Gold")},
        {"eip712Domain": told(), "DOMAIN_SEPARATOR": bytes(32)},
        {"eip712Domain": told(fields=b"\x1f")},
        {"eip712Domain": told(extensions=(712,))},
    ],
)
def test_what_has_no_domain_takes_no_permits(answers: dict[str, bytes]) -> None:
    with pytest.raises(permits.NoPermits):
        domain_on(**answers)


def test_a_token_that_counts_no_permits(stage: Relays) -> None:
    (token,) = stage.tokens(ALICE, 1)
    with pytest.raises(permits.NoPermits, match="counts none"):
        permits.by_permits(
            _WithoutNonces(stage.registry), [Asset(token, 1)], ALICE, FOREVER, SIGNER
        )
    content = stage.content(stage.impostor(b""))
    with pytest.raises(permits.NoPermits):
        by_permits(stage, stage.key(content), content)


class _WithoutNonces(Registry):
    """The same registry on a chain whose tokens know no nonces."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(registry.chain, registry.address)
        self.chain = _Forgetful(registry.chain)  # type: ignore[assignment]


class _Forgetful:
    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.chain_id = chain.chain_id

    def call(self, tx: Tx, at: int | None = None) -> bytes:
        if tx.data[:4] == keccak(text="nonces(address)")[:4]:
            raise CallReverted(b"")
        return self._chain.call(tx, at)


def test_permit2_is_asked_for_nothing_when_there_are_no_tokens(stage: Relays) -> None:
    content = stage.content()
    with pytest.raises(errors.InvalidInput):
        by_permit2(stage, stage.key(content), content)
