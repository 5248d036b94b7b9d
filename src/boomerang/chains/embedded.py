"""A chain in this process, on pyrevm: exact, deterministic, thousands of transactions a second.

pyrevm never closes a transaction: what one has touched stays warm for the next, and the values
that storage had "originally" grow stale, so gas comes out wrong. Here each transaction therefore
runs on an empty journal: its changes are read out, the journal is rolled back, and the changes are
written beneath it. Gas is then what a node charges, and undoing a block is writing old values back.

Known differences from a real chain:

- BLOCKHASH is revm's own for an empty database, the Keccak hash of the decimal number, and cannot
  be set. `block_hash` answers the same. Draws are therefore known in advance; give `first_block` to
  get others.
- The rules are Cancun's with the calldata floor of EIP-7623 (Prague). Delegations of EIP-7702 do
  not run, but an account may have code and still send, which is what contracts see of one.
- Gas costs nothing: base fee and gas price are 0.
"""

from __future__ import annotations

import re
import weakref
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import pyrevm
from eth_utils.address import to_checksum_address

from boomerang.chains.base import (
    BLOCK_GAS_LIMIT,
    DEFAULT_CHAIN_ID,
    DEFAULT_GENESIS_TIME,
    DEFAULT_TX_GAS,
    DEV_ACCOUNTS,
    DEV_BALANCE,
    MAX_TX_GAS,
    Block,
    CallReverted,
    Log,
    Receipt,
    Signer,
    Tx,
    TxRejected,
    UnknownBlock,
    UnknownSnapshot,
    WrongBlockTime,
    calldata_floor,
)
from boomerang.hashing import keccak

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.chains.stored import StoredChain

_SPEC = "Cancun"
_COINBASE = "0x00000000000000000000000000000000c0ffee00"
_NO_CODE = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")

# How revm prints its journal, the only place where it tells which slots a transaction wrote. Of
# an entry for each write, `had_value` is what stood there before it; None is a mere read.
_JOURNAL = "}, transient_storage: {"
_WRITE = re.compile(
    r"StorageChange \{ address: (0x[0-9a-f]{40}), key: (\d+), had_value: Some\((\d+)\) \}"
)
# Since Cancun only of a contract that ends in the transaction that created it (EIP-6780).
_ENDED = re.compile(r"AccountDestroyed \{ address: (0x[0-9a-f]{40}),")
_CODE_LENGTH = "code_hash: 0x{}, code: Some(Bytecode {{ bytecode: 0x"
_LENGTH = re.compile(r"[0-9a-f]*, state: Analysed \{ len: (\d+)")

_checksum = lru_cache(maxsize=4096)(to_checksum_address)


class _Account(NamedTuple):
    balance: int = 0
    nonce: int = 0
    code_hash: bytes = _NO_CODE


_EMPTY = _Account()


class _Changes(NamedTuple):
    accounts: list[tuple[str, _Account, pyrevm.AccountInfo]]
    slots: list[tuple[str, int, int, int]]  # address, key, value before, value after


_NONE = _Changes([], [])


class _Snapshot:
    """How long each list was, and which block was the head."""

    __slots__ = ("__weakref__", "blocks", "logs", "undo")

    def __init__(self, undo: int, blocks: int, logs: int) -> None:
        self.undo = undo
        self.blocks = blocks
        self.logs = logs


class EmbeddedChain:
    """A `Chain` in memory. Every account may send; the development accounts have money.

    `first_block` is the genesis block's number, `balances` replaces the development balances (wei
    by address). Not for use from several threads at once.
    """

    kind = "pyrevm"

    def __init__(
        self,
        *,
        chain_id: int = DEFAULT_CHAIN_ID,
        genesis_time: int = DEFAULT_GENESIS_TIME,
        first_block: int = 0,
        balances: Mapping[str, int] | None = None,
    ) -> None:
        self._chain_id = chain_id
        self._evm = pyrevm.EVM(
            env=pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id)),
            gas_limit=BLOCK_GAS_LIMIT,
            spec_id=_SPEC,
        )
        self._accounts: dict[str, _Account] = {}
        self._codes: dict[bytes, bytes] = {_NO_CODE: b""}  # by hash
        self._blocks = [Block(first_block, genesis_time)]
        self._logs: list[Log] = []
        self._undo: list[tuple[str, _Account] | tuple[str, int, int]] = []
        self._snapshots: weakref.WeakSet[_Snapshot] = weakref.WeakSet()
        self._env: tuple[int, int] | None = None
        if balances is None:
            balances = dict.fromkeys(DEV_ACCOUNTS.values(), DEV_BALANCE)
        for address, wei in balances.items():
            self._put_account(address.lower(), _Account(wei), _info(_Account(wei)))
        self._undo.clear()

    @staticmethod
    def open(path: Path | str, chain_id: int = DEFAULT_CHAIN_ID) -> StoredChain:
        """A chain that lives in a file; see `boomerang.chains.stored`."""
        from boomerang.chains.stored import StoredChain

        return StoredChain(Path(path), chain_id=chain_id)

    # ------------------------------------------------------------------------------ blocks

    @property
    def chain_id(self) -> int:
        return self._chain_id

    def head(self) -> Block:
        return self._blocks[-1]

    def now(self) -> int:
        return self._blocks[-1].time

    def block(self, number: int) -> Block:
        offset = number - self._blocks[0].number
        if not 0 <= offset < len(self._blocks):
            raise UnknownBlock(number)
        return self._blocks[offset]

    def block_hash(self, number: int) -> bytes:
        self.block(number)
        answer: bytes = self._evm.block_hash(number)
        return answer

    def mine(self, time: int, txs: Sequence[Tx] = ()) -> list[Receipt]:
        head = self._blocks[-1]
        if time <= head.time:
            raise WrongBlockTime(time, head)
        block = Block(head.number + 1, time)
        undo, logs = len(self._undo), len(self._logs)
        receipts: list[Receipt] = []
        if txs:
            self._set_env(block.number, time)
        try:
            for tx in txs:
                receipts.append(self._execute(tx, block, len(receipts), len(self._logs) - logs))
        except TxRejected:
            self._undo_to(undo)
            del self._logs[logs:]
            raise
        self._blocks.append(block)
        if not self._snapshots:
            self._undo.clear()
        return receipts

    def send(self, tx: Tx, signer: Signer | None = None) -> Receipt:
        """Mines at once, one second after the head. No signature is needed; a signer is ignored."""
        del signer
        return self.mine(self._blocks[-1].time + 1, [tx])[0]

    def advance(self, seconds: int) -> Block:
        self.mine(self.head().time + seconds)
        return self.head()

    def call(self, tx: Tx, at: int | None = None) -> bytes:
        if tx.to is None:
            raise TxRejected(tx, "a call needs somebody to call")
        head = self._blocks[-1]
        self._set_env(head.number, head.time if at is None else at)
        evm = self._evm
        checkpoint = evm.snapshot()
        try:
            self._let_send(tx.sender)
            answer: bytes = evm.message_call(
                tx.sender, tx.to, tx.data, tx.value, tx.gas or MAX_TX_GAS
            )
        except RuntimeError as error:
            raise CallReverted(*_why(tx, error)) from None
        finally:
            evm.revert(checkpoint)
        return answer

    # ------------------------------------------------------------------------------- state

    def balance(self, address: str) -> int:
        return self._accounts.get(address.lower(), _EMPTY).balance

    def nonce(self, address: str) -> int:
        return self._accounts.get(address.lower(), _EMPTY).nonce

    def code(self, address: str) -> bytes:
        return self._codes[self._accounts.get(address.lower(), _EMPTY).code_hash]

    def storage(self, address: str, slot: int) -> int:
        """One storage slot at the head."""
        checkpoint = self._evm.snapshot()
        try:
            value: int = self._evm.storage(address, slot)
        finally:
            self._evm.revert(checkpoint)
        return value

    def logs(self, address: str, from_block: int = 0) -> list[Log]:
        address = _checksum(address)
        return [
            log for log in self._logs if log.address == address and log.block.number >= from_block
        ]

    def accounts(self) -> list[str]:
        return list(DEV_ACCOUNTS.values())

    def set_balance(self, address: str, wei: int) -> None:
        key = address.lower()
        account = self._accounts.get(key, _EMPTY)._replace(balance=wei)
        self._put_account(key, account, _info(account))

    def set_code(self, address: str, code: bytes) -> None:
        key = address.lower()
        account = self._accounts.get(key, _EMPTY)
        account = account._replace(code_hash=keccak(code))
        self._codes[account.code_hash] = code
        self._put_account(key, account, _info(account, code or None))

    def snapshot(self) -> object:
        snapshot = _Snapshot(len(self._undo), len(self._blocks), len(self._logs))
        self._snapshots.add(snapshot)
        return snapshot

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _Snapshot) or snapshot not in self._snapshots:
            raise UnknownSnapshot
        self._undo_to(snapshot.undo)
        del self._blocks[snapshot.blocks :]
        del self._logs[snapshot.logs :]
        later = [s for s in self._snapshots if s.undo > snapshot.undo or s.blocks > snapshot.blocks]
        for s in later:
            self._snapshots.discard(s)

    def close(self) -> None:
        """Nothing is held."""

    # ----------------------------------------------------------------------------- machine

    def _set_env(self, number: int, time: int) -> None:
        if self._env == (number, time):
            return
        self._evm.set_block_env(
            pyrevm.BlockEnv(
                number=number, timestamp=time, coinbase=_COINBASE, gas_limit=BLOCK_GAS_LIMIT
            )
        )
        self._env = (number, time)

    def _execute(self, tx: Tx, block: Block, index: int, log_index: int) -> Receipt:
        sender = tx.sender.lower()
        before = self._accounts.get(sender, _EMPTY)
        gas = DEFAULT_TX_GAS if tx.gas is None else tx.gas
        data = tx.data
        floor = calldata_floor(data)
        if gas < floor:
            raise TxRejected(tx, f"{gas} gas is less than the {floor} that its data cost")
        if gas > MAX_TX_GAS:
            raise TxRejected(tx, f"{gas} gas is more than the {MAX_TX_GAS} that are allowed")
        if before.balance < tx.value:
            raise TxRejected(tx, f"it sends {tx.value} wei and has {before.balance}")
        evm = self._evm
        contract: str | None = None
        output = b""
        changes = _NONE
        checkpoint = evm.snapshot()
        try:
            if before.code_hash != _NO_CODE:
                self._let_send(sender)
            try:
                if tx.to is None:
                    contract = evm.deploy(sender, data, tx.value, gas)
                else:
                    output = evm.message_call(sender, tx.to, data, tx.value, gas)
            except RuntimeError as error:
                ok = False
                output, _ = _why(tx, error)
            else:
                ok = True
                changes = self._changes()
            result = cast("pyrevm.ExecutionResult", evm.result)
        finally:
            evm.revert(checkpoint)
        for change in changes.accounts:
            self._put_account(*change)
        for address, key, old, new in changes.slots:
            self._undo.append((address, key, old))
            self._put_slot(address, key, new)
        after = self._accounts.get(sender, _EMPTY)
        if after.nonce <= before.nonce:
            after = after._replace(nonce=before.nonce + 1)
            self._put_account(sender, after, _info(after))
        logs: tuple[Log, ...] = ()
        if ok:
            logs = tuple(
                Log(raw.address, tuple(raw.data[0]), raw.data[1], block, log_index + i)
                for i, raw in enumerate(result.logs)
            )
            self._logs += logs
        return Receipt(
            ok=ok,
            gas_used=max(result.gas_used, floor),
            block=block,
            logs=logs,
            contract=_checksum(contract) if contract else None,
            output=output,
            index=index,
        )

    def _let_send(self, sender: str) -> None:
        """Let an account with code send: revm goes by the code's hash, contracts by the code."""
        account = self._accounts.get(sender.lower(), _EMPTY)
        if account.code_hash != _NO_CODE:
            code = self._codes[account.code_hash]
            self._evm.basic(sender)  # loads it, so that the next line changes the journal alone
            self._evm.insert_account_info(sender, _info(account._replace(code_hash=_NO_CODE), code))

    def _changes(self) -> _Changes:
        """What the transaction that is still in the journal changed."""
        evm = self._evm
        whole = evm.journal_str
        journal = whole[whole.rindex(_JOURNAL) :]  # the far greater part is code, in hex
        ended = set(_ENDED.findall(journal)) if "AccountDestroyed" in journal else ()
        accounts: list[tuple[str, _Account, pyrevm.AccountInfo]] = []
        for address, info in evm.journal_state.items():
            key = address.lower()
            known = self._accounts.get(key, _EMPTY)
            account = _Account(info.balance, info.nonce, cast("bytes", info.code_hash))
            if account == known:
                continue
            if key in ended:
                account = _EMPTY
                info = _info(account)
            elif known.code_hash != _NO_CODE:
                # Code, once there, does not change: what differs is of `_let_send`.
                if account.code_hash != known.code_hash:
                    account = account._replace(code_hash=known.code_hash)
                    info = _info(account)
            elif account.code_hash not in self._codes:
                self._codes[account.code_hash] = _read_code(whole, account.code_hash, info)
            accounts.append((key, account, info))
        before: dict[tuple[str, str], str] = {}
        for address, slot, had in _WRITE.findall(journal):
            before.setdefault((address, slot), had)
        slots: list[tuple[str, int, int, int]] = []
        for (address, slot), had in before.items():
            if address not in ended:
                number, old = int(slot), int(had)
                new = evm.storage(address, number)
                if new != old:
                    slots.append((address, number, old, new))
        return _Changes(accounts, slots)

    def _put_account(self, key: str, account: _Account, info: pyrevm.AccountInfo) -> None:
        self._undo.append((key, self._accounts.get(key, _EMPTY)))
        self._accounts[key] = account
        self._evm.insert_account_info(key, info)

    def _put_slot(self, key: str, slot: int, value: int) -> None:
        # pyrevm writes into the database only where the account is not loaded, and then loads it;
        # rolled back at once, so that nothing stays warm.
        checkpoint = self._evm.snapshot()
        self._evm.insert_account_storage(key, slot, value)
        self._evm.revert(checkpoint)

    def _undo_to(self, length: int) -> None:
        while len(self._undo) > length:
            entry = self._undo.pop()
            if len(entry) == 2:
                key, account = entry
                self._accounts[key] = account
                self._evm.insert_account_info(key, _info(account))
            else:
                self._put_slot(*entry)


def _info(account: _Account, code: bytes | None = None) -> pyrevm.AccountInfo:
    balance, nonce, code_hash = account
    return pyrevm.AccountInfo(balance, nonce, code_hash, code)  # type: ignore[call-arg, arg-type]


def _why(tx: Tx, error: RuntimeError) -> tuple[bytes, str]:
    """Revert data and a word for the cause. Raises TxRejected where the transaction never ran."""
    text = str(error)
    if text.startswith("Revert {"):
        at = text.index("output: 0x") + len("output: 0x")
        return bytes.fromhex(text[at : text.index(" ", at)]), "reverted"
    if text.startswith("Halt {"):
        return b"", "halted (" + text[len("Halt { reason: ") : text.rindex(", gas_used")] + ")"
    raise TxRejected(tx, text) from None


def _read_code(journal: str, code_hash: bytes, info: pyrevm.AccountInfo) -> bytes:
    """The code of an account that was just created. revm pads what it has analysed, and tells how
    long it was only where it prints it.
    """
    start = _CODE_LENGTH.format(code_hash.hex())
    match = _LENGTH.match(journal, journal.index(start) + len(start))
    if match is None or info.code is None:
        raise AssertionError("revm prints code in a way that is not known here")
    return info.code[: int(match[1])]
