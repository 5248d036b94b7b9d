"""The results page: README.md, the same as index.html, and the plots beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

import yaml
from markdown_it import MarkdownIt

from boomerang.experiments import figures
from boomerang.experiments.findings import ROUNDING, Verdict
from boomerang.experiments.parts import write_whole
from boomerang.experiments.results import gather
from boomerang.experiments.statistics import JUDGED, SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from boomerang.experiments.findings import Finding
    from boomerang.experiments.results import Result

_MARKS = {
    Verdict.HOLDS: "✓ holds",
    Verdict.FAILS: "✗ **does not hold**",
    Verdict.NOT_TESTED: "? not tested",
    Verdict.NO_CLAIM: "–",
}
_RELATIONS = {"=": "", "<": "< ", ">": "> ", "<=": "≤ ", ">=": "≥ "}

_STYLE = """
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #5b6779;
  --line: #dfe4ec; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --bg: #0b0f16; --card: #11161f; --ink: #e8ecf3;
  --soft: #98a4b6; --line: #2a3342; --link: #7fb6ff; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 32px 16px; background: var(--bg); color: var(--ink);
  font: 15px/1.55 ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1040px; margin: 0 auto; }
h2 { margin-top: 56px; padding-top: 16px; border-top: 2px solid var(--line); }
a { color: var(--link); }
table { border-collapse: collapse; width: 100%; background: var(--card); font-size: 14px;
  border: 1px solid var(--line); display: block; overflow-x: auto; }
th, td { padding: 6px 12px; text-align: left; vertical-align: top;
  border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); }
td { font-variant-numeric: tabular-nums; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 8px; padding: 8px;
  border: 1px solid var(--line); }
code, pre { font: 13px/1.5 ui-monospace, "SFMono-Regular", Menlo, monospace; }
pre { padding: 12px 16px; background: var(--card); border: 1px solid var(--line);
  overflow-x: auto; }
blockquote { margin: 0; padding: 4px 20px; border-left: 4px solid var(--link);
  background: var(--card); }
""".strip()


def write(folder: Path, more: Iterable[str] = (), markdown: Path | None = None) -> list[Result]:
    """Make the page of the tables in the folder: of this package's experiments, and of those
    named. With `markdown`, a copy for a repository as well: that file, with its plots in a folder
    of the same name beside it. Returns what it tells. Raises CannotWrite.
    """
    results = gather(folder, more)
    plots = [_draw(one) for one in results]
    text = _text(results, plots, "", tables=True)
    write_whole(folder / "README.md", text.encode())
    write_whole(folder / "index.html", _page(text).encode())
    _write_plots(folder, results, plots)
    if markdown is not None:
        copied = _text(results, plots, f"{markdown.stem}/", tables=False)
        write_whole(markdown, copied.encode())
        _write_plots(markdown.with_suffix(""), results, plots)
    return results


@dataclass(frozen=True, slots=True)
class _Plot:
    name: str
    caption: str
    svg: bytes


def _draw(one: Result) -> list[_Plot]:
    if one.table is None or one.config is None:
        return []
    captions = one.experiment.captions(one.config)
    with figures.style():
        drawn = one.experiment.plots(one.table, one.config)
    return [
        _Plot(name, captions.get(name, name.replace("-", " ")), figures.svg(figure))
        for name, figure in drawn.items()
    ]


def _write_plots(folder: Path, results: list[Result], plots: list[list[_Plot]]) -> None:
    for one, drawn in zip(results, plots, strict=True):
        for plot in drawn:
            write_whole(folder / one.experiment.name / f"{plot.name}.svg", plot.svg)


# ------------------------------------------------------------------------------------- Markdown


_INTRODUCTION = f"""\
What was claimed, what was measured, and whether they agree. Claims were written down before. Where
nothing else is said, figures were measured on the bytecode that ships, on the chain in one process.

Behind each figure stands its {SHOWN:.0%} confidence interval. A claim is judged by the {JUDGED:.1%}
interval: of a hundred true claims, five would lie outside of their {SHOWN:.0%} interval. n is the
number of independent observations; figures without an interval are exact."""


def _text(results: list[Result], plots: list[list[_Plot]], prefix: str, *, tables: bool) -> str:
    """The page. Plots are below `prefix`; `tables`: whether the Parquet files are beside it."""
    parts = [_head(results)]
    for one, drawn in zip(results, plots, strict=True):
        shown = [
            f"![{one.experiment.title}: {plot.name}]({prefix}{one.experiment.name}/{plot.name}.svg)"
            f"\n\n*{plot.caption}*"
            for plot in drawn
        ]
        parts.append(_section(one, shown, tables=tables))
    return "\n\n".join(parts) + "\n"


def _head(results: list[Result]) -> str:
    rows = []
    for one in results:
        counts = one.counts
        if one.missing is not None:
            told = f"not tested: {_cell(one.missing)}"
        else:
            told = ", ".join(
                f"{verdict.value}: {number}" for verdict, number in counts.items() if number
            )
        link = f"[{_cell(one.experiment.title)}](#{_slug(_heading(one))})"
        preset = _cell(str(one.provenance.get("preset", "")))
        rows.append(
            f"| {one.experiment.letter} | {link} | `{one.experiment.name}` | {preset} | {told} |"
        )
    return "\n".join(
        [
            "# Results of the experiments",
            "",
            _INTRODUCTION,
            "",
            "| | experiment | name | preset | findings |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )


def _section(one: Result, plots: list[str], *, tables: bool) -> str:
    experiment = one.experiment
    quoted = "\n".join(f"> {line}".rstrip() for line in experiment.claim.strip().splitlines())
    blocks = [f"## {_heading(one)}", f"**Claim.**\n\n{quoted}"]
    if one.missing is not None:
        blocks.append(f"Not tested: {one.missing}.")
    if one.other_code:
        blocks.append("*This was measured with other code than what wrote this page.*")
    claims = [finding for finding in one.findings if not finding.limit]
    limits = [finding for finding in one.findings if finding.limit]
    if claims:
        blocks += ["### Measured", _table(claims)]
    blocks += plots
    blocks += ["### Where the protocol does not help", experiment.limits.strip()]
    if limits:
        blocks.append(_table(limits))
    if one.provenance:
        blocks += ["### Where this comes from", _provenance(one, tables=tables)]
    return "\n\n".join(blocks)


def _heading(one: Result) -> str:
    letter = f"{one.experiment.letter}. " if one.experiment.letter else ""
    return letter + one.experiment.title


def _slug(heading: str) -> str:
    """The anchor that GitHub gives a heading; the page gives the same."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _table(findings: Iterable[Finding]) -> str:
    lines = ["| what | measured | expected | n | verdict |", "|---|---|---|---|---|"]
    for one in findings:
        note = f" ({_cell(one.note)})" if one.note else ""
        samples = "" if one.measured is None else f"{one.measured.samples:,}"
        lines.append(
            f"| {_cell(one.what)}{note} | {_measured(one)} | {_expected(one)} | {samples} "
            f"| {_MARKS[one.verdict]} |"
        )
    return "\n".join(lines)


def _measured(one: Finding) -> str:
    estimate = one.measured
    if estimate is None:
        return ""
    unit = f" {_cell(one.unit)}" if one.unit else ""
    low, high = estimate.interval
    if high - low <= ROUNDING * max(1.0, abs(estimate.value)):  # the same every time
        return f"{number(estimate.value)}{unit}"
    digits = _digits(high - low)
    ends = f"{low:.{digits}f} to {high:.{digits}f}"
    return f"{estimate.value:.{digits}f}{unit} ({ends})".replace("-", "−")


def _expected(one: Finding) -> str:
    if one.expected is None:
        return _cell(one.closed_form)
    form = f" = {_cell(one.closed_form)}" if one.closed_form else ""
    return f"{_RELATIONS[one.relation]}{number(one.expected)}{form}"


def number(value: float) -> str:
    """Six digits at most, with a real minus."""
    return f"{value:.6g}".replace("-", "−")


def _digits(width: float) -> int:
    """Decimals that show an interval of that width to two digits."""
    digits = 0
    while digits < 9 and width * 10**digits < 10:
        digits += 1
    return digits


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _provenance(one: Result, *, tables: bool) -> str:
    p = one.provenance
    file, commit = f"{one.experiment.name}.parquet", (p["commit"] or "none")[:13]
    where = f" in [{file}]({file})" if tables else ""
    config = yaml.safe_dump(p["config"], sort_keys=False, default_flow_style=None, width=100)
    versions = [f"Python {p['python']}"]
    versions += [f"{name} {version}" for name, version in p["libraries"].items() if version]
    contracts = ", ".join(f"{name} `{digest[:12]}`" for name, digest in p["contracts"].items())
    return "\n".join(
        [
            f"`{p['command']}`",
            "",
            f"{p['tasks']:,} tasks, {p['rows']:,} rows{where}, seed {p['seed']}.",
            "",
            f"{p['date']}: boomerang {p['boomerang']}, code `{p['code'][:12]}`, commit `{commit}`.",
            "",
            f"{p['system']}, {', '.join(versions)}.",
            "",
            f"Bytecode (SHA-256): {contracts}.",
            "",
            "```yaml",
            config.rstrip(),
            "```",
        ]
    )


# ----------------------------------------------------------------------------------------- HTML


def _page(markdown: str) -> str:
    """The page. Headings have the anchors that GitHub gives them."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            opening.attrSet("id", _slug(inline.content))
    body = parser.renderer.render(tokens, parser.options, {})
    title = escape("Boomerang: results of the experiments")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
