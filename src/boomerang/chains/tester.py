"""eth-tester's chain: py-evm, with real signatures, headers and block hashes; slow, independent.

eth-tester's own calls mine one block a transaction, or raise where one fails, so they cannot put
several transactions, failed ones among them, into one block of a given second. What runs here is
the chain inside its backend, py-evm's `MiningChain`, which can. Keys and genesis are the backend's.

The rules are Prague's. Gas costs nothing where this module makes the backend; a backend that was
made elsewhere is paid its base fee.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth.vm.spoof import SpoofTransaction
from eth_keys.datatypes import PrivateKey
from eth_tester.backends.pyevm.main import PyEVMBackend
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.exceptions import ValidationError

from boomerang.chains.base import (
    BLOCK_GAS_LIMIT,
    DEFAULT_CHAIN_ID,
    DEFAULT_GENESIS_TIME,
    DEFAULT_TX_GAS,
    DEV_ACCOUNTS,
    DEV_BALANCE,
    DEV_MNEMONIC,
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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COINBASE = bytes.fromhex("00000000000000000000000000000000c0ffee00")


class _Snapshot:
    __slots__ = ("blocks", "header", "logs", "owner")

    def __init__(self, owner: object, header: Any, blocks: int, logs: int) -> None:
        self.owner = owner
        self.header = header
        self.blocks = blocks
        self.logs = logs


class TesterChain:
    """A `Chain` on py-evm by way of eth-tester. The development accounts have keys and money.

    With `backend` (an eth-tester `PyEVMBackend`, ape's for instance) that one is used: its
    accounts, its head, its chain id; logs are those of blocks made from now on. Use one
    TesterChain for it.
    """

    kind = "tester"

    def __init__(
        self,
        *,
        chain_id: int = DEFAULT_CHAIN_ID,
        genesis_time: int = DEFAULT_GENESIS_TIME,
        backend: Any = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._on_close = on_close
        if backend is None:
            backend = _new_backend(genesis_time)
            # The chain's class is eth-tester's, one for each backend; its chain id is a constant.
            backend.chain.chain_id = chain_id
        self._backend = backend
        self._chain = backend.chain
        self._keys = {
            key.public_key.to_checksum_address(): key.to_bytes() for key in backend.account_keys
        }
        head = self._chain.get_canonical_block_header_by_number(self._chain.header.block_number - 1)
        self._headers: list[Any] = [head]
        self._logs: list[Log] = []

    # ------------------------------------------------------------------------------ blocks

    @property
    def chain_id(self) -> int:
        number: int = self._chain.chain_id
        return number

    def head(self) -> Block:
        return _block(self._headers[-1])

    def now(self) -> int:
        return self.head().time

    def block(self, number: int) -> Block:
        return _block(self._header(number))

    def block_hash(self, number: int) -> bytes:
        block_hash: bytes = self._header(number).hash
        return block_hash

    def mine(self, time: int, txs: Sequence[Tx] = ()) -> list[Receipt]:
        return self._mine(time, [(tx, None) for tx in txs])

    def send(self, tx: Tx, signer: Signer | None = None) -> Receipt:
        """Mines at once, one second after the head."""
        return self._mine(self.head().time + 1, [(tx, signer)])[0]

    def advance(self, seconds: int) -> Block:
        self.mine(self.head().time + seconds)
        return self.head()

    def call(self, tx: Tx, at: int | None = None) -> bytes:
        if tx.to is None:
            raise TxRejected(tx, "a call needs somebody to call")
        head = self._headers[-1]
        header = head.copy(
            state_root=self._chain.header.state_root,
            timestamp=head.timestamp if at is None else at,
            # A call pays nothing, as on nodes; a backend made elsewhere has a base fee.
            base_fee_per_gas=0,
        )
        state = self._chain.get_vm(header).state
        unsigned = self._chain.create_unsigned_transaction(
            nonce=state.get_nonce(to_canonical_address(tx.sender)),
            gas_price=0,
            gas=tx.gas or MAX_TX_GAS,
            to=to_canonical_address(tx.to),
            value=tx.value,
            data=tx.data,
        )
        spoofed = SpoofTransaction(unsigned, from_=to_canonical_address(tx.sender))
        try:
            computation = state.costless_execute_transaction(spoofed)
        except ValidationError as error:
            raise TxRejected(tx, str(error)) from None
        if computation.is_error:
            raise CallReverted(computation.output, "reverted")
        output: bytes = computation.output
        return output

    # ------------------------------------------------------------------------------- state

    def balance(self, address: str) -> int:
        wei: int = self._state().get_balance(to_canonical_address(address))
        return wei

    def nonce(self, address: str) -> int:
        count: int = self._state().get_nonce(to_canonical_address(address))
        return count

    def code(self, address: str) -> bytes:
        code: bytes = self._state().get_code(to_canonical_address(address))
        return code

    def logs(self, address: str, from_block: int = 0) -> list[Log]:
        address = to_checksum_address(address)
        return [
            log for log in self._logs if log.address == address and log.block.number >= from_block
        ]

    def accounts(self) -> list[str]:
        return list(self._keys)

    def set_balance(self, address: str, wei: int) -> None:
        state = self._state()
        state.set_balance(to_canonical_address(address), wei)
        self._keep(state)

    def set_code(self, address: str, code: bytes) -> None:
        state = self._state()
        state.set_code(to_canonical_address(address), code)
        self._keep(state)

    def snapshot(self) -> object:
        return _Snapshot(self, self._chain.header, len(self._headers), len(self._logs))

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _Snapshot) or snapshot.owner is not self:
            raise UnknownSnapshot
        last = snapshot.blocks - 1
        if last >= len(self._headers) or self._headers[last].hash != snapshot.header.parent_hash:
            raise UnknownSnapshot
        self._chain.header = snapshot.header
        del self._headers[snapshot.blocks :]
        del self._logs[snapshot.logs :]

    def close(self) -> None:
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()

    # ----------------------------------------------------------------------------- machine

    def _header(self, number: int) -> Any:
        offset = number - self._headers[0].block_number
        if not 0 <= offset < len(self._headers):
            raise UnknownBlock(number)
        return self._headers[offset]

    def _state(self) -> Any:
        return self._chain.get_vm(self._chain.header).state

    def _keep(self, state: Any) -> None:
        state.persist()
        self._chain.header = self._chain.header.copy(state_root=state.state_root)

    def _mine(self, time: int, txs: Sequence[tuple[Tx, Signer | None]]) -> list[Receipt]:
        head = self.head()
        if time <= head.time:
            raise WrongBlockTime(time, head)
        chain = self._chain
        before = chain.header
        chain.header = before.copy(timestamp=time)
        nonces: dict[str, int] = {}
        signed = []
        for tx, signer in txs:
            nonce = nonces.get(tx.sender)
            if nonce is None:
                nonce = self.nonce(tx.sender)
            nonces[tx.sender] = nonce + 1
            try:
                signed.append(self._sign(tx, nonce, signer))
            except TxRejected:
                chain.header = before
                raise
        try:
            result, receipts, computations = chain.mine_all(
                signed, coinbase=_COINBASE, mix_hash=bytes(32), blob_gas_used=0
            )
        except ValidationError as error:
            chain.header = before
            raise TxRejected(self._culprit(txs, signed, time), str(error)) from None
        header = result.imported_block.header
        self._headers.append(header)
        block = _block(header)
        answers: list[Receipt] = []
        used = logged = 0
        for (tx, _), raw, receipt, computation in zip(
            txs, signed, receipts, computations, strict=True
        ):
            logs = tuple(
                Log(
                    to_checksum_address(log.address),
                    tuple(topic.to_bytes(32, "big") for topic in log.topics),
                    log.data,
                    block,
                    logged + i,
                )
                for i, log in enumerate(receipt.logs)
            )
            ok = not computation.is_error
            created = tx.to is None and ok
            answers.append(
                Receipt(
                    ok=ok,
                    gas_used=receipt.gas_used - used,
                    block=block,
                    logs=logs,
                    contract=to_checksum_address(computation.msg.storage_address)
                    if created
                    else None,
                    output=b"" if created else computation.output,
                    index=len(answers),
                    hash=raw.hash,
                )
            )
            used = receipt.gas_used
            logged += len(logs)
            self._logs += logs
        return answers

    def _sign(self, tx: Tx, nonce: int, signer: Signer | None) -> Any:
        gas = DEFAULT_TX_GAS if tx.gas is None else tx.gas
        if gas > MAX_TX_GAS:
            raise TxRejected(tx, f"{gas} gas is more than the {MAX_TX_GAS} that are allowed")
        # py-evm charges the floor, but does not ask whether the limit allows it.
        if gas < calldata_floor(tx.data):
            raise TxRejected(tx, f"{gas} gas is less than its data cost")
        gas_price = self._chain.header.base_fee_per_gas
        key = self._keys.get(to_checksum_address(tx.sender))
        if signer is not None and key is None:
            raw = signer.sign_transaction(
                {
                    "chainId": self.chain_id,
                    "nonce": nonce,
                    "gas": gas,
                    "maxFeePerGas": gas_price,
                    "maxPriorityFeePerGas": 0,
                    "to": tx.to,
                    "value": tx.value,
                    "data": tx.data,
                }
            )
            return self._chain.get_vm().get_transaction_builder().decode(raw)
        if key is None:
            raise TxRejected(tx, "this chain holds no key of it")
        unsigned = self._chain.create_unsigned_transaction(
            nonce=nonce,
            gas_price=gas_price,
            gas=gas,
            to=b"" if tx.to is None else to_canonical_address(tx.to),
            value=tx.value,
            data=tx.data,
        )
        return unsigned.as_signed_transaction(PrivateKey(key), chain_id=self.chain_id)

    def _culprit(
        self, txs: Sequence[tuple[Tx, Signer | None]], signed: Sequence[Any], time: int
    ) -> Tx:
        """The first transaction that makes the block impossible."""
        vm = self._chain.get_vm(self._chain.header.copy(timestamp=time))
        header = vm.get_header()
        for (tx, _), raw in zip(txs, signed, strict=True):
            try:
                receipt, _ = vm.apply_transaction(header, raw)
                header = vm.add_receipt_to_header(header, receipt)
            except ValidationError:
                return tx
        return txs[-1][0]


def _block(header: Any) -> Block:
    return Block(header.block_number, header.timestamp)


def _new_backend(genesis_time: int) -> Any:
    account = {"balance": DEV_BALANCE, "nonce": 0, "code": b"", "storage": {}}
    return PyEVMBackend(
        genesis_parameters={
            "coinbase": _COINBASE,
            "difficulty": 0,
            "extra_data": b"",
            "gas_limit": BLOCK_GAS_LIMIT,
            "mix_hash": bytes(32),
            "nonce": bytes(8),
            "timestamp": genesis_time,
            "base_fee_per_gas": 0,
        },
        genesis_state={to_canonical_address(a): account for a in DEV_ACCOUNTS.values()},
        mnemonic=DEV_MNEMONIC,
        hd_path="m/44'/60'/0'/0",
    )
