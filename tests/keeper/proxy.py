"""A JSON-RPC proxy that does what bad nodes do: stalls, answers with errors, hangs up, swallows
transactions, and shows an old head as if it were the newest.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests


class Proxy:
    """Stands before `target`. `fault` is one of FAULTS or None, and may change at any time."""

    FAULTS = ("stall", "error", "hang-up", "swallow", "stale", "garbage", "future")

    def __init__(self, target: str, stall_seconds: float = 2.0) -> None:
        self.target = target
        self.stall_seconds = stall_seconds
        self.fault: str | None = None
        self.frozen_at = 0  # the head that a stale node shows
        self.swallowed = 0
        self._session = threading.local()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fault = proxy.fault
                if fault == "stall":
                    time.sleep(proxy.stall_seconds)
                if fault == "hang-up":
                    self.close_connection = True
                    return
                if fault == "garbage":
                    self._answer(b"<html>502 Bad Gateway</html>", 502)
                    return
                self._answer(json.dumps(proxy.answer(json.loads(body), fault)).encode())

            def _answer(self, data: bytes, status: int = 200) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:  # whoever asked was killed
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)

    def head(self) -> int:
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
        return int(self._ask(body)["result"], 16)

    def begin(self, fault: str | None) -> None:
        """Behave like this from now on."""
        if fault == "stale":
            self.frozen_at = self.head()
        self.fault = fault

    # --------------------------------------------------------------------------------- answers

    def answer(self, body: Any, fault: str | None) -> Any:
        if fault == "error":
            asked = body if isinstance(body, list) else [body]
            failed = [
                {
                    "jsonrpc": "2.0",
                    "id": one["id"],
                    "error": {"code": -32000, "message": "internal error"},
                }
                for one in asked
            ]
            return failed if isinstance(body, list) else failed[0]
        if isinstance(body, list):
            return [self._one(one, fault) for one in body]
        return self._one(body, fault)

    def _one(self, body: Any, fault: str | None) -> Any:
        method, params = body["method"], body["params"]
        if fault == "swallow" and method == "eth_sendRawTransaction":
            from eth_utils.crypto import keccak

            self.swallowed += 1
            known = keccak(bytes.fromhex(params[0][2:]))
            return {"jsonrpc": "2.0", "id": body["id"], "result": "0x" + known.hex()}
        if fault == "stale":
            return self._stale(body, method, params)
        answer = self._ask(body)
        if fault == "future" and method == "eth_getBlockByNumber" and answer.get("result"):
            later = int(answer["result"]["timestamp"], 16) + 3600
            answer["result"]["timestamp"] = hex(later)
        return answer

    def _stale(self, body: Any, method: str, params: list[Any]) -> Any:
        """As if no block had come since `frozen_at`."""
        head = hex(self.frozen_at)
        nothing = {"jsonrpc": "2.0", "id": body["id"], "result": None}
        params = [head if one in ("latest", "pending") else one for one in params]
        if method == "eth_getBlockByNumber" and int(params[0], 16) > self.frozen_at:
            return nothing
        if method == "eth_getLogs":
            span = params[0]
            last = min(int(span["toBlock"], 16), self.frozen_at)
            if int(span["fromBlock"], 16) > last:
                return {**nothing, "result": []}
            params = [{**span, "toBlock": hex(last)}]
        answer = self._ask({**body, "params": params})
        result = answer.get("result")
        if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash") and result:
            number = result.get("blockNumber")
            if number is not None and int(number, 16) > self.frozen_at:
                return nothing
        return answer

    def _ask(self, body: Any) -> Any:
        session = getattr(self._session, "value", None)
        if session is None:
            session = self._session.value = requests.Session()
        return session.post(self.target, json=body, timeout=30).json()
