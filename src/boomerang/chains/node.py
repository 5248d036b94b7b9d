"""Any node that speaks JSON-RPC, by its URL. Where it is anvil, its test methods are used.

A live node mines when it likes: `mine`, `advance`, `set_balance` and snapshots raise NotSupported
there, and `send` signs, sends and waits. On anvil a block is made at the second that is asked for,
with the transactions given, at no cost of gas, and in order, which is checked: a block that came
out otherwise is taken back.
"""

from __future__ import annotations

import itertools
import time as clock
from typing import TYPE_CHECKING, Any, Protocol

import requests
from eth_utils.address import to_checksum_address

from boomerang.chains.base import (
    DEFAULT_TX_GAS,
    Block,
    CallReverted,
    Log,
    NodeError,
    NotSupported,
    Receipt,
    Signer,
    Tx,
    TxRejected,
    UnknownBlock,
    UnknownSnapshot,
    WrongBlockTime,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Json = Any

CALL_SECONDS = 30.0
WAIT_SECONDS = 300.0
LOG_SPAN = 5_000  # blocks that one eth_getLogs asks for, where a node refuses to answer for all
GAS_MARGIN = (5, 4)  # an estimate times this is what a transaction may use


class RpcError(NodeError):
    """The node answered with an error: `code`, `message`, and `data` (revert data, if any)."""

    def __init__(self, url: str, method: str, code: int, message: str, data: bytes) -> None:
        self.method = method
        self.code = code
        self.message = message
        self.data = data
        super().__init__(url, f"{method}: {message} (code {code})")


class NotMined(NodeError):
    """A transaction that was sent is in no block yet. It may still be mined: `hash` names it."""

    def __init__(self, url: str, tx_hash: bytes, seconds: float) -> None:
        self.hash = tx_hash
        super().__init__(url, f"0x{tx_hash.hex()} was sent and not mined within {seconds:g} s")


class Transport(Protocol):
    """What carries requests to a node."""

    url: str

    def request(self, calls: Sequence[tuple[str, list[Any]]]) -> list[Json]:
        """The results, in order. Raises RpcError for the first that failed, NodeError."""
        ...

    def close(self) -> None: ...


class HttpTransport:
    """JSON-RPC 2.0 over HTTP; several calls go as one batch."""

    def __init__(self, url: str, timeout: float = CALL_SECONDS) -> None:
        self.url = url
        self._timeout = timeout
        self._session = requests.Session()
        self._ids = itertools.count(1)

    def request(self, calls: Sequence[tuple[str, list[Any]]]) -> list[Json]:
        bodies = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
            for method, params in calls
        ]
        if not bodies:
            return []
        answer = self._post(bodies[0] if len(bodies) == 1 else bodies)
        replies = answer if isinstance(answer, list) else [answer]
        by_id = {reply.get("id"): reply for reply in replies if isinstance(reply, dict)}
        results = []
        for body in bodies:
            reply = by_id.get(body["id"])
            if reply is None and len(replies) == 1 and isinstance(replies[0], dict):
                reply = replies[0]  # a refused batch, or an error without an id
            if reply is None or not ("result" in reply or "error" in reply):
                raise NodeError(self.url, f"no answer to {body['method']}")
            if reply.get("error") is not None:
                raise self._error(str(body["method"]), reply["error"])
            results.append(reply["result"])
        return results

    def close(self) -> None:
        self._session.close()

    def _post(self, body: Json) -> Json:
        try:
            response = self._session.post(self.url, json=body, timeout=self._timeout)
        except requests.Timeout:
            raise NodeError(self.url, f"no answer within {self._timeout:g} s") from None
        except requests.ConnectionError:
            raise NodeError(self.url, "cannot be reached") from None
        except requests.RequestException as error:
            raise NodeError(self.url, f"is no address of a node ({error})") from None
        try:
            return response.json()
        except ValueError:
            raise NodeError(
                self.url, f"answered with HTTP status {response.status_code} and no JSON"
            ) from None

    def _error(self, method: str, error: Json) -> RpcError:
        if not isinstance(error, dict):
            return RpcError(self.url, method, 0, str(error), b"")
        return RpcError(
            self.url,
            method,
            int(error.get("code") or 0),
            str(error.get("message", "")),
            _revert_data(error.get("data")),
        )


class _Snapshot:
    __slots__ = ("head", "id", "owner")

    def __init__(self, owner: object, identifier: str, head: bytes) -> None:
        self.owner = owner
        self.id = identifier
        self.head = head


class NodeChain:
    """A `Chain` behind a URL (or a `Transport`). Raises NodeError where it does not answer."""

    def __init__(
        self,
        url: str | Transport,
        *,
        wait_seconds: float = WAIT_SECONDS,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._transport: Transport = HttpTransport(url) if isinstance(url, str) else url
        self._wait_seconds = wait_seconds
        self._on_close = on_close
        self._blocks: dict[int, tuple[bytes, Block]] = {}
        self._impersonated: set[str] = set()
        try:
            chain_id, version = self._many(("eth_chainId", []), ("web3_clientVersion", []))
            self._chain_id = _int(chain_id)
            self._anvil = str(version).lower().startswith("anvil")
            self._accounts = self._node_accounts()
        except BaseException:
            self.close()
            raise

    # ------------------------------------------------------------------------------- faces

    @property
    def url(self) -> str:
        """Which node."""
        return self._transport.url

    @property
    def transport(self) -> Transport:
        """What carries its requests: for several in one batch."""
        return self._transport

    @property
    def chain_id(self) -> int:
        return self._chain_id

    @property
    def kind(self) -> str:
        return "anvil" if self._anvil else "node"

    def head(self) -> Block:
        return _block(self._rpc("eth_getBlockByNumber", "latest", False))

    def now(self) -> int:
        """The time of the block that the node would make now, where it says so."""
        head, pending = self._many(
            ("eth_getBlockByNumber", ["latest", False]),
            ("eth_getBlockByNumber", ["pending", False]),
        )
        return max(_block(head).time, 0 if pending is None else _int(pending["timestamp"]))

    def block(self, number: int) -> Block:
        return self._block(number)[1]

    def block_hash(self, number: int) -> bytes:
        return self._block(number)[0]

    def mine(self, time: int, txs: Sequence[Tx] = ()) -> list[Receipt]:
        self._need_anvil("be told when to mine and what")
        head = self.head()
        if time <= head.time:
            raise WrongBlockTime(time, head)
        automine = bool(self._rpc("anvil_getAutomine"))
        if automine:
            self._rpc("evm_setAutomine", False)
        try:
            return self._mine(time, txs)
        finally:
            if automine:
                self._rpc("evm_setAutomine", True)

    def send(self, tx: Tx, signer: Signer | None = None) -> Receipt:
        """Sign, send, wait. Where the node can tell beforehand that it would fail, it is not sent.

        Raises CallReverted for that, TxRejected, NotMined. On anvil failures are mined, as on every
        test chain, and a block is made at once. Without a signer the node must hold the key.
        """
        if not self._anvil:
            return self.wait(self.submit(tx, signer))
        head = self.head()
        if self.now() <= head.time:  # anvil would repeat the head's time
            self._rpc("evm_setNextBlockTimestamp", head.time + 1)
        tx_hash = self.submit(tx, signer)
        if not self._rpc("anvil_getAutomine"):
            self._rpc("evm_mine")
        return self.wait(tx_hash)

    def submit(self, tx: Tx, signer: Signer | None = None) -> bytes:
        """Hand a transaction to the node, and do not wait: its hash. See `send`."""
        fields = self._fields(tx, signer)
        if signer is not None:
            raw = signer.sign_transaction(fields)
            return self._submit(tx, "eth_sendRawTransaction", "0x" + raw.hex())
        self._unlock(tx)
        return self._submit(tx, "eth_sendTransaction", _request(tx, **fields))

    def wait(self, tx_hash: bytes, seconds: float | None = None) -> Receipt:
        """The receipt of what was submitted. Raises NotMined."""
        seconds = self._wait_seconds if seconds is None else seconds
        deadline = clock.monotonic() + seconds
        pause = 0.02
        while True:
            found = self._rpc("eth_getTransactionReceipt", "0x" + tx_hash.hex())
            if found is not None and found.get("blockNumber") is not None:
                return self._receipt(found, None)
            if clock.monotonic() >= deadline:
                raise NotMined(self.url, tx_hash, seconds)
            clock.sleep(pause)
            pause = min(pause * 1.5, 2.0)

    def call(self, tx: Tx, at: int | None = None) -> bytes:
        params: list[Any] = [_request(tx), "latest"]
        if at is not None:
            params += [{}, {"time": hex(at)}]
        try:
            return _bytes(self._rpc("eth_call", *params))
        except RpcError as error:
            if error.data or _says_reverted(error.message):
                raise CallReverted(error.data) from None
            raise

    def advance(self, seconds: int) -> Block:
        self.mine(max(self.head().time, self.now()) + seconds)
        return self.head()

    def balance(self, address: str) -> int:
        return _int(self._rpc("eth_getBalance", address, "latest"))

    def nonce(self, address: str) -> int:
        return _int(self._rpc("eth_getTransactionCount", address, "latest"))

    def code(self, address: str) -> bytes:
        return _bytes(self._rpc("eth_getCode", address, "latest"))

    def logs(self, address: str, from_block: int = 0) -> list[Log]:
        head = self.head().number
        try:
            found = self._get_logs(address, from_block, head)
        except RpcError:
            # Many providers answer for so many blocks only.
            found = []
            for start in range(from_block, head + 1, LOG_SPAN):
                found += self._get_logs(address, start, min(start + LOG_SPAN - 1, head))
        self._fetch_blocks({_int(log["blockNumber"]) for log in found if not _log_time(log)})
        return [self._log(log) for log in found]

    def accounts(self) -> list[str]:
        return list(self._accounts)

    def set_balance(self, address: str, wei: int) -> None:
        self._need_anvil("set balances")
        self._rpc("anvil_setBalance", address, hex(wei))

    def set_code(self, address: str, code: bytes) -> None:
        self._need_anvil("set code")
        self._rpc("anvil_setCode", address, "0x" + code.hex())

    def snapshot(self) -> object:
        self._need_anvil("take snapshots")
        return _Snapshot(self, self._rpc("evm_snapshot"), self._head_hash())

    def restore(self, snapshot: object) -> None:
        self._need_anvil("return to snapshots")
        if not isinstance(snapshot, _Snapshot) or snapshot.owner is not self:
            raise UnknownSnapshot
        self._blocks.clear()
        try:
            known = bool(self._rpc("evm_revert", snapshot.id))
        except RpcError:
            known = False
        if not known or self._head_hash() != snapshot.head:
            raise UnknownSnapshot
        # anvil forgets a snapshot that it returned to.
        snapshot.id = self._rpc("evm_snapshot")

    def close(self) -> None:
        self._transport.close()
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()

    def __enter__(self) -> NodeChain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---------------------------------------------------------------------------- requests

    def _rpc(self, method: str, *params: Any) -> Json:
        return self._transport.request([(method, list(params))])[0]

    def _many(self, *calls: tuple[str, list[Any]]) -> list[Json]:
        return self._transport.request(calls)

    def _need_anvil(self, what: str) -> None:
        if not self._anvil:
            raise NotSupported(self.kind, what)

    def _node_accounts(self) -> list[str]:
        try:
            return [to_checksum_address(a) for a in self._rpc("eth_accounts")]
        except RpcError:
            return []

    def _head_hash(self) -> bytes:
        return _bytes(self._rpc("eth_getBlockByNumber", "latest", False)["hash"])

    def _block(self, number: int) -> tuple[bytes, Block]:
        known = self._blocks.get(number)
        if known is None:
            found = self._rpc("eth_getBlockByNumber", hex(number), False) if number >= 0 else None
            if found is None:
                raise UnknownBlock(number)
            known = (_bytes(found["hash"]), _block(found))
            if self._anvil:
                self._blocks[number] = known
        return known

    def _fetch_blocks(self, numbers: Iterable[int]) -> None:
        missing = sorted(set(numbers) - self._blocks.keys())
        for start in range(0, len(missing), 100):
            calls = [
                ("eth_getBlockByNumber", [hex(n), False]) for n in missing[start : start + 100]
            ]
            for found in self._many(*calls):
                if found is not None:
                    block = _block(found)
                    self._blocks[block.number] = (_bytes(found["hash"]), block)

    def _get_logs(self, address: str, first: int, last: int) -> list[Json]:
        found: list[Json] = self._rpc(
            "eth_getLogs", {"address": address, "fromBlock": hex(first), "toBlock": hex(last)}
        )
        return found

    # ------------------------------------------------------------------------ transactions

    def _unlock(self, tx: Tx) -> None:
        sender = to_checksum_address(tx.sender)
        if sender in self._accounts or sender in self._impersonated:
            return
        if not self._anvil:
            raise TxRejected(tx, "the node holds no key of it, and no signer was given")
        self._rpc("anvil_impersonateAccount", sender)
        self._impersonated.add(sender)

    def _fields(self, tx: Tx, signer: Signer | None) -> dict[str, Any]:
        """Nonce, gas and fees; with a signer the whole transaction."""
        nonce, head = self._many(
            ("eth_getTransactionCount", [tx.sender, "pending"]),
            ("eth_getBlockByNumber", ["latest", False]),
        )
        base_fee = _int(head.get("baseFeePerGas") or "0x0")
        tip = 0 if self._anvil else self._tip()
        fields: dict[str, Any] = {
            "nonce": _int(nonce),
            "gas": self._gas(tx),
            "maxFeePerGas": 2 * base_fee + tip,
            "maxPriorityFeePerGas": tip,
        }
        if signer is not None:
            fields |= {
                "chainId": self._chain_id,
                "to": tx.to,
                "value": tx.value,
                "data": tx.data,
            }
        return fields

    def _tip(self) -> int:
        try:
            return _int(self._rpc("eth_maxPriorityFeePerGas"))
        except RpcError:
            return 10**9

    def _gas(self, tx: Tx) -> int:
        if tx.gas is not None:
            return tx.gas
        if self._anvil:
            return DEFAULT_TX_GAS
        try:
            estimate = _int(self._rpc("eth_estimateGas", _request(tx)))
        except RpcError as error:
            if error.data or _says_reverted(error.message):
                raise CallReverted(error.data, "it would revert, and was not sent") from None
            raise TxRejected(tx, error.message) from None
        return estimate * GAS_MARGIN[0] // GAS_MARGIN[1]

    def _submit(self, tx: Tx, method: str, payload: Any) -> bytes:
        try:
            return _bytes(self._rpc(method, payload))
        except RpcError as error:
            raise TxRejected(tx, error.message) from None

    def _mine(self, time: int, txs: Sequence[Tx]) -> list[Receipt]:
        # Whatever goes wrong after this is taken back, also what is in anvil's pool.
        before = self._rpc("evm_snapshot") if txs else None
        nonces: dict[str, int] = {}
        hashes: list[bytes] = []
        try:
            if txs:
                self._rpc("anvil_setNextBlockBaseFeePerGas", "0x0")
            for tx in txs:
                self._unlock(tx)
                nonce = nonces.get(tx.sender)
                if nonce is None:
                    nonce = self.nonce(tx.sender)
                nonces[tx.sender] = nonce + 1
                request = _request(tx, nonce=nonce, gas=self._gas(tx), gasPrice=0)
                hashes.append(self._submit(tx, "eth_sendTransaction", request))
            self._many(("evm_setNextBlockTimestamp", [time]), ("evm_mine", []))
            mined = self._rpc("eth_getBlockByNumber", "latest", False)
            included = [_bytes(h) for h in mined["transactions"]]
            if included != hashes:
                left = [tx for tx, h in zip(txs, hashes, strict=True) if h not in included]
                if left:
                    raise TxRejected(left[0], "the node left it out of its block")
                raise NodeError(self.url, "the node mined other transactions, or in another order")
            if _block(mined).time != time:
                raise NodeError(self.url, f"the node mined at {_block(mined).time}, not at {time}")
        except (TxRejected, NodeError):
            self._rpc("anvil_dropAllTransactions")
            if before is not None:
                self._rpc("evm_revert", before)
            raise
        found = self._many(*(("eth_getTransactionReceipt", ["0x" + h.hex()]) for h in hashes))
        return [
            self._receipt(receipt, _block(mined)) for receipt, _ in zip(found, txs, strict=True)
        ]

    def _receipt(self, found: Json, block: Block | None) -> Receipt:
        ok = _int(found["status"]) == 1
        if block is None:
            block = self.block(_int(found["blockNumber"]))
        created = found.get("contractAddress")
        return Receipt(
            ok=ok,
            gas_used=_int(found["gasUsed"]),
            block=block,
            logs=tuple(
                Log(
                    to_checksum_address(log["address"]),
                    tuple(_bytes(topic) for topic in log["topics"]),
                    _bytes(log["data"]),
                    block,
                    _int(log["logIndex"]),
                )
                for log in found["logs"]
            ),
            contract=to_checksum_address(created) if ok and created else None,
            output=b"" if ok else self._revert_data(found),
            index=_int(found["transactionIndex"]),
            hash=_bytes(found["transactionHash"]),
        )

    def _revert_data(self, found: Json) -> bytes:
        """What a mined failure reverted with: by its trace, else by repeating it on its parent."""
        tx_hash = found["transactionHash"]
        try:
            trace = self._rpc("debug_traceTransaction", tx_hash, {"tracer": "callTracer"})
            return _bytes(trace.get("output") or "0x")
        except RpcError:
            pass
        try:
            tx = self._rpc("eth_getTransactionByHash", tx_hash)
            request = {k: tx[k] for k in ("from", "to", "value", "gas") if tx.get(k)}
            request["data"] = tx["input"]
            self._rpc("eth_call", request, hex(_int(found["blockNumber"]) - 1))
        except RpcError as error:
            return error.data
        return b""

    def _log(self, found: Json) -> Log:
        number = _int(found["blockNumber"])
        time = _log_time(found)
        return Log(
            to_checksum_address(found["address"]),
            tuple(_bytes(topic) for topic in found["topics"]),
            _bytes(found["data"]),
            Block(number, time) if time else self.block(number),
            _int(found["logIndex"]),
        )


def _int(value: Any) -> int:
    return value if isinstance(value, int) else int(value, 16)


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def _block(found: Json) -> Block:
    return Block(_int(found["number"]), _int(found["timestamp"]))


def _log_time(found: Json) -> int:
    """The block's time where the node puts it beside the log (0 where not)."""
    return _int(found.get("blockTimestamp") or 0)


def _request(tx: Tx, **more: Any) -> dict[str, Any]:
    """A transaction as JSON-RPC has it."""
    fields: dict[str, Any] = {"from": tx.sender, "data": "0x" + tx.data.hex()}
    if tx.to is not None:
        fields["to"] = tx.to
    if tx.value:
        fields["value"] = hex(tx.value)
    if tx.gas is not None:
        fields["gas"] = hex(tx.gas)
    for name, value in more.items():
        fields[name] = hex(value)
    return fields


def _revert_data(data: Any) -> bytes:
    """Nodes put it in `data` as hex, some one level deeper, some behind a word."""
    if isinstance(data, dict):
        data = data.get("data") or data.get("result") or ""
    if isinstance(data, str):
        text = data.rpartition("0x")[2] if "0x" in data else ""
        try:
            return bytes.fromhex(text)
        except ValueError:
            return b""
    return b""


def _says_reverted(message: str) -> bool:
    message = message.lower()
    return (
        "revert" in message
        or "evm error" in message
        or "invalid opcode" in message
        or "out of gas" in message
    )
