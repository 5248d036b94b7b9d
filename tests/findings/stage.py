"""Where an attack happens: a chain, a registry (the real one, or a variant), and who acts on it.

An attack reads as a story. Each step is a block at a second of the story, with transactions in the
order given; a step that the registry refuses raises the registry's error, by name:

    a1 = stage.commitment(ALICE, bond=100)
    stage.at(1, stage.publish(a1))
    stage.at(55, stage.seal(a1, KEEP))
    stage.at(60, stage.open(a1, KEEP))
    assert stage.phase(a1) is Phase.KEPT
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from boomerang import artifacts
from boomerang.chains.base import DEV_ACCOUNTS, Chain, Receipt, Tx
from boomerang.chains.embedded import EmbeddedChain
from boomerang.client.abi import Interface
from boomerang.content import Content
from boomerang.decisions import encode, parse
from boomerang.errors import decode_error
from boomerang.identity import SEAL_SIZE, SEAL_TYPEHASH, Domain, Key
from boomerang.model import Phase
from boomerang.parameters import Parameters
from findings.variants import Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.model import Obstacle

ALICE, BOB, CAROL, DAVE, EVE, MALLORY = list(DEV_ACCOUNTS.values())[:6]
TOPIC = keccak(text="the road")
SALT = bytes(range(32))
KEEP = b"\x01"
REVERT = b"\x00"

# As they are by default: what the stories' seconds refer to, for a publication in second 1.
FREEZE = 61
LAST_OPENING = FREEZE + 30

TX_GAS_CAP = 1 << 24
"""What one transaction may use, by EIP-7825."""

BOOMERANG = Interface(artifacts.load())
"""The registry's functions and events; a variant has the same."""


def seal_over(
    chain_id: int, registry: str, id: bytes, committer: str, decision: bytes, salt: bytes = SALT
) -> bytes:
    """The seal over these values, so that a variant's can be made, which leaves some at zero."""
    kinds = ["bytes32", "uint256", "address", "bytes25", "address", "bytes32", "bytes32"]
    place = (SEAL_TYPEHASH, chain_id, registry, id, committer)
    return keccak(abi_encode(kinds, (*place, keccak(decision), salt)))[:SEAL_SIZE]


def decide(text: str, **names: bytes) -> bytes:
    """A decision's bytes, from its text."""
    return encode(parse(text, names))


class Commitment:
    """A commitment of the story, published or not yet."""

    def __init__(self, key: Key, content: Content) -> None:
        self.key = key
        self.content = content

    @property
    def owner(self) -> str:
        return self.key.committer

    @property
    def abi(self) -> tuple[Any, ...]:
        """The key as the ABI takes it."""
        return (self.key.committer, self.key.stake, self.key.content_hash)


class Stage:
    """A registry just deployed on a chain of its own. Second 0 is the deployment's.

    `parameters` are given by their names in the ABI, without the limits that the Python class has.
    """

    def __init__(
        self, variant: Variant | None = None, chain: Chain | None = None, **parameters: int
    ) -> None:
        self.chain: Chain = chain or EmbeddedChain()
        self.parameters = {**Parameters().to_abi(), **parameters}
        interface = BOOMERANG if variant is None else Interface(variant.artifact())
        receipt = self.deploy(interface.creation(tuple(self.parameters.values())))
        assert receipt.contract is not None
        self.registry = receipt.contract
        self.start = self.chain.head().time
        self.domain = Domain(self.chain.chain_id, self.registry)
        self.seal_of: Callable[[Commitment, bytes, bytes], bytes] = self._seal_of

    def _seal_of(self, commitment: Commitment, decision: bytes, salt: bytes) -> bytes:
        return self.domain.seal(commitment.key, decision, salt)

    # ------------------------------------------------------------------ time and transactions

    @property
    def second(self) -> int:
        """Of the last block."""
        return self.chain.head().time - self.start

    def deploy(self, creation: bytes, sender: str = MALLORY, value: int = 0) -> Receipt:
        """A new contract, in the next second."""
        return self._mine(self.chain.head().time + 1, [Tx(sender, None, creation, value)])[0]

    def tx(
        self,
        sender: str,
        function: str,
        *arguments: Any,
        value: int = 0,
        gas: int | None = None,
    ) -> Tx:
        """A call of the registry."""
        data = BOOMERANG.functions[function].encode(*arguments)
        return Tx(sender, self.registry, data, value, gas)

    def at(self, second: int, *txs: Tx) -> list[Receipt]:
        """One block. Raises the registry's error for the first transaction that it refused."""
        return self._mine(self.start + second, txs)

    def attempt(self, second: int, *txs: Tx) -> list[Receipt]:
        """One block, in which transactions may fail."""
        return self.chain.mine(self.start + second, txs)

    def next(self, *txs: Tx) -> list[Receipt]:
        """One block in the next second. Raises as `at` does."""
        return self.at(self.second + 1, *txs)

    def _mine(self, time: int, txs: Sequence[Tx]) -> list[Receipt]:
        receipts = self.chain.mine(time, txs)
        for receipt in receipts:
            if not receipt.ok:
                raise decode_error(receipt.output)
        return receipts

    # ------------------------------------------------------------------ actions

    def commitment(
        self,
        owner: str,
        statement: bytes = b"Dare",
        *,
        nonce: int = 0,
        bond: int = 0,
        cover: int = 0,
    ) -> Commitment:
        """One that may be published."""
        return self.with_content(owner, Content(TOPIC, statement), nonce, bond, cover)

    def with_content(
        self, owner: str, content: Content, nonce: int = 0, bond: int = 0, cover: int = 0
    ) -> Commitment:
        return Commitment(content.key(owner, nonce, bond, cover), content)

    def publish(self, c: Commitment, value: int | None = None) -> Tx:
        """`value` is bond and fee, where nothing else is said."""
        if value is None:
            value = c.key.bond + self.parameters["fee"]
        content = c.content
        return self.tx(c.owner, "publish", c.key.stake, content.topic, content.body, value=value)

    def seal(self, c: Commitment, decision: bytes, salt: bytes = SALT) -> Tx:
        return self.seal_as(c, self.seal_of(c, decision, salt))

    def seal_as(self, c: Commitment, seal: bytes) -> Tx:
        """A seal that was not made here."""
        return self.tx(c.owner, "seal", c.key.stake, c.key.content_hash, seal)

    def revoke(self, c: Commitment) -> Tx:
        return self.tx(c.owner, "revoke", c.key.stake, c.key.content_hash)

    def expose(self, who: str, c: Commitment, decision: bytes, salt: bytes = SALT) -> Tx:
        return self.tx(who, "expose", c.abi, decision, salt)

    def open(
        self,
        c: Commitment,
        decision: bytes,
        *dependencies: Commitment,
        salt: bytes = SALT,
        by: str | None = None,
        gas: int | None = None,
    ) -> Tx:
        """By its owner, unless somebody else is named."""
        keys = [d.abi for d in dependencies]
        return self.tx(by or c.owner, "openFor", c.abi, decision, salt, keys, gas=gas)

    def offer(self, y: Commitment, x: Commitment) -> Tx:
        return self.tx(y.owner, "offer", y.key.stake, y.key.content_hash, self.id(x))

    def decline(self, x: Commitment, y: Commitment) -> Tx:
        return self.tx(x.owner, "decline", x.key.stake, x.key.content_hash, self.id(y))

    def decline_all(self, x: Commitment) -> Tx:
        return self.tx(x.owner, "declineAll", x.key.stake, x.key.content_hash)

    def draw(self, *commitments: Commitment) -> Tx:
        return self.tx(EVE, "draw", [self.id(c) for c in commitments])

    def resolve(
        self,
        *resolutions: tuple[Commitment, bytes],
        by: str = EVE,
        gas: int | None = None,
    ) -> Tx:
        """Each a commitment, and the decision that it was opened with (nothing if it lapsed)."""
        return self.tx(by, "resolve", [(c.abi, decision) for c, decision in resolutions], gas=gas)

    # ------------------------------------------------------------------ views

    def view(self, function: str, *arguments: Any) -> Any:
        tx = Tx(EVE, self.registry, BOOMERANG.functions[function].encode(*arguments))
        return BOOMERANG.functions[function].decode(self.chain.call(tx, at=self.chain.head().time))

    def id(self, c: Commitment) -> bytes:
        answer: bytes = self.view("commitmentId", c.abi)
        return answer

    def phase(self, c: Commitment) -> Phase:
        return Phase(self.view("phase", self.id(c))[0])

    def obstacle(self, x: Commitment, y: Commitment) -> Obstacle:
        from boomerang.model import Obstacle

        return Obstacle(self.view("mayCondition", x.abi, y.abi))

    def before(self, x: Commitment, y: Commitment) -> bool:
        """Whether x precedes y in the order of section 3."""
        decided, before = self.view("precedes", self.id(x), self.id(y))
        return bool(decided and before)

    def balance(self, who: str) -> int:
        return self.chain.balance(who)
