"""A part of the campaign of `campaign.py`, small enough for every change; and both worked examples
played on anvil by keepers that are left alone.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest
from eth_account import Account

from boomerang.chains.anvil import AnvilNotFound, find_anvil
from boomerang.chains.base import DEV_ACCOUNTS, DEV_MNEMONIC
from boomerang.chains.node import NodeChain
from boomerang.client import Registry
from boomerang.parameters import Parameters
from keeper import victim
from keeper.arena import Arena
from keeper.campaign import HERE, play_all, summary
from keeper.world import ALICE, BARGAIN_PLAN, BOB, CHICKEN_PLAN, payoffs

try:
    find_anvil()
except AnvilNotFound as _error:
    pytestmark = [
        pytest.mark.anvil,
        pytest.mark.skip(reason=f"there is no anvil binary: {_error}"),
    ]
else:
    pytestmark = [pytest.mark.anvil, pytest.mark.network, pytest.mark.campaign]

RUNS = int(os.environ.get("KEEPER_RUNS", "16"))
FIRST = int(os.environ.get("KEEPER_FIRST_SEED", "1"))


def test_not_one_opening_is_missed_and_not_one_bond_lost(tmp_path: Path) -> None:
    """Keepers killed at random instants, nodes that stall and lie, reorganisations. Whatever is
    wrong is told with its seed: `python -m keeper.campaign --seed N`, from tests/, runs it again.
    """
    began = time.monotonic()
    results = play_all(list(range(FIRST, FIRST + RUNS)), workers=8, arenas=2, directory=tmp_path)
    told = summary(results, time.monotonic() - began)
    assert not any(result.wrong for result in results), told
    # Something did go wrong for keepers, or nothing was tested.
    assert sum(result.kills for result in results) >= RUNS
    assert all(result.reorganisations for result in results), told
    assert sum(sum(result.faults.values()) for result in results) >= RUNS


@pytest.mark.parametrize(
    ("plan", "utils"),
    [(CHICKEN_PLAN, {"alice": 10, "bob": -20}), (BARGAIN_PLAN, {"alice": 11, "bob": -1})],
    ids=["chicken", "bargain"],
)
def test_left_alone_they_play_the_examples_to_the_end(
    tmp_path: Path, plan: str, utils: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One keeper for Alice and one for Bob, each a process of its own, on anvil."""
    monkeypatch.syspath_prepend(str(HERE.parent))
    Account.enable_unaudited_hdwallet_features()
    context = multiprocessing.get_context("forkserver")
    arena = Arena(6.0, tmp_path)
    processes = []
    try:
        chain = NodeChain(arena.url)
        deployer = DEV_ACCOUNTS["judy"]
        data = Registry.tx_deploy(deployer, Parameters()).data
        arena.send(deployer, None, data)
        (tmp_path / "plan.yaml").write_text(plan)
        while not chain.nonce(deployer):
            time.sleep(0.05)
        deployed = arena.rpc("eth_getBlockByNumber", "latest", False)
        for number in range(int(deployed["number"], 16) + 1):
            for one in arena.rpc("eth_getBlockByNumber", hex(number), False)["transactions"]:
                address = arena.rpc("eth_getTransactionReceipt", one)["contractAddress"]
        from eth_utils.address import to_checksum_address

        registry = Registry(chain, to_checksum_address(address), sender=deployer)
        start = int(arena.clock.now()) + 15
        for i, name in enumerate(("alice", "bob")):
            key = Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}").key
            config = {
                "clock": str(arena.clock_path),
                "secrets": ["0x" + key.hex().removeprefix("0x")],
                "names": [name],
                "chain_id": chain.chain_id,
                "registry": registry.address,
                "parameters": {},
                "settings": {"poll": 1.0, "timeout": 2.0, "head_age": 20, "hidden_blocks": 3},
                "store": str(tmp_path / name),
                "log": str(tmp_path / f"{name}.log"),
                "urls": [arena.url],
                "database": f"sqlite:///{tmp_path}/{name}.db",
                "plan": str(tmp_path / "plan.yaml"),
                "start": start,
                "first": 0,
            }
            ready, beat = context.Event(), context.RawValue("L", 0)
            process = context.Process(target=victim.run, args=(config, ready, beat), daemon=True)
            process.start()
            processes.append(process)
            assert ready.wait(60)
            arena.beats[name] = beat
        count = 2 if plan == CHICKEN_PLAN else 3
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            state = registry.state()
            phases = [state.model.record(one).phase for one in state.commitments]
            paid = all(state.model.record(one).executed for one in state.model.state.clauses)
            if len(phases) == count and all(phase.final for phase in phases) and paid:
                break
            time.sleep(0.2)
        names = {
            name: known
            for known in state.commitments
            for name in [_name(state.commitments[known].key.committer, known, state)]
        }
        logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
        assert payoffs(registry, names) == utils, logs
        assert chain.balance(registry.address) == 0
        assert chain.balance(registry.contracts.enforcer) == 0
        for process in processes:
            process.terminate()  # SIGTERM: it ends by itself, and says whether all was well
            process.join(20)
            assert process.exitcode == 0, logs
    finally:
        for process in processes:
            if process.is_alive():
                process.kill()
                process.join(5)
        arena.close()


def _name(committer: str, known: bytes, state: object) -> str:
    """Any names will do, as long as they differ."""
    return {ALICE: "A", BOB: "B"}[committer] + known.hex()
