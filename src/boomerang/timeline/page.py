"""A timeline as a page: the picture and the table in one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from boomerang.timeline.data import KEPT, REVERTED, outcome_of
from boomerang.timeline.svg import render_svg
from boomerang.timeline.table import describe_state

if TYPE_CHECKING:
    from pathlib import Path

    from boomerang.timeline.data import Row, Timeline

_STYLE = """
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #ffffff; --ink: #1b2330;
  --soft: #647084; --line: #e3e7ee; --kept: #15803d; --reverted: #b42318; --pending: #a16207; }
@media (prefers-color-scheme: dark) { :root { --bg: #0b0f16; --card: #11161f; --ink: #e8ecf3;
  --soft: #98a4b6; --line: #232b39; --kept: #4ade80; --reverted: #fb8072; --pending: #facc15; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 32px 16px; background: var(--bg); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1160px; margin: 0 auto; }
section { margin: 0 0 24px; background: var(--card); border-radius: 12px;
  border: 1px solid var(--line); overflow-x: auto; }
section svg { display: block; width: 100%; min-width: 760px; height: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 7px 14px; text-align: left; vertical-align: top;
  border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: 13px; }
td:first-child, th:first-child, td.gas, th.gas { text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.refused td, tr.time td { color: var(--soft); }
.kept { color: var(--kept); font-weight: 650; }
.reverted { color: var(--reverted); }
.pending { color: var(--pending); }
.refusal { color: var(--reverted); }
.ending { padding: 16px 20px; }
.ending p { margin: 4px 0; }
.ending .outcome { font-size: 18px; font-weight: 650; }
.ending .conflict { color: var(--pending); }
footer { color: var(--soft); font-size: 13px; }
""".strip()


def render_html(timeline: Timeline) -> str:
    """The text of an HTML file: picture, table, ending."""
    gas = timeline.gas is not None
    head = "<th>second</th><th>who</th><th>what</th><th>state</th>"
    if gas:
        head += '<th class="gas">gas</th>'
    rows = "\n".join(_row(row, timeline, gas) for row in timeline.rows)
    ending = "\n".join(
        f'<p class="conflict">{escape(line)}</p>'
        if line.startswith("Conflict")
        else f"<p>{escape(line)}</p>"
        for line in timeline.summary
    )
    spent = f" Gas: {timeline.gas:,} in all." if timeline.gas is not None else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(timeline.title)} · Boomerang</title>
<style>
{_STYLE}
</style>
</head>
<body>
<main>
<section>
{render_svg(timeline)}</section>
<section class="ending">
<p class="outcome">{_coloured(timeline.outcome)}</p>
{ending}
</section>
<section>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</section>
<footer>Played on {escape(timeline.chain)}.{spent}</footer>
</main>
</body>
</html>
"""


def write(timeline: Timeline, directory: Path, name: str) -> tuple[Path, Path]:
    """Write `name`.svg and `name`.html into a directory, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    picture, page = directory / f"{name}.svg", directory / f"{name}.html"
    picture.write_text(render_svg(timeline), encoding="utf-8")
    page.write_text(render_html(timeline), encoding="utf-8")
    return picture, page


def _row(row: Row, timeline: Timeline, gas: bool) -> str:
    kind = ' class="refused"' if row.refused else "" if row.who else ' class="time"'
    cells = [str(row.at), escape(row.who or "·"), escape(row.what), _state(row, timeline)]
    line = "".join(f"<td>{cell}</td>" for cell in cells)
    if gas:
        line += f'<td class="gas">{row.gas:,}</td>' if row.gas is not None else "<td></td>"
    return f"<tr{kind}>{line}</tr>"


def _state(row: Row, timeline: Timeline) -> str:
    if row.refused:
        return f'<span class="refusal">✗ {escape(row.refused.removeprefix("Boomerang_"))}</span>'
    if row.remark:
        return escape(row.remark)
    lanes = {lane.name: lane for lane in timeline.lanes}
    parts = []
    for name, phase in row.states:
        text = escape(describe_state(lanes.get(name), name, phase, row.waits_for))
        tone = {KEPT: "kept", REVERTED: "reverted"}.get(outcome_of(phase))
        if phase == "Pending":
            tone = "pending"
        parts.append(f'<span class="{tone}">{text}</span>' if tone else text)
    return ", ".join(parts)


def _coloured(outcome: str) -> str:
    text = escape(outcome)
    for word in (KEPT, REVERTED):
        text = text.replace(word, f'<span class="{word.lower()}">{word}</span>')
    return text
