"""A keeper in a process of its own, to be killed. Everything it knows is on disk and on chain."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import Any

from eth_account import Account

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import LocalSigner
from boomerang.identity import Domain
from boomerang.keeper import Keeper, Settings, read_plan
from boomerang.keeper.database import Database
from boomerang.keeper.holder import Holder
from boomerang.keeper.journal import open_journal
from boomerang.keeper.nodes import Pool, RpcNode
from boomerang.parameters import Parameters
from boomerang.store import Store
from keeper.shared_clock import SharedClock


def run(config: dict[str, Any], ready: Any, beat: Any) -> None:
    """Keep until SIGTERM; `ready` is set once it begins, `beat` counts its rounds.

    The log is appended to `config["log"]`.
    """
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    clock = SharedClock(Path(config["clock"]))
    signers: dict[str, Any] = {}
    for secret in config["secrets"]:
        signer = LocalSigner(Account.from_key(secret))
        signers[signer.address] = signer
    names = dict(zip(config["names"], signers, strict=True))
    domain = Domain(config["chain_id"], config["registry"])
    settings = Settings(**config["settings"])
    store = Store(Path(config["store"]))
    with Path(config["log"]).open("a", buffering=1) as log:
        keeper = Keeper(
            domain,
            Parameters(**config["parameters"]),
            list(signers),
            pool=Pool(
                [RpcNode(url, signers, settings.timeout) for url in config["urls"]],
                domain.chain_id,
                settings.timeout,
            ),
            store=store,
            database=Database(config["database"]),
            tasks=read_plan(
                Path(config["plan"]).read_text(),
                domain,
                lambda name: names.get(name) or DEV_ACCOUNTS.get(name, name),
                start=config["start"],
            ),
            settings=settings,
            clock=clock,
            journal=open_journal(clock.now, stream=log, level=config.get("level", "info")),
            holder=Holder(store.path).name,
            first=config["first"],
        )
        one_round = keeper.round

        def counted() -> Any:
            try:
                return one_round()
            finally:
                beat.value += 1

        keeper.round = counted  # type: ignore[method-assign]
        ready.set()
        keeper.run(stop)
    sys.exit(0 if keeper.worst is None else int(keeper.worst))
