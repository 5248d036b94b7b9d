"""Tasks on a Dask cluster that is started here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from boomerang.experiments import cluster, find, runner, table
from boomerang.experiments.cluster import Cluster
from boomerang.experiments.config import configure
from boomerang.experiments.errors import (
    MissingExtra,
    OtherCode,
    SchedulerUnavailable,
    TaskFailed,
)
from boomerang.experiments.execution import Alone
from boomerang.experiments.parts import Parts
from boomerang.experiments.runner import Order, measure

SLOW = "experiments.slow"

pytestmark = pytest.mark.network


def order(out: Path, **own: Any) -> Order:
    experiment = find(SLOW)
    return Order(experiment, configure(experiment, "small", own), out=out)


def _cluster(workers: int) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
        host="127.0.0.1",
        protocol="tcp://",
        scheduler_port=0,
        dashboard_address="127.0.0.1:0",
    )


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with _cluster(1) as started:
        yield started.scheduler_address


def test_the_table_is_the_one_of_this_machine(scheduler: str, tmp_path: Path) -> None:
    with runner.crew_for(None, scheduler) as crew:
        assert isinstance(crew, Cluster)
        path = measure(order(tmp_path / "there"), crew)
    here = measure(order(tmp_path / "here"), Alone())
    assert table.read(path)[0].equals(table.read(here)[0])


def test_an_error_there_is_told_here(scheduler: str, tmp_path: Path) -> None:
    wanted = order(tmp_path, fails_at=2, replicates=1)
    with Cluster(scheduler) as crew, pytest.raises(TaskFailed, match="RuntimeError: as told"):
        measure(wanted, crew)
    # The scheduler takes them in order, one after the other.
    assert len(list(Parts(tmp_path / "parts" / SLOW).folder.iterdir())) == 2


def test_other_code_there(scheduler: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(cluster, "code_hash", lambda _name: "ab" * 32)
    with Cluster(scheduler) as crew, pytest.raises(OtherCode, match="not abababababab"):
        measure(order(tmp_path), crew)


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    crew = Cluster(f"tcp://127.0.0.1:{port}", patience=0.5)
    with pytest.raises(SchedulerUnavailable, match=f"{port}") as caught, crew:
        pass
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("address", ["nonsense://x", "tcp://"])
def test_no_address(address: str) -> None:
    with pytest.raises(SchedulerUnavailable, match=address), Cluster(address, patience=0.5):
        pass


def test_a_scheduler_without_workers() -> None:
    with _cluster(0) as empty:
        crew = Cluster(empty.scheduler_address, patience=0.5)
        with pytest.raises(SchedulerUnavailable, match="no worker after"), crew:
            pass


def test_without_dask(monkeypatch: Any) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"boomerang\[experiments\]"), Cluster("tcp://x:1"):
        pass
