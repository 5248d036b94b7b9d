"""Nodes: started and stopped surely, wrong ones named, live ones not told what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from boomerang.chains import CallReverted, NodeError, NotSupported, Tx, TxRejected, connect
from boomerang.chains.anvil import (
    Anvil,
    AnvilChain,
    AnvilNotFound,
    AnvilNotStarted,
    find_anvil,
    wait_until_stopped,
)
from boomerang.chains.base import DEV_ACCOUNTS, DEV_BALANCE
from boomerang.chains.node import HttpTransport, NodeChain, NotMined, RpcError
from boomerang.chains.signers import LocalSigner, UnknownAccount, ape_signer, dev_signer
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]
STRANGER = "0x1111111111111111111111111111111111111111"
needs_anvil = [pytest.mark.anvil, pytest.mark.network]


# --------------------------------------------------------------------------------------- anvil


@pytest.mark.anvil
@pytest.mark.network
class TestAnvil:
    def test_starts_with_what_it_was_told(self) -> None:
        with Anvil(chain_id=4242, genesis_time=1_900_000_000) as node:
            chain = NodeChain(node.url)
            assert chain.kind == "anvil"
            assert chain.chain_id == 4242
            assert chain.head().time == 1_900_000_000
            assert chain.accounts() == list(DEV_ACCOUNTS.values())
            assert chain.balance(ALICE) == DEV_BALANCE
            chain.close()
            pid = node.pid
        assert wait_until_stopped(pid)
        assert not node.running
        node.stop()

    def test_two_do_not_share_a_port(self) -> None:
        with Anvil() as one, Anvil() as two:
            assert one.url != two.url

    def test_port_that_is_taken(self) -> None:
        with Anvil() as node:
            port = int(node.url.rpartition(":")[2])
            with pytest.raises(AnvilNotStarted, match="in use"):
                Anvil(port=port)

    def test_automine_and_blocks_on_demand(self) -> None:
        with Anvil(automine=True) as node:
            chain = NodeChain(node.url)
            assert chain.send(Tx(ALICE, BOB, value=1)).ok
            head = chain.head()
            receipts = chain.mine(head.time + 77, [Tx(ALICE, BOB, value=1), Tx(BOB, ALICE)])
            assert [r.block.time for r in receipts] == [head.time + 77] * 2
            tx_hash = chain.submit(Tx(ALICE, BOB, value=1))
            assert chain.wait(tx_hash, seconds=5).block.number == head.number + 2
            chain.close()

    def test_block_time(self) -> None:
        with Anvil(genesis_time=None, automine=True, block_time=1) as node:
            chain = NodeChain(node.url)
            head = chain.head()
            assert abs(head.time - time.time()) < 60
            deadline = time.monotonic() + 10
            while chain.head().number == head.number and time.monotonic() < deadline:
                time.sleep(0.1)
            assert chain.head().number > head.number
            assert chain.now() >= head.time
            chain.close()

    def test_what_is_not_mined_is_said_with_its_hash(self) -> None:
        with AnvilChain() as chain:
            tx_hash = chain.submit(Tx(ALICE, BOB, value=1))
            with pytest.raises(NotMined) as caught:
                chain.wait(tx_hash, seconds=0.1)
            assert caught.value.hash == tx_hash
            chain.node.stop()
            with pytest.raises(NodeError, match="cannot be reached") as lost:
                chain.head()
            assert lost.value.url == chain.url

    def test_anyone_can_be_acted_for(self) -> None:
        with AnvilChain() as chain:
            chain.set_balance(STRANGER, 10)
            (receipt,) = chain.mine(chain.head().time + 1, [Tx(STRANGER, ALICE, value=3)])
            assert receipt.ok
            assert chain.send(Tx(STRANGER, ALICE, value=3)).ok
            assert chain.balance(STRANGER) == 4

    def test_revert_data_without_traces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        revert = bytes.fromhex("60fe60005260206000fd")
        with AnvilChain() as chain:
            chain.set_code(STRANGER, revert)
            request = chain._rpc

            def untraced(method: str, *params: Any) -> Any:
                if method == "debug_traceTransaction":
                    raise RpcError(chain.url, method, -32601, "no such method", b"")
                return request(method, *params)

            monkeypatch.setattr(chain, "_rpc", untraced)
            (receipt,) = chain.mine(chain.head().time + 1, [Tx(ALICE, STRANGER)])
            assert receipt.output == (0xFE).to_bytes(32, "big")

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills with the parent")
    def test_dies_with_whoever_started_it(self, number: int) -> None:
        program = (
            "import time\nfrom boomerang.chains.anvil import Anvil\n"
            "node = Anvil()\nprint(node.pid, flush=True)\ntime.sleep(60)\n"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.send_signal(number)
        parent.wait()
        parent.stdout.close()
        assert wait_until_stopped(pid)

    def test_ends_with_the_program(self) -> None:
        program = "from boomerang.chains.anvil import Anvil\nprint(Anvil().pid)\n"
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert wait_until_stopped(int(done.stdout))

    def test_found_in_a_parent_or_by_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = find_anvil()
        monkeypatch.setenv("ANVIL", str(found))
        assert find_anvil() == found
        monkeypatch.setenv("ANVIL", str(tmp_path / "none"))
        with pytest.raises(AnvilNotFound, match="none"):
            find_anvil()


def test_no_anvil_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from boomerang.chains import anvil

    monkeypatch.delenv("ANVIL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "node_modules" / ".bin"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(anvil, "__file__", str(tmp_path / "anvil.py"))
    script = tmp_path / "node_modules" / ".bin" / "anvil"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    with pytest.raises(AnvilNotFound, match="npm ci"):
        find_anvil()


def test_what_ends_at_once_is_no_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "anvil"
    broken.write_text("#!/bin/sh\necho no luck today\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("ANVIL", str(broken))
    with pytest.raises(AnvilNotStarted, match="no luck today"):
        Anvil()


def test_what_says_nothing_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from boomerang.chains import anvil

    silent = tmp_path / "anvil"
    silent.write_text("#!/bin/sh\ntrap '' TERM\nwhile true; do sleep 0.05; done\n")
    silent.chmod(0o755)
    monkeypatch.setenv("ANVIL", str(silent))
    monkeypatch.setattr(anvil, "START_SECONDS", 0.3)
    monkeypatch.setattr(anvil, "STOP_SECONDS", 0.3)
    with pytest.raises(AnvilNotStarted, match="did not listen"):
        Anvil()


# ---------------------------------------------------------------------------------- live nodes


class FakeNode:
    """A node that answers as it is told, over HTTP on loopback."""

    def __init__(self) -> None:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = fake.answer(body)
                raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200 if raw != b"gone" else 502)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.asked: list[tuple[str, list[Any]]] = []
        self.replies: dict[str, Any] = {}
        self.raw: bytes | None = None

    DEFAULTS: ClassVar[dict[str, Any]] = {
        "eth_chainId": "0x5",
        "web3_clientVersion": "Geth/v1",
        "eth_accounts": [],
        "eth_getBlockByNumber": {
            "number": "0x10",
            "timestamp": "0x64",
            "hash": "0x" + "ab" * 32,
            "baseFeePerGas": "0x7",
        },
        "eth_getTransactionCount": "0x3",
        "eth_maxPriorityFeePerGas": "0x2",
        "eth_estimateGas": "0x5208",
        "eth_blockNumber": "0x10",
    }

    def answer(self, body: Any) -> Any:
        if self.raw is not None:
            return self.raw
        if isinstance(body, list):
            return [self.answer(one) for one in reversed(body)]
        self.asked.append((body["method"], body["params"]))
        reply = self.replies.get(body["method"], self.DEFAULTS.get(body["method"]))
        if callable(reply):
            reply = reply(*body["params"])
        if isinstance(reply, Exception):
            error = reply.args[0]
            return {"jsonrpc": "2.0", "id": body["id"], "error": error}
        return {"jsonrpc": "2.0", "id": body["id"], "result": reply}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def node() -> Iterator[FakeNode]:
    fake = FakeNode()
    yield fake
    fake.close()


@pytest.fixture
def chain(node: FakeNode) -> Iterator[NodeChain]:
    chain = NodeChain(node.url)
    yield chain
    chain.close()


def rpc_error(code: int, message: str, data: Any = None) -> Exception:
    return Exception({"code": code, "message": message, "data": data})


RECEIPT = {
    "status": "0x1",
    "blockNumber": "0x10",
    "gasUsed": "0x5208",
    "logs": [],
    "contractAddress": None,
    "transactionIndex": "0x2",
    "transactionHash": "0x" + "cd" * 32,
}


def test_nobody_there() -> None:
    url = "http://127.0.0.1:9"
    with pytest.raises(NodeError, match="cannot be reached") as caught:
        connect(url)
    assert caught.value.url == url
    assert caught.value.exit_code == 3
    assert url in str(caught.value)


@pytest.mark.network
@pytest.mark.parametrize("raw", [b"<html>", b"gone", b"[]", b"{}", b"3"])
def test_somebody_else_there(node: FakeNode, raw: bytes) -> None:
    node.raw = raw
    with pytest.raises(NodeError) as caught:
        NodeChain(node.url)
    assert caught.value.url == node.url


@pytest.mark.network
def test_too_slow(node: FakeNode) -> None:
    node.replies["eth_chainId"] = lambda: time.sleep(0.5)
    transport = HttpTransport(node.url, timeout=0.1)
    with pytest.raises(NodeError, match=r"within 0\.1 s"):
        NodeChain(transport)


@pytest.mark.network
def test_live_node_is_not_told_when_to_mine(chain: NodeChain) -> None:
    assert chain.kind == "node"
    calls: list[Callable[[], object]] = [
        lambda: chain.mine(10**10),
        lambda: chain.advance(1),
        lambda: chain.set_balance(ALICE, 1),
        lambda: chain.set_code(ALICE, b""),
        chain.snapshot,
        lambda: chain.restore(None),
    ]
    for call in calls:
        with pytest.raises(NotSupported):
            call()


@pytest.mark.network
def test_sent_signed_and_waited_for(chain: NodeChain, node: FakeNode) -> None:
    signer = dev_signer("alice")
    pending = iter([None, None, RECEIPT])
    node.replies["eth_sendRawTransaction"] = "0x" + "cd" * 32
    node.replies["eth_getTransactionReceipt"] = lambda _: next(pending)
    receipt = chain.send(Tx(ALICE, BOB, value=5), signer)
    assert receipt.ok
    assert (receipt.block.number, receipt.block.time, receipt.index) == (16, 100, 2)
    (raw,) = [params[0] for method, params in node.asked if method == "eth_sendRawTransaction"]
    from eth_account import Account
    from eth_account.typed_transactions import TypedTransaction
    from hexbytes import HexBytes

    assert Account.recover_transaction(raw) == ALICE
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    assert fields["nonce"] == 3
    assert fields["gas"] == 21000 * 5 // 4
    assert fields["maxFeePerGas"] == 2 * 7 + 2
    assert fields["chainId"] == 5


@pytest.mark.network
def test_what_would_revert_is_not_sent(chain: NodeChain, node: FakeNode) -> None:
    node.replies["eth_estimateGas"] = rpc_error(3, "execution reverted", "0x1234")
    with pytest.raises(CallReverted) as caught:
        chain.send(Tx(ALICE, BOB), dev_signer("alice"))
    assert caught.value.data == b"\x12\x34"
    assert "eth_sendRawTransaction" not in [method for method, _ in node.asked]
    node.replies["eth_estimateGas"] = rpc_error(-32000, "insufficient funds for transfer")
    with pytest.raises(TxRejected, match="insufficient funds"):
        chain.send(Tx(ALICE, BOB), dev_signer("alice"))


@pytest.mark.network
def test_refused_by_the_node(chain: NodeChain, node: FakeNode) -> None:
    node.replies["eth_sendRawTransaction"] = rpc_error(-32000, "already known")
    with pytest.raises(TxRejected, match="already known"):
        chain.send(Tx(ALICE, BOB), dev_signer("alice"))
    with pytest.raises(TxRejected, match="no key"):
        chain.send(Tx(ALICE, BOB))


@pytest.mark.network
@pytest.mark.parametrize(
    ("error", "data"),
    [
        (rpc_error(3, "execution reverted", "0xab"), b"\xab"),
        (rpc_error(-32000, "x", {"data": "0xab"}), b"\xab"),
        (rpc_error(-32015, "VM execution error.", "Reverted 0xab"), b"\xab"),
        (rpc_error(-32000, "execution reverted"), b""),
        (rpc_error(-32000, "invalid opcode: INVALID"), b""),
    ],
)
def test_reverts_in_all_their_dresses(
    chain: NodeChain, node: FakeNode, error: Exception, data: bytes
) -> None:
    node.replies["eth_call"] = error
    with pytest.raises(CallReverted) as caught:
        chain.call(Tx(ALICE, BOB))
    assert caught.value.data == data


@pytest.mark.network
def test_other_errors_keep_their_name(chain: NodeChain, node: FakeNode) -> None:
    node.replies["eth_call"] = rpc_error(-32005, "rate limited")
    with pytest.raises(RpcError, match="eth_call: rate limited") as caught:
        chain.call(Tx(ALICE, BOB))
    assert caught.value.code == -32005


@pytest.mark.network
def test_logs_in_spans_with_times_that_the_node_leaves_out(
    chain: NodeChain, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boomerang.chains.node.LOG_SPAN", 8)

    def logs(query: dict[str, str]) -> Any:
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        if last - first > 8:
            return rpc_error(-32005, "query returned more than 10000 results")
        return [
            {
                "address": STRANGER,
                "topics": [],
                "data": "0x",
                "blockNumber": hex(first),
                "logIndex": "0x0",
            }
        ]

    node.replies["eth_getLogs"] = logs
    node.replies["eth_getBlockByNumber"] = lambda number, _: {
        "number": "0x10" if number == "latest" else number,
        "timestamp": "0x64",
        "hash": "0x" + "ab" * 32,
    }
    found = chain.logs(STRANGER)
    assert [log.block.number for log in found] == [0, 8, 16]
    assert {log.block.time for log in found} == {100}


@pytest.mark.network
def test_node_that_holds_keys(node: FakeNode) -> None:
    node.replies["eth_accounts"] = [ALICE.lower()]
    node.replies["eth_sendTransaction"] = "0x" + "cd" * 32
    node.replies["eth_getTransactionReceipt"] = RECEIPT
    node.replies["eth_maxPriorityFeePerGas"] = rpc_error(-32601, "no such method")
    chain = NodeChain(node.url)
    assert chain.accounts() == [ALICE]
    assert chain.send(Tx(ALICE, BOB, value=1)).ok
    (sent,) = [params[0] for method, params in node.asked if method == "eth_sendTransaction"]
    assert sent["from"] == ALICE
    assert int(sent["maxPriorityFeePerGas"], 16) == 10**9
    chain.close()


# ------------------------------------------------------------------------------ names, signers


def test_connect_by_name() -> None:
    assert connect("embedded").kind == connect("pyrevm").kind == "pyrevm"
    with pytest.raises(InvalidInput, match="no chain 'besu'"):
        connect("besu")


def test_development_signers() -> None:
    assert dev_signer("Alice").address == ALICE
    assert dev_signer(BOB) is not None
    assert dev_signer("trent").address == DEV_ACCOUNTS["trent"]
    assert isinstance(dev_signer("bob"), LocalSigner)
    with pytest.raises(UnknownAccount, match="development accounts are alice"):
        dev_signer("mallory")


def test_all_development_keys_are_those_of_their_addresses() -> None:
    assert {name: dev_signer(name).address for name in DEV_ACCOUNTS} == DEV_ACCOUNTS


# ----------------------------------------------------------------------------------------- ape


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestApe:
    @pytest.fixture(autouse=True)
    def data_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("APE_DATA_FOLDER", str(tmp_path / "ape"))

    def test_network_choice_of_ape(self) -> None:
        chain = connect("ethereum:local:test")
        assert chain.kind == "tester"
        (receipt,) = chain.mine(chain.head().time + 9, [Tx(ALICE, BOB, value=1)])
        assert receipt.ok
        assert receipt.gas_used == 21_000
        signer = ape_signer("TEST::1")
        assert signer.address == BOB
        assert chain.send(Tx(BOB, ALICE, value=1), signer).ok
        chain.close()

    def test_calls_cost_nothing_where_blocks_have_a_base_fee(self) -> None:
        chain = connect("ethereum:local:test")
        code = bytes.fromhex("48 5f 52 6020 5f f3")  # answers with the base fee
        creation = bytes.fromhex(f"66{code.hex()} 5f 52 6007 6019 f3")
        (made,) = chain.mine(chain.head().time + 1, [Tx(ALICE, None, creation)])
        assert made.contract is not None
        nobody = "0x1111111111111111111111111111111111111111"
        assert chain.call(Tx(nobody, made.contract)) == bytes(32)
        chain.close()

    def test_typed_data_is_signed_alike(self) -> None:
        message = {
            "types": {
                "EIP712Domain": [{"name": "name", "type": "string"}],
                "Note": [{"name": "text", "type": "string"}],
            },
            "primaryType": "Note",
            "domain": {"name": "test"},
            "message": {"text": "hello"},
        }
        assert ape_signer("TEST::0").sign_typed_data(message) == dev_signer(
            "alice"
        ).sign_typed_data(message)

    def test_unknown_names(self) -> None:
        with pytest.raises(UnknownAccount):
            ape_signer("nobody-of-this-name")
        with pytest.raises(NodeError, match="ape cannot connect"):
            connect("ethereum:local:nothing")
