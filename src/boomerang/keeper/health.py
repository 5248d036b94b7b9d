"""`/health` and `/metrics`, for whoever watches the watcher."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    from collections.abc import Callable


class Metrics:
    """What is counted. Times are Unix seconds, amounts ether."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"boomerang_keeper_{name}", text, labels, registry=self.registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"boomerang_keeper_{name}", text, labels, registry=self.registry)

        self.rounds = counter("rounds", "Looks at the chain that succeeded")
        self.failures = counter("failed_rounds", "Looks at the chain that did not")
        self.reorganisations = counter("reorganisations", "Times that blocks went away")
        self.last_round = gauge("last_round_time", "When the last look succeeded")
        self.head = gauge("head_block", "The newest block that was believed")
        self.head_age = gauge("head_age_seconds", "How old that block was")
        self.nodes = gauge("nodes", "Nodes by how they are", "state")
        self.actions = gauge("actions", "What is to be done, by kind and whether it is due", "kind")
        self.due = gauge("actions_due", "What is due and not yet done", "kind")
        self.next_deadline = gauge("next_deadline_time", "The nearest deadline; 0: none")
        self.at_stake = gauge("at_stake_ether", "Bonds that are lost if nothing is done")
        self.balance = gauge("balance_ether", "What an account has for fees and bonds", "account")
        self.waiting = gauge("transactions_waiting", "Sent and not yet in a block that stands")
        self.alerts = gauge("alerts", "Alerts that stand", "level")
        self.leases = gauge("lease", "1: this keeper sends for the account", "account")


class HealthServer:
    """Serves both on a port of its own, in a thread. `port` 0 lets the system choose."""

    def __init__(
        self,
        host: str,
        port: int,
        metrics: Metrics,
        report: Callable[[], tuple[bool, dict[str, Any]]],
    ) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                if path == "/metrics":
                    self._answer(200, CONTENT_TYPE_LATEST, generate_latest(metrics.registry))
                elif path == "/health":
                    well, told = report()
                    body = json.dumps(told).encode() + b"\n"
                    self._answer(200 if well else 503, "application/json", body)
                else:
                    self._answer(404, "text/plain", b"there is /health and /metrics\n")

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as inherited
                """Nothing: who asks is of no interest."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="health", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)
