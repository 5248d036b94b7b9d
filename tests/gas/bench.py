"""A registry on a chain, played by short calls that return receipts. Everything is fixed: accounts,
salts, seconds, so that call data, and with them gas, are the same on every run and kind of chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from boomerang import artifacts
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import Interface
from boomerang.content import Content
from boomerang.decisions import encode, parse
from boomerang.identity import Domain, Key
from boomerang.model import Phase
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.chains import Chain
    from boomerang.chains.base import Receipt

ETHER = 10**18
TOPIC = b"\xa1" * 32  # no byte is zero: those are cheaper
STATEMENT = b"Dare"
DEPLOYER, STRANGER = DEV_ACCOUNTS["trent"], DEV_ACCOUNTS["sybil"]


@dataclass(frozen=True)
class Commitment:
    """What its owner knows of it."""

    key: Key
    id: bytes

    @property
    def own(self) -> tuple[int, bytes]:
        """How its owner names it in a call."""
        return self.key.stake, self.key.content_hash

    @property
    def key_abi(self) -> tuple[str, int, bytes]:
        """How anybody else does."""
        return self.key.committer, self.key.stake, self.key.content_hash

    @property
    def salt(self) -> bytes:
        """32 bytes, none of them zero."""
        return bytes(byte or 1 for byte in keccak(b"salt" + self.id))


class Bench:
    """One registry, its seconds counted from 0 at its deployment; at most one block a second."""

    def __init__(self, chain: Chain, parameters: Parameters) -> None:
        self.chain = chain
        self.parameters = parameters
        self.interface = Interface(artifacts.load())
        creation = self.interface.creation(tuple(parameters.to_abi().values()))
        self.start = chain.head().time + 1
        (receipt,) = chain.mine(self.start, [Tx(DEPLOYER, None, creation)])
        if not receipt.ok or receipt.contract is None:
            raise AssertionError("the registry could not be deployed")
        self.deployment = receipt.gas_used
        self.registry = receipt.contract
        self.domain = Domain(chain.chain_id, self.registry)

    # ------------------------------------------------------------------ the chain

    def tx(self, sender: str, function: str, *values: Any, value: int = 0) -> Tx:
        data = self.interface.functions[function].encode(*values)
        return Tx(sender, self.registry, data, value)

    def mine(self, at: int, *txs: Tx) -> list[Receipt]:
        receipts = self.chain.mine(self.start + at, txs)
        for receipt in receipts:
            if not receipt.ok:
                raise AssertionError(f"refused: 0x{receipt.output.hex()}")
        return receipts

    def act(self, at: int, sender: str, function: str, *values: Any, value: int = 0) -> Receipt:
        """A block of its own with this one transaction, which must succeed."""
        return self.mine(at, self.tx(sender, function, *values, value=value))[0]

    def ask(self, function: str, *values: Any) -> Any:
        """What a view answers."""
        answer = self.chain.call(self.tx(STRANGER, function, *values))
        return self.interface.functions[function].decode(answer)

    def phase(self, commitment: Commitment) -> Phase:
        return Phase(self.ask("phase", commitment.id)[0])

    # ------------------------------------------------------------------ actions

    def commitment(
        self, owner: str, *, nonce: int = 0, bond: int = 0, cover: int = 0
    ) -> Commitment:
        key = Content(TOPIC, STATEMENT).key(DEV_ACCOUNTS[owner], nonce, bond, cover)
        return Commitment(key, self.domain.commitment_id(key))

    def series(self, owner: str, count: int, *, bond: int = 0, cover: int = 0) -> list[Commitment]:
        """Commitments that cost the same to name: two bytes of nonce, and no zero in any id."""
        nonces = (n for n in range(0x0101, 0x10000) if n & 0xFF)
        each = (self.commitment(owner, nonce=n, bond=bond, cover=cover) for n in nonces)
        return list(islice((c for c in each if 0 not in c.id), count))

    def publication(self, c: Commitment) -> Tx:
        value = c.key.bond + self.parameters.fee
        return self.tx(c.key.committer, "publish", c.key.stake, TOPIC, STATEMENT, value=value)

    def publish(self, at: int, c: Commitment) -> Receipt:
        return self.mine(at, self.publication(c))[0]

    def sealing(self, c: Commitment, decision: bytes) -> Tx:
        seal = self.domain.seal(c.key, decision, c.salt)
        return self.tx(c.key.committer, "seal", *c.own, seal)

    def seal(self, at: int, c: Commitment, decision: bytes) -> Receipt:
        return self.mine(at, self.sealing(c, decision))[0]

    def opening(self, c: Commitment, decision: bytes) -> Tx:
        return self.tx(c.key.committer, "open", *c.own, decision, c.salt)

    def open(self, at: int, c: Commitment, decision: bytes) -> Receipt:
        return self.mine(at, self.opening(c, decision))[0]

    def opening_for(
        self, c: Commitment, decision: bytes, dependencies: Sequence[Commitment] = ()
    ) -> Tx:
        keys = [d.key_abi for d in dependencies]
        return self.tx(STRANGER, "openFor", c.key_abi, decision, c.salt, keys)

    def open_for(
        self, at: int, c: Commitment, decision: bytes, dependencies: Sequence[Commitment] = ()
    ) -> Receipt:
        return self.mine(at, self.opening_for(c, decision, dependencies))[0]

    def resolution(self, c: Commitment, decision: bytes = b"") -> Tx:
        return self.tx(STRANGER, "resolve", [(c.key_abi, decision)])

    def resolve(self, at: int, c: Commitment, decision: bytes = b"") -> Receipt:
        return self.mine(at, self.resolution(c, decision))[0]

    def offering(self, offering: Commitment, target: Commitment) -> Tx:
        return self.tx(offering.key.committer, "offer", *offering.own, target.id)

    def offer(self, at: int, offering: Commitment, target: Commitment) -> Receipt:
        return self.mine(at, self.offering(offering, target))[0]

    def seal_request(self, c: Commitment, seal: bytes, extra: bytes, deadline: int) -> bytes:
        """The committer's signature, good for `sealFor`."""
        return self._signature(
            c,
            "SealRequest",
            {"id": "bytes25", "seal": "bytes23", "extra": "bytes", "deadline": "uint256"},
            {"id": c.id, "seal": seal, "extra": extra, "deadline": deadline},
        )

    def revoke_request(self, c: Commitment, deadline: int) -> bytes:
        """The committer's signature, good for `revokeFor`."""
        return self._signature(
            c,
            "RevokeRequest",
            {"id": "bytes25", "deadline": "uint256"},
            {"id": c.id, "deadline": deadline},
        )

    def _signature(
        self, c: Commitment, kind: str, fields: dict[str, str], message: dict[str, Any]
    ) -> bytes:
        domain_fields = {
            "name": "string",
            "version": "string",
            "chainId": "uint256",
            "verifyingContract": "address",
        }
        types = {"EIP712Domain": domain_fields, kind: fields}
        data = {
            "types": {
                name: [{"name": n, "type": t} for n, t in members.items()]
                for name, members in types.items()
            },
            "primaryType": kind,
            "domain": {
                "name": "Boomerang",
                "version": "1",
                "chainId": self.domain.chain_id,
                "verifyingContract": self.registry,
            },
            "message": message,
        }
        return dev_signer(c.key.committer).sign_typed_data(data)


def decision(text: str, **names: Commitment) -> bytes:
    """The program of a decision over named commitments."""
    return encode(parse(text, {name: c.id for name, c in names.items()}))
