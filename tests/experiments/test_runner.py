"""Tasks, seeds, part files, crews: nothing is computed twice, lost, or mixed up."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from boomerang.errors import InvalidInput
from boomerang.experiments import execution, find, names, runner, table
from boomerang.experiments.base import Config
from boomerang.experiments.code import code_hash, contract_hashes
from boomerang.experiments.config import configure
from boomerang.experiments.errors import (
    BadRow,
    CannotWrite,
    NotMeasured,
    OtherCode,
    TaskFailed,
    Unavailable,
    UnknownExperiment,
    WorkerDied,
)
from boomerang.experiments.execution import Alone, Processes, Take, perform
from boomerang.experiments.parts import Parts
from boomerang.experiments.runner import Order, measure
from boomerang.experiments.tasks import Task, derive, plan

COIN, SLOW = "experiments.coin", "experiments.slow"
TESTS = Path(__file__).resolve().parents[1]


class Counting(Alone):
    """A crew that remembers what it was given, and stops after so many tasks."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.ran: list[Task] = []
        self.stop_after = stop_after

    def run(self, tasks: Sequence[Task], take: Take) -> None:
        for task in tasks:
            if len(self.ran) == self.stop_after:
                raise KeyboardInterrupt
            self.ran.append(task)
            take(task, perform(task, code_hash(task.experiment)))


def order(name: str, out: Path, seed: int = 1, preset: str = "small", **own: Any) -> Order:
    experiment = find(name)
    return Order(experiment, configure(experiment, preset, own), preset, seed, out, "test")


def tasks_of(order: Order) -> list[Task]:
    return plan(order.experiment, order.config, order.seed, code_hash(order.experiment.name))


# ------------------------------------------------------------------------------------- tables


def test_a_row_for_each_observation_in_the_order_of_the_cells(tmp_path: Path) -> None:
    path = measure(order(COIN, tmp_path, biases=[0.9, 0.1], tosses=3), Alone())
    rows, _ = table.read(path)
    assert list(rows.columns) == ["bias", "tosses", "replicate", "seed", "heads"]
    assert list(rows.bias) == [0.9] * 12 + [0.1] * 12
    assert list(rows.replicate) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3] * 2


def test_the_same_seed_gives_the_same_table_with_any_number_of_workers(tmp_path: Path) -> None:
    tables = []
    for workers in (0, 2):
        with runner.crew_for(workers, None) as crew:
            path = measure(order(SLOW, tmp_path / str(workers)), crew)
        tables.append(table.read(path)[0])
    for other in tables[1:]:
        assert tables[0].equals(other)


def test_another_seed_gives_another_table(tmp_path: Path) -> None:
    one = table.read(measure(order(SLOW, tmp_path / "1", seed=1), Alone()))[0]
    other = table.read(measure(order(SLOW, tmp_path / "2", seed=2), Alone()))[0]
    assert set(one.seed).isdisjoint(other.seed)
    assert set(one.x).isdisjoint(other.x)


def test_no_two_replicates_have_one_seed_and_other_cells_do_not_matter(tmp_path: Path) -> None:
    few = tasks_of(order(SLOW, tmp_path, cells=3))
    many = tasks_of(order(SLOW, tmp_path, cells=20))
    assert len({task.seed for task in many}) == len(many) == 40
    assert [task.key for task in few] == [task.key for task in many[: len(few)]]
    assert derive(1, "a", "{}", 0) != derive(1, "b", "{}", 0)
    assert 0 <= derive(2**63 - 1, "a", "{}", 0) < 2**63


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range(tmp_path: Path, seed: int) -> None:
    with pytest.raises(InvalidInput, match="a seed is in"):
        order(COIN, tmp_path, seed=seed)


def test_provenance(tmp_path: Path) -> None:
    config = order(COIN, tmp_path, tosses=10)
    _, told = table.read(measure(config, Alone()))
    assert told["config"] == {"replicates": 4, "biases": [0.5], "tosses": 10}
    assert (told["experiment"], told["preset"], told["seed"]) == (COIN, "small", 1)
    assert (told["tasks"], told["rows"], told["command"]) == (4, 40, "test")
    assert told["code"] == code_hash(COIN) != code_hash()
    assert told["contracts"] == contract_hashes()
    assert {"Boomerang", "Irrevocable"} <= set(told["contracts"])
    assert told["libraries"]["numpy"]
    assert told["python"] == ".".join(map(str, sys.version_info[:3]))
    # No path of the machine.
    text = json.dumps(told)
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text
    assert str(TESTS) not in text


def test_only_a_commit_of_this_package_is_told(monkeypatch: Any, tmp_path: Path) -> None:
    from boomerang.experiments import provenance

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "__init__.py").touch()
    monkeypatch.setattr(provenance, "files", lambda _name: tmp_path)
    assert provenance.commit() is None  # there, but not of that repository
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@y"]
    subprocess.run([*git, "add", "__init__.py"], check=True)
    subprocess.run([*git, "commit", "-qm", "x"], check=True)
    head = provenance.commit()
    assert head is not None
    assert len(head) == 40
    (tmp_path / "__init__.py").write_text("1\n")
    assert provenance.commit() == head + "+"


# ------------------------------------------------------------------------------------- resuming


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    measure(order(SLOW, tmp_path), Counting())
    again = Counting()
    measure(order(SLOW, tmp_path), again)
    assert again.ran == []
    more = Counting()
    measure(order(SLOW, tmp_path, cells=4), more)
    assert [task.cell["n"] for task in more.ran] == [3, 3]


def test_what_was_interrupted_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        measure(order(SLOW, tmp_path), Counting(stop_after=4))
    assert not order(SLOW, tmp_path).path.exists()
    rest = Counting()
    told: list[tuple[int, int]] = []
    path = measure(order(SLOW, tmp_path), rest, lambda *now: told.append(now))
    assert len(rest.ran) == 2
    assert told == [(4, 6), (5, 6), (6, 6)]
    whole = measure(order(SLOW, tmp_path / "whole"), Alone())
    assert table.read(path)[0].equals(table.read(whole)[0])


@pytest.mark.parametrize("change", ["seed", "cell", "code"])
def test_what_is_from_elsewhere_is_not_taken_in(
    tmp_path: Path, monkeypatch: Any, change: str
) -> None:
    measure(order(SLOW, tmp_path), Alone())
    if change == "code":
        monkeypatch.setattr(runner, "code_hash", lambda _name: "other")
    seed, pause = (2 if change == "seed" else 1), (0.001 if change == "cell" else 0.0)
    fresh = Counting()
    measure(order(SLOW, tmp_path, seed=seed, pause=pause), fresh)
    assert len(fresh.ran) == 6


def test_a_part_that_is_cut_short_or_forged_counts_as_missing(tmp_path: Path) -> None:
    wanted = order(SLOW, tmp_path)
    measure(wanted, Alone())
    tasks, parts = tasks_of(wanted), Parts(tmp_path / "parts" / SLOW)
    cut, forged, swapped = tasks[0], tasks[2], tasks[4]
    parts.path(cut).write_bytes(parts.path(cut).read_bytes()[:-20])
    text = parts.path(forged).read_text()
    raw = json.loads(text)
    raw["body"]["rows"][0][0] = 0.5
    parts.path(forged).write_text(json.dumps(raw))
    parts.path(swapped).write_bytes(parts.path(tasks[5]).read_bytes())
    again = Counting()
    path = measure(wanted, again)
    assert [task.key for task in again.ran] == [cut.key, forged.key, swapped.key]
    assert 0.5 not in set(table.read(path)[0].x)
    assert parts.path(forged).read_text() == text


def test_code_of_ones_own_experiment_counts(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "own_lab").mkdir()
    module = tmp_path / "own_lab" / "probe.py"
    module.write_text("A = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = code_hash("own_lab.probe")
    code_hash.cache_clear()
    module.write_text("A = 2\n")
    assert code_hash("own_lab.probe") != before
    code_hash.cache_clear()


# ---------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("none", "no rows"),
        ("nan", "'x' is nan"),
        ("list", "which no column can"),
        ("taken", "column n is taken"),
        ("reserved", "column seed is taken"),
        ("ragged", "different columns"),
        ("huge", "over 63 bits"),
    ],
)
def test_bad_rows(tmp_path: Path, rows: str, why: str) -> None:
    with pytest.raises(TaskFailed, match=why):
        measure(order(SLOW, tmp_path, rows=rows), Alone())


def test_columns_of_mixed_kinds(tmp_path: Path) -> None:
    with pytest.raises(BadRow, match="column x"):
        measure(order(SLOW, tmp_path, rows="mixed"), Alone())


def test_no_cells(tmp_path: Path) -> None:
    with pytest.raises(BadRow, match="no cells"):
        measure(order(SLOW, tmp_path, cells=0), Alone())


def test_an_error_in_a_worker_names_the_task_and_keeps_the_others(tmp_path: Path) -> None:
    wanted = order(SLOW, tmp_path, fails_at=2)
    with Processes(1) as crew, pytest.raises(TaskFailed, match=r'"n":2.*RuntimeError: as told'):
        measure(wanted, crew)
    done = Parts(tmp_path / "parts" / SLOW)
    assert [done.read(task) is not None for task in tasks_of(wanted)[:4]] == [True] * 4


def test_a_worker_that_is_killed(tmp_path: Path) -> None:
    with Processes(1) as crew, pytest.raises(WorkerDied, match="was killed"):
        measure(order(SLOW, tmp_path, rows="die"), crew)


def test_interrupted_twice_what_is_under_way_is_given_up(tmp_path: Path, monkeypatch: Any) -> None:
    def interrupted(futures: Iterable[Future[Any]]) -> None:
        _until(lambda: any(future.running() for future in futures))
        raise KeyboardInterrupt

    monkeypatch.setattr(execution, "as_completed", interrupted)
    monkeypatch.setattr(execution, "wait", interrupted)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Processes(1) as crew:
        measure(order(SLOW, tmp_path, pause=90.0), crew)
    assert time.monotonic() - begun < 80
    assert multiprocessing.active_children() == []


def test_other_code_is_refused() -> None:
    task = tasks_of(order(COIN, Path()))[0]
    with pytest.raises(OtherCode, match="install the same version"):
        perform(task, "00" * 32)


def test_what_is_not_available_says_why(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(type(find(SLOW)), "unavailable", lambda _self: "no clock")
    with pytest.raises(Unavailable, match="cannot be run here: no clock"):
        measure(order(SLOW, tmp_path), Alone())


def test_an_exclusive_experiment_is_run_in_this_process(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(type(find(SLOW)), "exclusive", True)
    crew = Counting()
    measure(order(SLOW, tmp_path), crew)
    assert crew.ran == []


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("in the way")
    with pytest.raises(CannotWrite, match="parts"):
        measure(order(COIN, tmp_path), Alone())


def test_tables_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured, match="no such file"):
        table.read(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(NotMeasured, match="cannot be read"):
        table.read(tmp_path / "bad.parquet")
    import pyarrow as pa
    import pyarrow.parquet

    pa.parquet.write_table(pa.table({"x": [1]}), tmp_path / "strange.parquet")
    with pytest.raises(NotMeasured, match="where it came from"):
        table.read(tmp_path / "strange.parquet")


@pytest.mark.parametrize("name", ["rase", "no.such.module", "experiments.test_runner"])
def test_unknown_experiments(name: str) -> None:
    with pytest.raises(UnknownExperiment, match="no experiment") as caught:
        find(name)
    assert caught.value.exit_code == 2
    if name == "rase":
        assert "did you mean 'race'" in str(caught.value)


def test_names_are_those_of_the_files() -> None:
    assert {"race", "ties"} <= set(names())
    for name in names():
        experiment = find(name)
        assert experiment.name == name
        for preset in ("small", "full"):
            config = configure(experiment, preset)
            assert isinstance(config, Config)
            assert plan(experiment, config, 1, "code")


# ------------------------------------------------------------------------- killed in the middle


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run of `slow` on two workers, some of whose 16 tasks are done and some are not."""
    code_hash.cache_clear()
    code = code_hash(SLOW)
    command = [sys.executable, "-m", "boomerang.cli", "experiment", SLOW]
    command += ["--preset", "full", "--workers", "2", "--out", str(tmp_path)]
    process = subprocess.Popen(
        command,
        cwd=TESTS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _until(lambda: len(_parts(tmp_path)) >= 3)
        yield process
        code_hash.cache_clear()
        assert code_hash(SLOW) == code, "sources were edited while this test ran: run it again"
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _parts(out: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in (out / "parts" / SLOW).glob("[!.]*.json")}


def _until(true: Any) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.campaign
@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_goes_on(
    running: subprocess.Popen[bytes], tmp_path: Path, signal_: signal.Signals
) -> None:
    running.send_signal(signal_)
    code = running.wait(30)
    assert code == (130 if signal_ is signal.SIGINT else -signal.SIGKILL)
    _until(lambda: not _alive(running.pid))  # its workers too
    before = _parts(tmp_path)
    assert 3 <= len(before) < 16
    rest = Counting()
    path = measure(order(SLOW, tmp_path, preset="full"), rest)
    assert len(rest.ran) == 16 - len(before)
    after = _parts(tmp_path)
    assert {name: after[name] for name in before} == before
    rows = table.read(path)[0]
    assert list(rows.n) == [n for n in range(8) for _ in range(2)]
    assert rows.x.nunique() == 16
