"""Timelines: who did what when, and how it ended; as a table, a picture and a page.

timeline = from_report(report)
console.print(render_table(timeline))
write(timeline, directory, "chicken")      # chicken.svg and chicken.html
"""

from boomerang.timeline.data import Arrow, Lane, Row, Timeline, time_rows
from boomerang.timeline.page import render_html, write
from boomerang.timeline.story import from_report
from boomerang.timeline.svg import render_svg
from boomerang.timeline.table import render_table

__all__ = [
    "Arrow",
    "Lane",
    "Row",
    "Timeline",
    "from_report",
    "render_html",
    "render_svg",
    "render_table",
    "time_rows",
    "write",
]
