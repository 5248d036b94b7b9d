"""Configurations: what is wrong is refused, and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from boomerang.experiments import find
from boomerang.experiments.config import by_experiment, check, configure, presets, read_file
from boomerang.experiments.errors import BadConfig

COIN = "experiments.coin"


def test_presets_and_what_replaces_them() -> None:
    coin = find(COIN)
    assert configure(coin).model_dump() == {"replicates": 4, "biases": (0.5,), "tosses": 1000}
    assert configure(coin, "full").replicates == 40
    own = configure(coin, "small", {"biases": [0.25], "replicates": 1})
    assert own.model_dump() == {"replicates": 1, "biases": (0.25,), "tosses": 1000}


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"tosess": 5}, "tosess: no such key"),
        ({"tosses": "many"}, "tosses: .*got 'many'"),
        ({"tosses": 1.5}, "tosses: .*got 1.5"),
        ({"tosses": True}, "tosses: .*got True"),
        ({"tosses": 0}, "tosses: .*greater than or equal to 1, got 0"),
        ({"biases": []}, "biases: "),
        ({"biases": [0.5, None]}, r"biases\.1: "),
        ({"tosses": float("nan")}, "tosses: "),
        ({"replicates": 0}, "replicates: "),
        ({"tosses": {1, 2}}, "set is not JSON serializable"),
    ],
)
def test_bad_values_are_named(own: dict[str, object], problem: str) -> None:
    with pytest.raises(BadConfig, match=problem) as caught:
        configure(find(COIN), "small", own)
    assert caught.value.exit_code == 2


def test_all_problems_at_once() -> None:
    with pytest.raises(BadConfig) as caught:
        check(find(COIN), {"tosses": 0, "x": 1})
    assert len(caught.value.problems) == 4  # replicates and biases are missing


def test_an_unknown_preset() -> None:
    with pytest.raises(BadConfig, match="no preset 'medium'; there are small, full"):
        configure(find(COIN), "medium")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tosses: 1\ntosses: 2", "line 2: 'tosses' is given twice"),
        ("tosses: [1", "line 1"),
        ("- 1", "must be a mapping"),
        ("1: 2", "must be a mapping"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=problem):
        read_file(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read: No such file"):
        read_file(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadConfig, match="no text"):
        read_file(tmp_path / "bytes.yaml")
    (tmp_path / "long.yaml").write_text("a" * 1_000_001)
    with pytest.raises(BadConfig, match="larger"):
        read_file(tmp_path / "long.yaml")
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    assert read_file(tmp_path / "empty.yaml") == {}


def test_a_file_for_all() -> None:
    assert by_experiment({"race": {"window": 30.0}}, "own.yaml") == {"race": {"window": 30.0}}
    with pytest.raises(BadConfig, match="rase: no such experiment; ties: not a mapping"):
        by_experiment({"rase": {}, "ties": 5}, "own.yaml")


def test_an_experiment_without_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_laboratory").mkdir()
    (tmp_path / "own_laboratory" / "bare.py").write_text("EXPERIMENT = None\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadConfig, match="no such file beside the module"):
        presets("own_laboratory.bare")
    (tmp_path / "own_laboratory" / "bare.yaml").write_text("small: {}\n")
    with pytest.raises(BadConfig, match="must have the presets small, full"):
        presets("own_laboratory.bare")
