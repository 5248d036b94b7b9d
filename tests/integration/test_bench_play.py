"""The benchmark of games runs, counts whole games, and the in-process chain is fast enough."""

from __future__ import annotations

import importlib.util
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.chains import connect
from boomerang.model import Phase

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.campaign  # measuring coverage would be what is measured

GAMES_PER_CPU_SECOND = 350
"""Half of what is promised of an undisturbed core: CI's is shared, and its caches with it."""


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "bench_play.py"
    spec = importlib.util.spec_from_file_location("bench_play", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def rows(bench: ModuleType, capsys: pytest.CaptureFixture[str], only: str) -> list[dict[str, Any]]:
    assert bench.main(["--json", "--seconds", "0.01", "--only", only]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["machine"]["packages"]["pyrevm"]
    found: list[dict[str, Any]] = told["rows"]
    return found


KINDS = ("raw, pyrevm", "two agents, model", "tester", "PettingZoo", "environment")


@pytest.mark.parametrize("only", KINDS)
def test_every_row_measures(
    bench: ModuleType, capsys: pytest.CaptureFixture[str], only: str
) -> None:
    found = rows(bench, capsys, only)
    assert [row["what"] for row in found] == [name for name in bench.plan(0) if only in name]
    assert found
    for row in found:
        assert row["count"] >= 1
        assert row["per_second"] > 0
        assert (row["steps"] > 0) == (row["unit"] == "episodes")


@pytest.mark.anvil
@pytest.mark.network
def test_rows_on_a_node(bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["unit"] for row in rows(bench, capsys, "anvil")] == ["games", "matches"]


def test_rows_that_cannot_be_measured_say_why(
    bench: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANVIL", "/nowhere/anvil")
    for row in rows(bench, capsys, "anvil"):
        assert "not found" in row["why"]
    assert bench.main(["--seconds", "0.01", "--only", "raw, anvil"]) == 0
    printed = capsys.readouterr().out
    assert "no anvil" in printed
    assert "not measured: anvil was not found" in printed


def test_table_for_people(bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--seconds", "0.01", "--only", "s, pyrevm"]) == 0
    *_, head, row = capsys.readouterr().out.splitlines()
    assert "per CPU s" in head
    assert row.startswith("chicken, two agents, pyrevm")
    assert " matches " in row


def test_a_game_that_came_out_otherwise_is_not_counted(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "Constant", lambda value: bench.Not(bench.Kept(bytes(25))))
    with closing(connect("pyrevm")) as chain, pytest.raises(bench.WrongOutcome):
        bench.RawGame(chain).play(1)


def test_whole_games_on_the_in_process_chain(bench: ModuleType) -> None:
    """By CPU time, and the best of several rounds: what others do here is not our speed."""
    with closing(connect("pyrevm")) as chain:
        game = bench.RawGame(chain)
        chain_before = chain.head(), chain.nonce(bench.ALICE)
        best = max(bench.measure("raw", "games", 0.25, game.play).per_cpu_second for _ in range(6))
        assert (chain.head(), chain.nonce(bench.ALICE)) == chain_before
    assert best >= GAMES_PER_CPU_SECOND


def test_what_a_game_leaves_on_chain(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same game, not undone: seven blocks, seven transactions, all events there."""
    with closing(connect("pyrevm")) as chain:
        game = bench.RawGame(chain)
        head = chain.head()
        monkeypatch.setattr(chain, "restore", lambda point: None)
        game.play(3)
        assert chain.head().number == head.number + 7
        names = [event.name for event in game.registry.history()]
        assert names == ["Published"] * 2 + ["Sealed"] * 2 + ["Opened"] * 2 + ["Resolved"]
        state = game.registry.state()
        phases = [state.phase(one, chain.now()) for one in state.commitments]
        assert phases == [Phase.KEPT, Phase.REVERTED_BY_DECISION]
