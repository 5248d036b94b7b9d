"""The nodes that a keeper asks, none of which it believes more than it must.

Several URLs are asked at once. One that does not answer, is of another chain, shows a block of the
future, or lags behind what others show, is passed over; transactions go to all that answer, so that
one that drops them does no harm.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from eth_utils.address import to_checksum_address

from boomerang.chains.base import Block, CallReverted, Log, NodeError, Tx, TxRejected, UnknownBlock
from boomerang.chains.node import HttpTransport, RpcError
from boomerang.hashing import keccak, keccak_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.chains.base import Chain, Signer

LOG_SPAN = 5_000
FUTURE_SECONDS = 60
"""A block may be so far ahead of this machine's clock."""
GRACE_SECONDS = 0.2
"""How long nodes are waited for once another has taken a transaction."""
LAG_BLOCKS = 2
"""A node that is so far behind another is passed over."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block that a node shows. `base_fee` in wei per gas."""

    block: Block
    hash: bytes
    base_fee: int = 0


@dataclass(frozen=True, slots=True)
class Mined:
    """Where a transaction came to be, and whether it was carried out."""

    block: int
    block_hash: bytes
    ok: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What a node knows of a transaction."""

    mined: Mined | None
    pooled: bool


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per gas, as EIP-1559 has them."""

    max_fee: int
    tip: int


class Node(Protocol):
    """What a keeper asks of a node. All of it may raise NodeError."""

    name: str

    def chain_id(self) -> int: ...

    def head(self) -> Head: ...

    def time_of(self, number: int) -> int:
        """The time of a block. Raises UnknownBlock."""
        ...

    def hash_of(self, number: int) -> bytes:
        """Raises UnknownBlock."""
        ...

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[Log]:
        """Oldest first."""
        ...

    def counts(self, account: str) -> tuple[int, int]:
        """Transactions of an account: those in blocks, and with those in the pool."""
        ...

    def balance(self, account: str) -> int: ...

    def suggested_tip(self) -> int: ...

    def estimate(self, tx: Tx) -> int:
        """Gas. Raises CallReverted."""
        ...

    def sign(self, tx: Tx, nonce: int, gas: int, fees: Fees) -> Signed: ...

    def submit(self, signed: Signed) -> None:
        """Hand it to the pool; nothing happens where it is there already. Raises TxRejected."""
        ...

    def fates(self, hashes: Sequence[bytes]) -> list[Fate]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction that may be sent as often as one likes: it has one nonce."""

    tx: Tx
    nonce: int
    hash: bytes
    raw: bytes


class RpcNode:
    """A node behind a URL. One request at a time; safe to use from several threads."""

    def __init__(self, url: str, signers: dict[str, Signer], timeout: float) -> None:
        self.name = url
        self._signers = signers
        self._transport = HttpTransport(url, timeout)
        self._lock = threading.Lock()
        self._chain_id: int | None = None

    def _many(self, *calls: tuple[str, list[Any]]) -> list[Any]:
        with self._lock:
            return self._transport.request(calls)

    def _ask(self, method: str, *params: Any) -> Any:
        return self._many((method, list(params)))[0]

    def chain_id(self) -> int:
        if self._chain_id is None:
            self._chain_id = _int(self._ask("eth_chainId"))
        return self._chain_id

    def head(self) -> Head:
        found = self._ask("eth_getBlockByNumber", "latest", False)
        if found is None:
            raise NodeError(self.name, "has no newest block")
        return Head(
            Block(_int(found["number"]), _int(found["timestamp"])),
            _bytes(found["hash"]),
            _int(found.get("baseFeePerGas") or "0x0"),
        )

    def _block(self, number: int) -> Any:
        found = self._ask("eth_getBlockByNumber", hex(number), False) if number >= 0 else None
        if found is None:
            raise UnknownBlock(number)
        return found

    def time_of(self, number: int) -> int:
        return _int(self._block(number)["timestamp"])

    def hash_of(self, number: int) -> bytes:
        return _bytes(self._block(number)["hash"])

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[Log]:
        try:
            found = self._logs(addresses, first, last)
        except RpcError:
            if last - first < LOG_SPAN:
                raise
            found = []  # many providers answer for so many blocks only
            for start in range(first, last + 1, LOG_SPAN):
                found += self._logs(addresses, start, min(start + LOG_SPAN - 1, last))
        bare = sorted({_int(log["blockNumber"]) for log in found if not log.get("blockTimestamp")})
        times: dict[int, int] = {}
        for start in range(0, len(bare), 100):
            part = bare[start : start + 100]
            asked = [("eth_getBlockByNumber", [hex(number), False]) for number in part]
            for number, block in zip(part, self._many(*asked), strict=True):
                if block is None:
                    raise UnknownBlock(number)
                times[number] = _int(block["timestamp"])
        return [_log(log, times) for log in found]

    def _logs(self, addresses: Sequence[str], first: int, last: int) -> list[Any]:
        span = {"address": list(addresses), "fromBlock": hex(first), "toBlock": hex(last)}
        found: list[Any] = self._ask("eth_getLogs", span)
        return found

    def counts(self, account: str) -> tuple[int, int]:
        mined, pooled = self._many(
            ("eth_getTransactionCount", [account, "latest"]),
            ("eth_getTransactionCount", [account, "pending"]),
        )
        return _int(mined), _int(pooled)

    def balance(self, account: str) -> int:
        return _int(self._ask("eth_getBalance", account, "latest"))

    def suggested_tip(self) -> int:
        try:
            return _int(self._ask("eth_maxPriorityFeePerGas"))
        except RpcError:
            return 10**9

    def estimate(self, tx: Tx) -> int:
        request = {"from": tx.sender, "to": tx.to, "data": "0x" + tx.data.hex()}
        if tx.value:
            request["value"] = hex(tx.value)
        try:
            return _int(self._ask("eth_estimateGas", request))
        except RpcError as error:
            if error.data or "revert" in error.message.lower():
                raise CallReverted(error.data, "it would revert") from None
            raise TxRejected(tx, error.message) from None

    def sign(self, tx: Tx, nonce: int, gas: int, fees: Fees) -> Signed:
        fields = {
            "chainId": self.chain_id(),
            "to": tx.to,
            "value": tx.value,
            "data": tx.data,
            "nonce": nonce,
            "gas": gas,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.tip,
        }
        raw = self._signers[tx.sender].sign_transaction(fields)
        return Signed(tx, nonce, keccak(raw), raw)

    def submit(self, signed: Signed) -> None:
        try:
            self._ask("eth_sendRawTransaction", "0x" + signed.raw.hex())
        except RpcError as error:
            said = error.message.lower()
            if "already known" in said or "already imported" in said or "known transaction" in said:
                return
            raise TxRejected(signed.tx, error.message) from None

    def fates(self, hashes: Sequence[bytes]) -> list[Fate]:
        calls: list[tuple[str, list[Any]]] = []
        for one in hashes:
            calls.append(("eth_getTransactionReceipt", ["0x" + one.hex()]))
            calls.append(("eth_getTransactionByHash", ["0x" + one.hex()]))
        found = self._many(*calls) if calls else []
        return [
            Fate(_mined(receipt), pooled=tx is not None)
            for receipt, tx in zip(found[::2], found[1::2], strict=True)
        ]

    def close(self) -> None:
        self._transport.close()


def _mined(receipt: Any) -> Mined | None:
    if receipt is None or receipt.get("blockNumber") is None:
        return None
    return Mined(
        _int(receipt["blockNumber"]),
        _bytes(receipt["blockHash"]),
        _int(receipt.get("status", "0x1")) == 1,
    )


class ChainNode:
    """A chain of this process, or of a file: each transaction is carried out as it is submitted.

    `Chain`s that are nodes themselves belong behind `RpcNode`.
    """

    def __init__(self, chain: Chain) -> None:
        self.name = chain.kind
        self._chain = chain
        self._sent: dict[bytes, Mined] = {}

    def chain_id(self) -> int:
        return self._chain.chain_id

    def head(self) -> Head:
        block = self._chain.head()
        return Head(block, self._hash(block))

    def time_of(self, number: int) -> int:
        return self._chain.block(number).time

    def hash_of(self, number: int) -> bytes:
        return self._hash(self._chain.block(number))

    def _hash(self, block: Block) -> bytes:
        # These chains forget old hashes, and have no reorganisations that could be told by them.
        return keccak_text(f"{self.chain_id()}:{block.number}:{block.time}")

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[Log]:
        found = [log for address in addresses for log in self._chain.logs(address, first)]
        found.sort(key=lambda log: (log.block.number, log.index))
        return [log for log in found if log.block.number <= last]

    def counts(self, account: str) -> tuple[int, int]:
        count = self._chain.nonce(account)
        return count, count

    def balance(self, account: str) -> int:
        return self._chain.balance(account)

    def suggested_tip(self) -> int:
        return 0

    def estimate(self, tx: Tx) -> int:
        self._chain.call(tx)
        return 15_000_000 * 4 // 5  # gas costs nothing here

    def sign(self, tx: Tx, nonce: int, gas: int, fees: Fees) -> Signed:
        raw = b"|".join((tx.sender.encode(), (tx.to or "").encode(), tx.data))
        seed = keccak(raw + nonce.to_bytes(8, "big") + fees.max_fee.to_bytes(32, "big"))
        return Signed(Tx(tx.sender, tx.to, tx.data, tx.value, gas), nonce, seed, raw)

    def submit(self, signed: Signed) -> None:
        if signed.hash in self._sent:
            return
        if signed.nonce != self._chain.nonce(signed.tx.sender):
            raise TxRejected(signed.tx, "nonce too low")
        receipt = self._chain.send(signed.tx)
        block = receipt.block
        self._sent[signed.hash] = Mined(block.number, self._hash(block), receipt.ok)

    def fates(self, hashes: Sequence[bytes]) -> list[Fate]:
        return [Fate(self._sent.get(one), pooled=one in self._sent) for one in hashes]

    def close(self) -> None:
        self._chain.close()


@dataclass(slots=True)
class Health:
    """How a node was when it was last looked at. `trouble` None: well."""

    node: Node
    head: Head | None = None
    trouble: str | None = None


class Pool:
    """All nodes. `healthy` ranks them anew; `broadcast` sends to all of them."""

    def __init__(self, nodes: Sequence[Node], chain_id: int, timeout: float) -> None:
        self.nodes = list(nodes)
        self._chain_id = chain_id
        self._patience = timeout * 2
        self._threads = ThreadPoolExecutor(
            max_workers=max(2, 2 * len(self.nodes)), thread_name_prefix="node"
        )
        self.health = [Health(node) for node in self.nodes]
        self.seen = 0

    def look(self, now: int, head_age: int | None) -> list[Health]:
        """Ask every node for its head. Those that can be used, the furthest first.

        A head older than `head_age` is trouble, but where no node has a younger one the oldest
        truth is better than none, and is returned.
        """
        self.health = self._all(lambda node: self._look(node, now))
        heads = [one.head for one in self.health if one.head is not None and one.trouble is None]
        best = max((head.block.number for head in heads), default=0)
        for one in self.health:
            if one.head is None or one.trouble is not None:
                continue
            if one.head.block.number < best - LAG_BLOCKS:
                one.trouble = f"is {best - one.head.block.number} blocks behind"
            elif head_age is not None and now - one.head.block.time > head_age:
                one.trouble = f"shows no block since {now - one.head.block.time} s"
            self.seen = max(self.seen, one.head.block.time)
        usable = [one for one in self.health if one.head is not None and _usable(one)]
        ranked = sorted(
            usable, key=lambda one: (one.trouble is not None, -_number(one), self._place(one))
        )
        return [one for one in ranked if _number(one) >= best - LAG_BLOCKS]

    def _place(self, one: Health) -> int:
        return self.nodes.index(one.node)

    def _look(self, node: Node, now: int) -> Health:
        try:
            if node.chain_id() != self._chain_id:
                return Health(node, None, f"is of chain {node.chain_id()}, not {self._chain_id}")
            head = node.head()
        except (NodeError, ValueError, KeyError, TypeError) as error:
            return Health(node, None, str(error))
        if head.block.time > now + FUTURE_SECONDS:
            ahead = head.block.time - now
            return Health(node, head, f"shows a block {ahead} s ahead of this clock")
        return Health(node, head)

    def _all(self, work: Callable[[Node], Health]) -> list[Health]:
        waiting = [(node, self._threads.submit(work, node)) for node in self.nodes]
        found = []
        for node, future in waiting:
            try:
                found.append(future.result(timeout=self._patience))
            except Late:
                found.append(Health(node, None, f"no answer within {self._patience:g} s"))
        return found

    def broadcast(self, signed: Signed) -> list[str]:
        """Hand it to every node; why those that refused it did so. Raises NodeError where none
        took it, TxRejected where one refused it and none took it.
        """
        sent = {self._threads.submit(node.submit, signed): node for node in self.nodes}
        refusals: list[str] = []
        rejected: TxRejected | None = None
        taken = False
        open_ones = set(sent)
        while open_ones:
            # Once one has it, the others go on by themselves: a node that hangs costs no time.
            patience = GRACE_SECONDS if taken else self._patience
            done, open_ones = wait(open_ones, patience, return_when=FIRST_COMPLETED)
            if not done:
                late = "no answer yet" if taken else f"no answer within {self._patience:g} s"
                refusals += [f"{sent[future].name}: {late}" for future in open_ones]
                break
            for future in done:
                try:
                    future.result()
                    taken = True
                except TxRejected as error:
                    rejected = error
                    refusals.append(f"{sent[future].name}: {error.why}")
                except NodeError as error:
                    refusals.append(str(error))
        if not taken:
            if rejected is not None:
                raise rejected
            raise NodeError(", ".join(node.name for node in self.nodes), "; ".join(refusals))
        return refusals

    def close(self) -> None:
        """Let go of all."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for node in self.nodes:
            node.close()


def _usable(one: Health) -> bool:
    """Well, or merely old: a block of the future comes from a liar."""
    return one.trouble is None or "shows no block since" in one.trouble


def _number(one: Health) -> int:
    return -1 if one.head is None else one.head.block.number


def _int(value: Any) -> int:
    return value if isinstance(value, int) else int(value, 16)


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def _log(found: Any, times: dict[int, int]) -> Log:
    number = _int(found["blockNumber"])
    stamp = found.get("blockTimestamp")
    return Log(
        to_checksum_address(found["address"]),
        tuple(_bytes(topic) for topic in found["topics"]),
        _bytes(found["data"]),
        Block(number, _int(stamp) if stamp else times[number]),
        _int(found["logIndex"]),
    )
