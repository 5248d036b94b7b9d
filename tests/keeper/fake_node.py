"""A node that does what a test tells it: mines, forgets, refuses, reorganises."""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.crypto import keccak

from boomerang.chains.base import Block, CallReverted, Log, NodeError, Tx, TxRejected, UnknownBlock
from boomerang.keeper.nodes import Fate, Fees, Head, Mined, Signed


class FakeNode:
    def __init__(self, name: str = "node", chain_id: int = 1, time: int = 1_800_000_000) -> None:
        self.name = name
        self._chain_id = chain_id
        self.blocks: list[tuple[Block, bytes, list[Signed]]] = []
        self.pool: dict[int, Signed] = {}
        self.received: list[tuple[Signed, Fees]] = []
        self.fees: dict[bytes, Fees] = {}
        self.base_fee = 10**9
        self.tip = 10**9
        self.fails: set[int] = set()  # nonces whose transactions revert once mined
        self.reverts: bytes | None = None  # what estimates revert with
        self.refuses: str | None = None
        self.confused: str | None = None  # what estimates fail with
        self.dead: str | None = None
        self.time = time
        self.mine(time)

    # ------------------------------------------------------------------------- what tests do

    def mine(self, time: int | None = None, *, include: bool = True) -> None:
        taken: list[Signed] = []
        if include:
            nonce = self.counts("")[0]
            while nonce in self.pool:
                taken.append(self.pool.pop(nonce))
                nonce += 1
        number = len(self.blocks)
        self.time = self.time + 1 if time is None else time
        seed = keccak(f"{number}:{self.time}:{[s.hash for s in taken]}:{self.name}".encode())
        self.blocks.append((Block(number, self.time), seed, taken))

    def reorganise(self, depth: int, *, back: bool = False) -> None:
        """The last blocks are replaced by empty ones; `back`: their transactions are pooled."""
        gone = self.blocks[-depth:]
        del self.blocks[-depth:]
        for block, _, transactions in gone:
            if back:
                self.pool |= {signed.nonce: signed for signed in transactions}
            number = len(self.blocks)
            self.blocks.append((Block(number, block.time), keccak(f"new {number}".encode()), []))

    def drop(self) -> None:
        self.pool.clear()

    # ------------------------------------------------------------------------------ the face

    def _alive(self) -> None:
        if self.dead is not None:
            raise NodeError(self.name, self.dead)

    def chain_id(self) -> int:
        self._alive()
        return self._chain_id

    def head(self) -> Head:
        self._alive()
        block, seed, _ = self.blocks[-1]
        return Head(block, seed, self.base_fee)

    def time_of(self, number: int) -> int:
        return self._block(number)[0].time

    def hash_of(self, number: int) -> bytes:
        return self._block(number)[1]

    def _block(self, number: int) -> tuple[Block, bytes, list[Signed]]:
        self._alive()
        if not 0 <= number < len(self.blocks):
            raise UnknownBlock(number)
        return self.blocks[number]

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[Log]:
        return []

    def counts(self, account: str) -> tuple[int, int]:
        self._alive()
        mined = sum(len(transactions) for _, _, transactions in self.blocks)
        pooled = mined
        while pooled in self.pool:
            pooled += 1
        return mined, pooled

    def balance(self, account: str) -> int:
        return 10**20

    def suggested_tip(self) -> int:
        return self.tip

    def estimate(self, tx: Tx) -> int:
        self._alive()
        if self.reverts is not None:
            raise CallReverted(self.reverts)
        if self.confused is not None:
            raise TxRejected(tx, self.confused)
        return 100_000

    def sign(self, tx: Tx, nonce: int, gas: int, fees: Fees) -> Signed:
        raw = repr((tx, nonce, gas, fees)).encode()
        signed = Signed(tx, nonce, keccak(raw), raw)
        self.fees[signed.hash] = fees
        return signed

    def submit(self, signed: Signed) -> None:
        self._alive()
        if self.refuses is not None:
            raise TxRejected(signed.tx, self.refuses)
        if signed.nonce < self.counts("")[0]:
            raise TxRejected(signed.tx, "nonce too low")
        before = self.pool.get(signed.nonce)
        fees = self.fees.get(signed.hash, Fees(0, 0))
        if before is not None and before.hash != signed.hash:
            old = self.fees.get(before.hash, Fees(0, 0))
            if fees.max_fee * 10 < old.max_fee * 11 or fees.tip * 10 < old.tip * 11:
                raise TxRejected(signed.tx, "replacement transaction underpriced")
        self.pool[signed.nonce] = signed
        self.received.append((signed, fees))

    def fates(self, hashes: Sequence[bytes]) -> list[Fate]:
        self._alive()
        places = {
            signed.hash: Mined(block.number, seed, signed.nonce not in self.fails)
            for block, seed, transactions in self.blocks
            for signed in transactions
        }
        pooled = {signed.hash for signed in self.pool.values()}
        return [Fate(places.get(one), one in pooled or one in places) for one in hashes]

    def close(self) -> None:
        pass
