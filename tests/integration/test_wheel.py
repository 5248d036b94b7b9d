"""The package alone, as `pip install .` gives it: no Node, no compiler, nothing of this tree."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = ["-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", out, ROOT]
    subprocess.run([sys.executable, *command], check=True, timeout=180, capture_output=True)
    (built,) = out.glob("boomerang-*.whl")
    return built


def test_it_holds_what_runs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "boomerang/py.typed",
        "boomerang/presets.yaml",
        "boomerang/artifacts/Boomerang.json",
        "boomerang/decisions/grammar.lark",
        "boomerang/scenarios/library/examples/chicken.yaml",
    } <= names
    assert not any(name.startswith(("tests/", "contracts/")) for name in names)


def test_it_plays_without_node_or_compiler(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        "import boomerang, sys; from boomerang.cli import main;"
        f"assert boomerang.__file__.startswith({str(site)!r}), boomerang.__file__;"
        "sys.argv[0] = 'boomerang'; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "demo", "--out", tmp_path / "out"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "HOME": str(tmp_path), "PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "A1 KEPT, B1 REVERTED, (10, -20)" in done.stdout
    assert "KEPT B2, REVERTED A1 and B1, (11, -1)" in done.stdout


def test_pip_resolves_it_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """With the newest of everything that the package allows, not with what is locked."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=120)
    install = [home / "bin" / "pip", "install", "-q", wheel]
    done = subprocess.run(install, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    for chain in ("pyrevm", "tester"):
        done = subprocess.run(
            [home / "bin" / "boomerang", "play", "chicken", "--chain", chain],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": "", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.rstrip().endswith("A1 KEPT, B1 REVERTED, (10, -20)")
