"""The results page, and the command that writes it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from boomerang.cli import cli
from boomerang.cli.experiment import _progress
from boomerang.cli.options import App
from boomerang.experiments import EXTRA, names

COIN, SLOW = "experiments.coin", "experiments.slow"
TESTS = Path(__file__).resolve().parents[1]
PRIVATE = re.compile(r"/(tmp|home|root|work|Users|private)/")


def run(*words: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(cli, ["experiment", *words])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two experiments' results, one of whose claims does not hold."""
    folder = tmp_path_factory.mktemp("results")
    assert run(COIN, "--workers", "0", "--out", str(folder)).exit_code == 0
    assert run(SLOW, "--workers", "0", "--out", str(folder)).exit_code == 0
    assert run("report", COIN, SLOW, "--out", str(folder)).exit_code == 0
    return folder


class Page(HTMLParser):
    """Ids, links and pictures of a page; every tag that is opened must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        named = dict(attrs)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named["href"]] if "href" in named else []
        self.pictures += [named["src"]] if "src" in named else []
        if tag not in ("meta", "img", "br", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "img", "br", "hr"):
            raise AssertionError(tag)
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page(out: Path) -> None:
    text = (out / "README.md").read_text()
    for told in (
        "> A coin of bias b shows heads with frequency b.",
        "| heads, at bias 0.5 |",
        "Coins that stand on their edge are not considered.",
        "✗ **does not hold**",
        "`boomerang experiment experiments.coin --preset small --seed 1`",
        "biases: [0.5]",
    ):
        assert told in text
    assert not PRIVATE.search(text)
    row = next(line for line in text.splitlines() if line.startswith("| heads, at bias 0.5 |"))
    assert re.fullmatch(
        r"\| heads, at bias 0\.5 \| 0\.\d+ \(0\.\d+ to 0\.\d+\) \| 0\.5 = b \| 4,000 \| ✓ holds \|",
        row,
    )


def test_experiments_that_were_not_run_are_in_it(out: Path) -> None:
    text = (out / "README.md").read_text()
    for name in names():
        assert re.search(rf"\| `{name}` \|  \| not tested: ", text)


def test_the_page_in_html(out: Path) -> None:
    page = Page((out / "index.html").read_text())
    assert [link for link in page.links if link.startswith("#")]
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert (out / link).is_file()
    assert f"{COIN}/heads.svg" in page.pictures
    assert all((out / picture).is_file() for picture in page.pictures)


def test_anchors_are_githubs(out: Path) -> None:
    # The heading is "z. Slow | and with a pipe".
    assert "(#z-slow--and-with-a-pipe)" in (out / "README.md").read_text()


def test_plots_are_the_same_bytes_and_say_no_date(out: Path) -> None:
    plot = out / COIN / "heads.svg"
    before = plot.read_bytes()
    assert b"<svg" in before
    assert b"dc:date" not in before
    assert run("report", COIN, "--out", str(out)).exit_code == 0
    assert plot.read_bytes() == before


def test_a_copy_for_a_repository(out: Path, tmp_path: Path) -> None:
    page = tmp_path / "docs" / "results.md"
    assert run("report", COIN, "--out", str(out), "--markdown", str(page)).exit_code == 0
    text = page.read_text()
    assert f"](results/{COIN}/heads.svg)" in text
    assert (page.parent / "results" / COIN / "heads.svg").is_file()
    assert ".parquet" not in text


def test_for_machines(out: Path) -> None:
    done = run(COIN, "--workers", "0", "--out", str(out), "--json")
    (told,) = json.loads(done.stdout)["experiments"]
    (found,) = told["findings"]
    assert (told["name"], told["missing"]) == (COIN, None)
    assert (found["expected"], found["samples"], found["verdict"]) == (0.5, 4000, "holds")
    low, high = found["interval"]
    assert found["judgingInterval"][0] < low < found["measured"] < high


def test_check_ends_with_one_where_a_claim_does_not_hold(out: Path) -> None:
    assert run(COIN, "--workers", "0", "--out", str(out), "--check").exit_code == 0
    done = run(SLOW, "--workers", "0", "--out", str(out), "--check")
    assert done.exit_code == 1
    assert "1 claims do not hold: x" in done.stderr


def test_a_config_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text("biases: [0.25]\ntosses: 50\n")
    words = (COIN, "--workers", "0", "--out", str(tmp_path), "--config", str(own), "--seed", "7")
    assert run(*words).exit_code == 0
    text = (tmp_path / "README.md").read_text()
    assert (
        "`boomerang experiment experiments.coin --preset small --seed 7 --config mine.yaml`" in text
    )
    assert "heads, at bias 0.25" in text
    assert not PRIVATE.search(text)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("coyn",), 2, "no experiment 'coyn'"),
        (("rase",), 2, "did you mean 'race'"),
        ((COIN, "--preset", "medium"), 2, "'medium' is not one of"),
        ((COIN, "--workers", "-1"), 2, "-1"),
        ((COIN, "--seed", "-1"), 2, "-1"),
        ((COIN, "--config", "nowhere.yaml"), 2, "nowhere.yaml: cannot be read"),
        ((SLOW, "--config", "{bad}"), 2, "pauze: no such key"),
        (("all", "--config", "{bad}"), 2, "pauze: no such experiment"),
        ((COIN, "--dask", "nonsense://x"), 3, "no Dask scheduler answers at nonsense://x"),
        (("report",), 2, "no tables; run an experiment first"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("pauze: 1\n")
    given = [word.format(bad=bad) for word in words]
    done = run(*given, *(() if words == ("coyn",) else ("--out", str(tmp_path / "new"))))
    assert (done.exit_code, told in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "new").exists()


def test_a_task_that_fails_ends_with_its_name(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("fails_at: 1\n")
    done = run(SLOW, "--workers", "0", "--out", str(tmp_path), "--config", str(own))
    assert done.exit_code == 1
    assert "RuntimeError: as told" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("package", EXTRA)
def test_without_the_extra(monkeypatch: Any, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    for words in (("list",), ("race",), ("report",)):
        done = run(*words)
        assert done.exit_code == 2
        assert f"experiments need {package}" in done.stderr
        assert "pip install 'boomerang[experiments]'" in done.stderr


def test_the_command_line_goes_without_the_extra() -> None:
    code = f"""
import sys
for package in {EXTRA!r}: sys.modules[package] = None
from boomerang.cli import cli
from boomerang.cli.experiment import _progress
from boomerang.cli.options import App
import boomerang.play, boomerang.games, boomerang.experiments
cli(["experiment", "--help"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "race" in done.stdout


def test_progress_is_a_bar_on_a_terminal_and_two_lines_elsewhere(
    monkeypatch: Any, capsys: Any
) -> None:
    for terminal, told in (
        (True, "4/4"),
        (False, "race: 1 of 4 tasks were done before\nrace: all of 4 tasks are done\n"),
    ):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        with _progress(App(), "race") as tell:
            for done in (1, 2, 4):
                tell(done, 4)
        out, err = capsys.readouterr()
        assert told in err
        assert out == ""


def test_list() -> None:
    done = run("list", "--json")
    told = {one["name"]: one for one in json.loads(done.stdout)["experiments"]}
    assert set(told) == set(names())
    assert told["race"]["letter"] == "a"
    assert "Boomerang: no crashes" in told["race"]["claim"]
    assert "Races to commit" in run("list").stdout


def test_results_of_other_code_are_marked(out: Path, monkeypatch: Any) -> None:
    from boomerang.experiments import report, results

    monkeypatch.setattr(results, "code_hash", lambda _name: "other")
    report.write(out, [COIN])
    assert "measured with other code" in (out / "README.md").read_text()
    monkeypatch.undo()
    report.write(out, [COIN])
    assert "measured with other code" not in (out / "README.md").read_text()


def test_the_example_of_the_documentation_is_the_one_tested_here() -> None:
    guide = (TESTS.parent / "docs" / "experiments.md").read_text()
    for kind, file in (("python", "coin.py"), ("yaml", "coin.yaml")):
        (block,) = re.findall(rf"```{kind}\n(.*?)```", guide, re.DOTALL)
        assert block == (TESTS / "experiments" / file).read_text()
