"""The notebook runs from a fresh kernel, and comes to what it says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "first-agent.ipynb"

pytestmark = [
    pytest.mark.network,  # a kernel listens on loopback
    pytest.mark.campaign,  # and what it reaches is not measured
    # What nbclient and the kernel's client say of each other.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def printed(notebook: Any) -> str:
    """All text that its cells print."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return "".join(
        output.text
        for cell in cells
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )


def pictures(notebook: Any) -> list[str]:
    return [
        output.data["image/png"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


@pytest.fixture(scope="module")
def runner() -> Any:
    spec = importlib.util.spec_from_file_location("run_notebook", ROOT / "tools/run_notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def executed(runner: Any) -> Any:
    return runner.execute(NOTEBOOK)


def share(text: str, pattern: str) -> float:
    found = re.search(pattern, text)
    assert found is not None, f"nothing like {pattern!r} is printed"
    return float(found[1])


def test_its_outputs_are_what_it_says(executed: Any) -> None:
    text = printed(executed)
    assert "closed form: dare 27.3%, crash 7.4%" in text
    assert "('Dare', 'Swerve') (10, -20)" in text
    assert "bob published 'Dare' in second 2: RevertedByDecision" in text
    assert "revert if Dare" in text
    assert "{'player_0': 10.0, 'player_1': -20.0}" in text or (
        "{'player_0': -20.0, 'player_1': 10.0}" in text
    )
    assert 4 < share(text, r"blind: crashes ([\d.]+)%") < 12
    assert share(text, r"Boomerang: crashes ([\d.]+)%") < 1
    assert share(text, r"blind: .*welfare (-[\d.]+)") == pytest.approx(-40, abs=4)
    assert share(text, r"Boomerang: .*welfare (-[\d.]+)") == pytest.approx(-10, abs=1)
    assert share(text, r"first \{.*'keep': ([\d.]+)") > 0.8
    assert share(text, r"second \{.*'revert if Dare': ([\d.]+)") > 0.8
    assert share(text, r"against conditional +(-[\d.]+)") == pytest.approx(-5, abs=4)
    # Who keeps as the first crashes into one who keeps in any case: half of the time.
    assert share(text, r"against ruthless +(-[\d.]+)") == pytest.approx(-60, abs=10)
    (picture,) = pictures(executed)
    assert len(picture) > 10_000


def test_the_committed_outputs_are_those_of_a_fresh_run(executed: Any) -> None:
    import nbformat

    committed: Any = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    assert printed(committed) == printed(executed)
    assert len(pictures(committed)) == 1


def test_it_shows_nothing_of_the_machine_that_ran_it() -> None:
    source = NOTEBOOK.read_text("utf-8")
    for trace in (str(ROOT), str(Path.home()) + "/", "/tmp", "site-packages", '"execution": {'):  # noqa: S108
        assert trace not in source
    assert "pip install" in source
