"""What a chain is to Boomerang: blocks at exact seconds, transactions in a given order, logs.

Every kind of chain (in process, eth-tester, a node) has this one face, so that a scenario, a test
or an agent runs on any of them and gets the same answer. Addresses are checksummed `str`, hashes
and data are `bytes`, times are Unix seconds, amounts are wei.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from boomerang.errors import ChainUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

# What one transaction may use where it does not say: below the cap of EIP-7825 (2**24), which some
# nodes enforce already.
DEFAULT_TX_GAS = 16_000_000
# Test chains accept this much for one transaction, and a block holds hundreds of them.
MAX_TX_GAS = 30_000_000
BLOCK_GAS_LIMIT = 10_000_000_000


def calldata_floor(data: bytes) -> int:
    """The least gas that a transaction with such data pays, and its limit must allow (EIP-7623)."""
    return 21_000 + 10 * (4 * len(data) - 3 * data.count(0))


# Where the clock of a test chain starts: a round number, so that second 1 of a scenario reads well.
DEFAULT_GENESIS_TIME = 1_800_000_000
DEFAULT_CHAIN_ID = 31337

# The mnemonic of every development node; its keys are public.
DEV_MNEMONIC = "test test test test test test test test test test test junk"
DEV_BALANCE = 10_000 * 10**18
DEV_ACCOUNTS: dict[str, str] = {
    "alice": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "bob": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "carol": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "dave": "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
    "erin": "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
    "frank": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "grace": "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
    "heidi": "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
    "ivan": "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
    "judy": "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
    "kim": "0xBcd4042DE499D14e55001CcbB24a551F3b954096",
    "liam": "0x71bE63f3384f5fb98995898A86B02Fb2426c5788",
    "mia": "0xFABB0ac9d68B0B445fB7357272Ff202C5651694a",
    "noah": "0x1CBd3b2770909D4e10f157cABC84C7264073C9Ec",
    "olga": "0xdF3e18d64BC6A983f673Ab319CCaE4f1a57C7097",
    "peggy": "0xcd3B766CCDd6AE721141F452C550Ca635964ce71",
    "quinn": "0x2546BcD3c84621e976D8185a91A922aE77ECEc30",
    "rupert": "0xbDA5747bFD65F08deb54cb465eB87D40e51B197E",
    "sybil": "0xdD2FD4581271e230360230F9337D5c0430Bf44C0",
    "trent": "0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199",
}


# ---------------------------------------------------------------------------------------- data


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction before it is signed: who, to whom (None creates a contract), with what.

    `gas` is the limit; without it a chain chooses: test chains DEFAULT_TX_GAS, nodes an estimate.
    """

    sender: str
    to: str | None
    data: bytes = b""
    value: int = 0
    gas: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """A block's number and its time in Unix seconds."""

    number: int
    time: int


@dataclass(frozen=True, slots=True)
class Log:
    """One event as the chain keeps it. `index` counts from 0 within the block."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: Block
    index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one transaction.

    `output` is what it returned, or its revert data; empty where a node no longer tells, and where
    a contract was created, whose address is `contract`. `gas_used` is what the sender paid for,
    refunds taken off. `index` is its place in the block; `hash` is empty on chains whose
    transactions have none.
    """

    ok: bool
    gas_used: int
    block: Block
    logs: tuple[Log, ...]
    contract: str | None
    output: bytes
    index: int = 0
    hash: bytes = b""


# -------------------------------------------------------------------------------------- errors


class ChainFault(ChainUnavailable):
    """The chain (not a rule of the protocol) is why something did not happen."""


class NodeError(ChainFault):
    """A node did not answer, or not with what was asked for. `url` says which node."""

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        self.why = why
        super().__init__(f"{url}: {why}")


class CallReverted(ChainFault):
    """A call, or a transaction that was waited for, reverted with `data` (empty after a halt)."""

    def __init__(self, data: bytes, why: str = "reverted") -> None:
        self.data = data
        super().__init__(f"{why}: 0x{data.hex()}" if data else f"{why} without data")


class TxRejected(ChainFault):
    """No block could hold this transaction, for want of money, gas or a key. Nothing was mined."""

    def __init__(self, tx: Tx, why: str) -> None:
        self.tx = tx
        self.why = why
        super().__init__(f"transaction of {tx.sender} cannot be put into a block: {why}")


class WrongBlockTime(ChainFault):
    """A block's time must be greater than its parent's."""

    def __init__(self, time: int, head: Block) -> None:
        self.time = time
        self.head = head
        super().__init__(
            f"a block at time {time} cannot follow block {head.number} of time {head.time}"
        )


class NotSupported(ChainFault):
    """This kind of chain cannot do that: a live node, say, cannot be told when to mine."""

    def __init__(self, kind: str, what: str) -> None:
        self.kind = kind
        self.what = what
        super().__init__(f"a chain of kind {kind!r} cannot {what}")


class UnknownSnapshot(ChainFault):
    """The snapshot is of another chain, or of a history that was already given up."""

    def __init__(self) -> None:
        super().__init__("the snapshot belongs to no state that this chain can return to")


class UnknownBlock(ChainFault):
    """There is no block of that number, or its hash is no longer known."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"block {number} is not known")


# --------------------------------------------------------------------------------------- faces


@runtime_checkable
class Signer(Protocol):
    """Whoever can sign for one address. Test chains need none: they sign for everybody."""

    @property
    def address(self) -> str: ...

    def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        """The signed raw transaction. `fields` as in JSON-RPC, but with int and bytes values."""
        ...

    def sign_typed_data(self, message: dict[str, Any]) -> bytes:
        """65 bytes r, s, v over full EIP-712 data (`types`, `primaryType`, `domain`, `message`)."""
        ...


class Chain(Protocol):
    """A chain. Any of this may raise ChainFault; nodes that cannot be reached, NodeError."""

    @property
    def chain_id(self) -> int: ...

    @property
    def kind(self) -> str:
        """One of "pyrevm", "tester", "anvil", "node"."""
        ...

    def head(self) -> Block:
        """The last block."""
        ...

    def now(self) -> int:
        """The present second: the head's, or a clock's where one runs. Ask views `at` it."""
        ...

    def block(self, number: int) -> Block:
        """Raises UnknownBlock."""
        ...

    def block_hash(self, number: int) -> bytes:
        """What BLOCKHASH answers for it within the next 256 blocks. Raises UnknownBlock."""
        ...

    def mine(self, time: int, txs: Sequence[Tx] = ()) -> list[Receipt]:
        """One block at exactly `time` with these transactions in this order, failed ones included.

        Raises WrongBlockTime, TxRejected (then nothing was mined), NotSupported on live nodes.
        """
        ...

    def send(self, tx: Tx, signer: Signer | None = None) -> Receipt:
        """One transaction, at whatever now is here; waits until it is in a block.

        A receipt with `ok` False is returned, not raised. Raises TxRejected.
        """
        ...

    def call(self, tx: Tx, at: int | None = None) -> bytes:
        """What the transaction would return after the head, as if at time `at`; changes nothing.

        Raises CallReverted.
        """
        ...

    def advance(self, seconds: int) -> Block:
        """Let time pass; ends with a new, empty block. Raises NotSupported on live nodes."""
        ...

    def balance(self, address: str) -> int:
        """Wei at the head."""
        ...

    def nonce(self, address: str) -> int:
        """How many transactions it has sent (for a contract: made)."""
        ...

    def code(self, address: str) -> bytes:
        """The code there, empty where there is none."""
        ...

    def logs(self, address: str, from_block: int = 0) -> list[Log]:
        """All logs of one contract up to the head, oldest first."""
        ...

    def accounts(self) -> list[str]:
        """The accounts that the chain itself can sign for, the development accounts first."""
        ...

    def set_balance(self, address: str, wei: int) -> None:
        """Test chains only, else NotSupported."""
        ...

    def set_code(self, address: str, code: bytes) -> None:
        """Test chains only, else NotSupported. An account with code may still send transactions."""
        ...

    def snapshot(self) -> object:
        """A handle to the present state. Test chains only, else NotSupported."""
        ...

    def restore(self, snapshot: object) -> None:
        """Return to it; it stays valid and may be restored again. Raises UnknownSnapshot."""
        ...

    def close(self) -> None:
        """Let go of whatever is held: files, connections, processes. May be called twice."""
        ...
