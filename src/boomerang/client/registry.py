"""A registry on a chain, as Python: typed actions, typed views, and its history.

    registry = Registry.deploy(chain, Parameters(period=60), sender=alice)
    a1 = registry.publish(Content(statement=b"Dare"), bond=100, sender=alice).commitment
    opening = Opening(encode(parse("keep", {})), new_salt())
    registry.seal(a1, registry.domain.seal(a1.key, opening.decision, opening.salt))

Each action sends one transaction and waits for it: it returns a `Done`, or raises the registry's
own error (`boomerang.errors`). `tx_…` builds the same transaction without sending it, for those who
put several into one block; `outcome` then reads the receipt.

An action on one's own commitment is sent by its committer, any other by the registry's `sender`;
`sender=` overrides both. Times are Unix seconds, amounts wei, ids 25 bytes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from boomerang.chains.base import CallReverted, Tx
from boomerang.client.abi import UnexpectedAnswer
from boomerang.client.contracts import GROUPS, REGISTRY, Contracts, interface
from boomerang.client.enforcer import Enforcer
from boomerang.client.events import Published
from boomerang.client.groups import Groups
from boomerang.client.records import Record
from boomerang.client.state import Commitment, State
from boomerang.content import Content
from boomerang.errors import InvalidInput, UnknownCommitment, decode_error
from boomerang.identity import NONCE_BITS, Domain, Key, Opening, address
from boomerang.model import Obstacle, Offer, Phase, Resolution, Standing
from boomerang.parameters import Parameters
from boomerang.relay import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.chains.base import Chain, Receipt, Signer
    from boomerang.client.events import Event
    from boomerang.client.requests import Requests
    from boomerang.relay.requests import Request

PARAMETER_NAMES = (
    *("period", "seal_delay", "reveal_window", "offer_cutoff", "decline_delay"),
    *("max_depth", "draw_delay", "exposer_share", "min_bond", "fee"),
)
"""In the order of the ABI's struct."""


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was accepted: its receipt, and what the registry and its parts logged."""

    receipt: Receipt
    events: tuple[Event, ...]

    @property
    def gas_used(self) -> int:
        """What the transaction paid for."""
        return self.receipt.gas_used


@dataclass(frozen=True, slots=True)
class Publication(Done):
    """A publication: with the commitment that it made."""

    commitment: Commitment


@dataclass(frozen=True, slots=True)
class Status:
    """The current phase, and when it next changes by itself at the latest (0: never again)."""

    phase: Phase
    next_deadline: int


@dataclass(frozen=True, slots=True)
class Resolvable:
    """Whether `resolve` would settle a commitment now, and the first that it waits for."""

    now: bool
    waits_for: bytes | None


class Registry:
    """A registry at an address.

    `sender` sends what belongs to nobody in particular: by default the signer's account, else the
    chain's first. With a `signer` every transaction is signed by it, and its account must be the
    sender; without one the chain must hold the senders' keys.
    """

    def __init__(
        self,
        chain: Chain,
        registry: str,
        signer: Signer | None = None,
        *,
        sender: str | None = None,
    ) -> None:
        self.chain = chain
        self.address = address(registry)
        self.contracts = Contracts(self.address)
        self.domain = Domain(chain.chain_id, self.address)
        self.signer = signer
        self._sender = sender
        self._parameters: Parameters | None = None
        self._eip712: dict[str, Any] | None = None

    @classmethod
    def deploy(
        cls,
        chain: Chain,
        parameters: Parameters | None = None,
        sender: str | None = None,
        signer: Signer | None = None,
    ) -> Self:
        """Deploy one. `sender` as in the class. Raises BadParameter and the chain's errors."""
        parameters = parameters or Parameters()
        who = sender or (signer.address if signer else chain.accounts()[0])
        receipt = chain.send(cls.tx_deploy(who, parameters), signer)
        if not receipt.ok or receipt.contract is None:
            raise decode_error(receipt.output)
        registry = cls(chain, receipt.contract, signer, sender=sender)
        registry._parameters = parameters
        return registry

    @staticmethod
    def tx_deploy(sender: str, parameters: Parameters) -> Tx:
        """The transaction that creates a registry."""
        values = tuple(getattr(parameters, name) for name in PARAMETER_NAMES)
        return Tx(sender, None, interface().creation(values))

    @property
    def sender(self) -> str:
        """Who sends what belongs to nobody in particular."""
        if self._sender is None:
            self._sender = self.signer.address if self.signer else self.chain.accounts()[0]
        return self._sender

    def with_signer(self, signer: Signer) -> Registry:
        """The same registry for another account."""
        other = Registry(self.chain, self.address, signer)
        other._parameters = self._parameters
        return other

    # ----------------------------------------------------------------------------- sending

    def send(self, tx: Tx) -> Done:
        """Send one transaction of this registry. Raises its error where it is refused."""
        if self.signer is not None and self.signer.address != tx.sender:
            raise InvalidInput(f"{tx.sender} must send this; the signer is {self.signer.address}")
        try:
            receipt = self.chain.send(tx, self.signer)
        except CallReverted as error:
            raise decode_error(error.data) from None
        return self.outcome(receipt)

    def outcome(self, receipt: Receipt) -> Done:
        """What became of a transaction that was mined. Raises the registry's error."""
        if not receipt.ok:
            raise decode_error(receipt.output)
        return Done(receipt, self.read(receipt))

    def read(self, receipt: Receipt) -> tuple[Event, ...]:
        """The events of this registry and its parts in a receipt."""
        return tuple(self.contracts.read(receipt.logs))

    @cached_property
    def groups(self) -> Groups:
        """Its groups: where commitments that condition on one another join and are resolved."""
        return Groups(self)

    @cached_property
    def enforcer(self) -> Enforcer:
        """Its enforcer, which holds escrows and executes."""
        return Enforcer(self)

    def _tx(self, sender: str, function: str, *values: Any, value: int = 0) -> Tx:
        data = interface().functions[function].encode(*values)
        return Tx(sender, self.address, data, value)

    # -------------------------------------------------------------------------- publishing

    def publish(
        self,
        content: Content,
        *,
        bond: int = 0,
        cover: int = 0,
        nonce: int | None = None,
        funding: bytes = b"",
        sender: str | None = None,
    ) -> Publication:
        """Publish a commitment, sending bond + fee and the escrow's ether. A nonce is drawn at
        random where none is given, so that two equal commitments of one account differ.

        Tokens of the escrow come by allowances given to the enforcer before (`enforcer.approve`),
        or as `funding` says (`boomerang.relay.fundings`). What would certainly be refused is not
        sent (`check_publication`).
        """
        who = sender or self.sender
        key = content.key(who, new_nonce() if nonce is None else nonce, bond, cover)
        self.check_publication(content, who, funding)
        done = self.send(self.tx_publish(key, content, funding=funding))
        commitment = self.commitment(key, content, done.receipt)
        return Publication(done.receipt, done.events, commitment)

    def check_publication(self, content: Content, committer: str, funding: bytes = b"") -> None:
        """Refuse clauses that could not be published now: the errors of `Content.check`, and
        NotFunded where the committer's tokens or allowances do not cover the escrow.
        """
        if content.clauses is None:
            return
        content.check(self.earliest_deadline(self.chain.now()), self.contracts.enforcer)
        self.enforcer.check_funds(committer, content.clauses.escrow, by_allowance=not funding)

    def earliest_deadline(self, published: int) -> int:
        """The earliest deadline of calls in a content that is published at that second: the
        commitment's latest resolution.
        """
        p = self.parameters()
        forward = (2 * p.max_depth + 1) * (p.period - p.offer_cutoff)
        return published + p.period + forward + p.reveal_window

    def tx_publish(
        self, key: Key, content: Content, *, value: int | None = None, funding: bytes = b""
    ) -> Tx:
        """`content.key(…)` makes the key; `value` replaces bond, fee and the escrow's ether."""
        if value is None:
            ether = content.clauses.escrowed_ether if content.clauses else 0
            value = key.bond + self.parameters().fee + ether
        words = (key.committer, key.stake, content.topic, content.body)
        return self.tx_publish_raw(*words, value, funding)

    def tx_publish_raw(
        self,
        sender: str,
        stake: int,
        topic: bytes,
        body: bytes,
        value: int | None = None,
        funding: bytes = b"",
    ) -> Tx:
        """With any words at all: what makes no sense is the registry's to refuse. Without `value`,
        bond and fee are sent.
        """
        if value is None:
            value = (stake >> 64 & (1 << 96) - 1) + self.parameters().fee
        if funding:
            return self._tx(sender, "publishFunded", stake, topic, body, funding, value=value)
        return self._tx(sender, "publish", stake, topic, body, value=value)

    def commitment(self, key: Key, content: Content, receipt: Receipt) -> Commitment:
        """The commitment that a mined publication of this key made."""
        freeze = receipt.block.time + self.parameters().period
        return Commitment(self.domain.commitment_id(key), key, content, receipt.block, freeze)

    def draw(self, ids: Sequence[bytes], *, sender: str | None = None) -> Done:
        """Record draws, before the freeze."""
        return self.send(self.tx_draw(ids, sender=sender))

    def tx_draw(self, ids: Sequence[bytes], *, sender: str | None = None) -> Tx:
        return self._tx(sender or self.sender, "draw", list(ids))

    # ------------------------------------------------------------------------------- seals

    def seal(
        self, of: Key | Commitment, seal: bytes, extra: bytes = b"", *, sender: str | None = None
    ) -> Done:
        """Seal the decision, once. `domain.seal` makes the 23 bytes. Keep the opening first!"""
        return self.send(self.tx_seal(of, seal, extra, sender=sender))

    def tx_seal(
        self, of: Key | Commitment, seal: bytes, extra: bytes = b"", *, sender: str | None = None
    ) -> Tx:
        own = self._own(of, sender)
        if extra:
            return self._tx(own[0], "sealWithData", *own[1:], seal, extra)
        return self._tx(own[0], "seal", *own[1:], seal)

    def seal_for(
        self,
        of: Key | Commitment,
        seal: bytes,
        extra: bytes,
        deadline: int,
        signature: bytes,
        *,
        sender: str | None = None,
    ) -> Done:
        """Seal with the committer's signature (`sign_seal`), good until `deadline`."""
        return self.send(self.tx_seal_for(of, seal, extra, deadline, signature, sender=sender))

    def tx_seal_for(
        self,
        of: Key | Commitment,
        seal: bytes,
        extra: bytes,
        deadline: int,
        signature: bytes,
        *,
        sender: str | None = None,
    ) -> Tx:
        values = (_key_values(of), seal, extra, deadline, signature)
        return self._tx(sender or self.sender, "sealFor", *values)

    def revoke(self, of: Key | Commitment, *, sender: str | None = None) -> Done:
        """Take a commitment back openly, before it is sealed. The bond returns."""
        return self.send(self.tx_revoke(of, sender=sender))

    def tx_revoke(self, of: Key | Commitment, *, sender: str | None = None) -> Tx:
        own = self._own(of, sender)
        return self._tx(own[0], "revoke", *own[1:])

    def revoke_for(
        self, of: Key | Commitment, deadline: int, signature: bytes, *, sender: str | None = None
    ) -> Done:
        """Revoke with the committer's signature (`sign_revoke`), good until `deadline`."""
        return self.send(self.tx_revoke_for(of, deadline, signature, sender=sender))

    def tx_revoke_for(
        self, of: Key | Commitment, deadline: int, signature: bytes, *, sender: str | None = None
    ) -> Tx:
        values = (_key_values(of), deadline, signature)
        return self._tx(sender or self.sender, "revokeFor", *values)

    def expose(
        self, of: Key | Commitment, decision: bytes, salt: bytes, *, sender: str | None = None
    ) -> Done:
        """Show a sealed decision before the freeze: it is reverted at once."""
        return self.send(self.tx_expose(of, decision, salt, sender=sender))

    def tx_expose(
        self, of: Key | Commitment, decision: bytes, salt: bytes, *, sender: str | None = None
    ) -> Tx:
        return self._tx(sender or self.sender, "expose", _key_values(of), decision, salt)

    def sign_seal(
        self, of: Key | Commitment, seal: bytes, extra: bytes, deadline: int, signer: Signer
    ) -> bytes:
        """The committer's signature that `seal_for` takes."""
        message = messages.SealRequest(self.domain.commitment_id(_key(of)), seal, extra, deadline)
        return message.sign(self.signing_domain, signer)

    def sign_revoke(self, of: Key | Commitment, deadline: int, signer: Signer) -> bytes:
        """The committer's signature that `revoke_for` takes."""
        message = messages.RevokeRequest(self.domain.commitment_id(_key(of)), deadline)
        return message.sign(self.signing_domain, signer)

    @property
    def signing_domain(self) -> messages.SigningDomain:
        """The EIP-712 domain of requests to it; `eip712_domain` asks the contract."""
        return messages.SigningDomain.of_registry(self.domain)

    # ------------------------------------------------------------------------------ relays

    @property
    def requests(self) -> Requests:
        """Requests to it, to be signed: what `relay` sends."""
        from boomerang.client.requests import Requests

        return Requests(self)

    def relay(self, request: Request, *, sender: str | None = None) -> Done:
        """Send what somebody signed (`boomerang.relay`). Raises WrongPlace, SignatureExpired and
        WrongSigner before anything is sent, and what the registry refuses.

        A publication is paid for by the sender: bond, fee and the ether of the escrow.
        """
        coded = bool(self.chain.code(request.committer))
        request.check(self.domain, self.chain.now(), coded)
        return self.send(self.tx_relay(request, sender=sender))

    def tx_relay(self, request: Request, *, sender: str | None = None) -> Tx:
        """The transaction that a request asks for. Nothing of it is checked."""
        value = request.value(self.parameters().fee)
        data = interface(request.contract).functions[request.function].encode(*request.arguments())
        to = self.contracts.groups if request.contract == GROUPS else self.address
        return Tx(sender or self.sender, to, data, value)

    # ---------------------------------------------------------------------------- openings

    def open(
        self, of: Key | Commitment, decision: bytes, salt: bytes, *, sender: str | None = None
    ) -> Done:
        """Open one's own seal. With a cover and a decision that names others: `open_for`."""
        return self.send(self.tx_open(of, decision, salt, sender=sender))

    def tx_open(
        self, of: Key | Commitment, decision: bytes, salt: bytes, *, sender: str | None = None
    ) -> Tx:
        own = self._own(of, sender)
        return self._tx(own[0], "open", *own[1:], decision, salt)

    def open_for(
        self,
        of: Key | Commitment,
        decision: bytes,
        salt: bytes,
        dependencies: Iterable[Key | Commitment] = (),
        *,
        sender: str | None = None,
    ) -> Done:
        """Open anybody's seal. Where the cover is above 0, `dependencies` are the keys of the
        decision's atoms, one for each, in its order (`State.dependencies`).
        """
        return self.send(self.tx_open_for(of, decision, salt, dependencies, sender=sender))

    def tx_open_for(
        self,
        of: Key | Commitment,
        decision: bytes,
        salt: bytes,
        dependencies: Iterable[Key | Commitment] = (),
        *,
        sender: str | None = None,
    ) -> Tx:
        keys = [_key_values(d) for d in dependencies]
        values = (_key_values(of), decision, salt, keys)
        return self._tx(sender or self.sender, "openFor", *values)

    def reveal(self, of: Key | Commitment, opening: Opening, *, sender: str | None = None) -> Done:
        """Open by whichever way fits: as the committer where the sender is, and with the keys of
        what the decision names, from the history, where the cover asks for them.
        """
        return self.send(self.tx_reveal(of, opening, sender=sender))

    def tx_reveal(self, of: Key | Commitment, opening: Opening, *, sender: str | None = None) -> Tx:
        key = _key(of)
        who = sender or (key.committer if self.signer is None else self.sender)
        dependencies: tuple[Key, ...] = ()
        if key.cover:
            commitment = self.domain.commitment_id(key)
            dependencies = self.state().dependencies(opening.decision, commitment)
        if who == key.committer and not dependencies:
            return self.tx_open(key, opening.decision, opening.salt, sender=who)
        return self.tx_open_for(key, opening.decision, opening.salt, dependencies, sender=who)

    def resolve(
        self, what: Iterable[Resolution | bytes] | None = None, *, sender: str | None = None
    ) -> Done:
        """Settle commitments. Resolutions are sent as they are, in their order; ids are completed
        from the history and ordered so that it works (`State.plan`); None is all that can be.
        """
        return self.send(self.tx_resolve(what, sender=sender))

    def tx_resolve(
        self, what: Iterable[Resolution | bytes] | None = None, *, sender: str | None = None
    ) -> Tx:
        given = None if what is None else list(what)
        resolutions = [r for r in given or () if isinstance(r, Resolution)]
        if given is None:
            resolutions = self.state().plan(self.chain.now())
        elif len(resolutions) != len(given):
            if resolutions:
                raise InvalidInput("give resolutions or ids, not both")
            ids = [i for i in given if isinstance(i, bytes)]
            resolutions = self.state().plan(self.chain.now(), ids)
        values = [(_key_values(r.key), r.decision) for r in resolutions]
        return self._tx(sender or self.sender, "resolve", values)

    # ------------------------------------------------------------------------------ offers

    def offer(self, of: Key | Commitment, target: bytes, *, sender: str | None = None) -> Done:
        """Invite the earlier `target` to condition on this one. Cannot be taken back."""
        return self.send(self.tx_offer(of, target, sender=sender))

    def tx_offer(self, of: Key | Commitment, target: bytes, *, sender: str | None = None) -> Tx:
        own = self._own(of, sender)
        return self._tx(own[0], "offer", *own[1:], target)

    def decline(self, of: Key | Commitment, offering: bytes, *, sender: str | None = None) -> Done:
        """Refuse one offer to this commitment, for good."""
        return self.send(self.tx_decline(of, offering, sender=sender))

    def tx_decline(self, of: Key | Commitment, offering: bytes, *, sender: str | None = None) -> Tx:
        own = self._own(of, sender)
        return self._tx(own[0], "decline", *own[1:], offering)

    def decline_all(self, of: Key | Commitment, *, sender: str | None = None) -> Done:
        """Refuse all offers to this commitment, present and future, for good."""
        return self.send(self.tx_decline_all(of, sender=sender))

    def tx_decline_all(self, of: Key | Commitment, *, sender: str | None = None) -> Tx:
        own = self._own(of, sender)
        return self._tx(own[0], "declineAll", *own[1:])

    def withdraw(self, to: str, *, sender: str | None = None) -> Done:
        """Have what could not be delivered to the sender sent to `to`. (What is owed from escrows,
        the enforcer has.)
        """
        return self.send(self.tx_withdraw(to, sender=sender))

    def tx_withdraw(self, to: str, *, sender: str | None = None) -> Tx:
        return self._tx(sender or self.sender, "withdraw", to)

    def deliver(self, account: str, *, sender: str | None = None) -> Done:
        """Have what could not be delivered to `account` sent to it again, with all gas."""
        return self.send(self.tx_deliver(account, sender=sender))

    def tx_deliver(self, account: str, *, sender: str | None = None) -> Tx:
        return self._tx(sender or self.sender, "deliver", account)

    def _own(self, of: Key | Commitment, sender: str | None) -> tuple[str, int, bytes]:
        key = _key(of)
        return sender or key.committer, key.stake, key.content_hash

    # ------------------------------------------------------------------------------- views

    def view(self, function: str, *values: Any, at: int | None = None) -> Any:
        """Any view by its name, with ABI values; `at` asks as if it were that second.

        Raises the registry's errors, and UnexpectedAnswer where the address has no registry.
        """
        return self.view_of(REGISTRY, function, *values, at=at)

    def view_of(self, contract: str, function: str, *values: Any, at: int | None = None) -> Any:
        """The same of one of its parts (`client.contracts`)."""
        entry = interface(contract).functions[function]
        address_of = {name: place for place, name in self.contracts.names.items()}
        tx = Tx(self.sender, address_of[contract], entry.encode(*values))
        try:
            answer = self.chain.call(tx, at)
        except CallReverted as error:
            if not error.data:
                raise self._no_registry() from None
            raise decode_error(error.data) from None
        if not answer and entry.outputs.types:
            raise self._no_registry()
        return entry.decode(answer)

    def _no_registry(self) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            f"there is no registry at {self.address} on chain {self.domain.chain_id}"
        )

    def parameters(self) -> Parameters:
        """The rules of this registry; asked once, they never change."""
        if self._parameters is None:
            values = self.view("parameters")
            self._parameters = Parameters(**dict(zip(PARAMETER_NAMES, values, strict=True)))
        return self._parameters

    def eip712_domain(self) -> dict[str, Any]:
        """The EIP-712 domain of its requests, as typed data has it; asked once."""
        if self._eip712 is None:
            _, name, version, chain_id, contract, _, _ = self.view("eip712Domain")
            self._eip712 = {
                "name": name,
                "version": version,
                "chainId": chain_id,
                "verifyingContract": contract,
            }
        return self._eip712

    def commitment_id(self, key: Key) -> bytes:
        """As the contract computes it; `domain.commitment_id` is the same without asking."""
        answer: bytes = self.view("commitmentId", _key_values(key))
        return answer

    def status(self, commitment: bytes, at: int | None = None) -> Status:
        """Phase and next deadline."""
        phase, deadline = self.view("phase", commitment, at=at)
        return Status(Phase(phase), deadline)

    def phase(self, commitment: bytes, at: int | None = None) -> Phase:
        """The current phase."""
        return self.status(commitment, at).phase

    def kept(self, commitment: bytes, at: int | None = None) -> bool | None:
        """Whether it is kept; None while that is not final."""
        final, kept = self.view("kept", commitment, at=at)
        return bool(kept) if final else None

    def record(self, commitment: bytes) -> Record:
        """What is stored of it."""
        return Record.unpack(self.view("record", commitment))

    def precedes(self, x: bytes, y: bytes) -> bool | None:
        """Whether x comes before y; None while that is undecided."""
        decided, before = self.view("precedes", x, y)
        return bool(before) if decided else None

    def standing(self, commitment: bytes) -> Standing:
        """Its floor and depth."""
        floor, depth = self.view("standing", commitment)
        return Standing(floor, depth)

    def offer_of(self, offering: bytes, target: bytes) -> Offer | None:
        """What the last offer of the pair recorded; None where there was none."""
        floor, depth, first_made, declined = self.view("offerOf", offering, target)
        return Offer(floor, depth, first_made, declined) if first_made else None

    def may_condition(self, x: Key | Commitment, y: Key | Commitment) -> Obstacle:
        """Whether a decision on x may name y as things stand, and if not, why."""
        return Obstacle(self.view("mayCondition", _key_values(x), _key_values(y)))

    def obstacle(self, x: bytes, y: bytes) -> Obstacle:
        """The same for ids, covers aside."""
        return Obstacle(self.view("obstacle", x, y))

    def resolvable(
        self, commitment: bytes, decision: bytes = b"", at: int | None = None
    ) -> Resolvable:
        """Whether `resolve` would settle it now; `decision` as opened, where it is pending."""
        now, waits_for = self.view("resolvable", commitment, decision, at=at)
        return Resolvable(bool(now), waits_for if any(waits_for) else None)

    def latest_resolution(self, commitment: bytes) -> int:
        """From the second after this one its outcome can be determined; 0 when unpublished."""
        answer: int = self.view("latestResolution", commitment)
        return answer

    def owed(self, account: str) -> int:
        """Wei that the account may withdraw."""
        answer: int = self.view("owed", account)
        return answer

    # ----------------------------------------------------------------------------- history

    def history(self, from_block: int = 0) -> list[Event]:
        """All that it and its parts have logged, oldest first."""
        return list(self.contracts.read(self.contracts.logs(self.chain, from_block)))

    def published(self, commitment: bytes) -> Commitment:
        """A commitment rebuilt from its publication's event: all that later calls need. Raises
        UnknownCommitment.
        """
        for event in self.contracts.read(self.chain.logs(self.address)):
            if isinstance(event, Published) and event.id == commitment:
                freeze = event.block.time + self.parameters().period
                return Commitment(event.id, event.key, event.content, event.block, freeze)
        raise UnknownCommitment(commitment)

    def state(self) -> State:
        """Everything, rebuilt from the history."""
        return State.from_events(self.domain, self.parameters(), self.history())


def new_nonce() -> int:
    """A random nonce."""
    return secrets.randbits(NONCE_BITS)


def _key(of: Key | Commitment) -> Key:
    return of if isinstance(of, Key) else of.key


def _key_values(of: Key | Commitment) -> tuple[str, int, bytes]:
    key = _key(of)
    return key.committer, key.stake, key.content_hash


__all__ = [
    "PARAMETER_NAMES",
    "Done",
    "Publication",
    "Registry",
    "Resolvable",
    "Status",
    "interface",
    "new_nonce",
]
