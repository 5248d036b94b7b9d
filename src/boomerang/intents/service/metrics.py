"""What a solver counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Times are Unix seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"boomerang_solver_{name}", text, labels, registry=self.registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"boomerang_solver_{name}", text, labels, registry=self.registry)

        self.rounds = counter("rounds", "Looks at the chain that succeeded")
        self.failures = counter("failed_rounds", "Looks at the chain that did not")
        self.relay_failures = counter("relay_failures", "Relays that did not answer", "relay")
        self.batches = counter("batches", "Batches that were settled")
        self.reverted = counter("reverted_batches", "Batches that failed in a block")
        self.filled = counter("intents_filled", "Signed intents in batches that were settled")
        self.refusals = counter("simulations_refused", "What a simulation failed with", "error")
        self.seconds = Histogram(
            "boomerang_solver_solve_seconds",
            "How long solving took",
            buckets=(0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30),
            registry=self.registry,
        )
        self.last_round = gauge("last_round_time", "When the last look succeeded")
        self.head = gauge("head_block", "The newest block that was seen")
        self.intents = gauge("intents", "Signed intents that relays have")
        self.entries = gauge("entries", "Entries of the book")
        self.candidates = gauge("candidates", "Signed intents that could deliver now")
        self.waiting = gauge("waiting", "1: a batch is on its way")
        self.balance = gauge("balance_ether", "What the account has for fees")
        self.alerts = gauge("alerts", "Alerts that stand", "level")
        self.lease = gauge("lease", "1: this process sends for the account")


__all__ = ["Metrics"]
