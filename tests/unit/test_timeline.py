"""Timelines: lanes, rows, and what the table, the picture and the page show of them."""

from __future__ import annotations

import io
import itertools
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from boomerang.scenarios import ModelWorld, library_files, load, locate, parse, play
from boomerang.timeline import (
    Arrow,
    Lane,
    Timeline,
    from_report,
    render_html,
    render_svg,
    render_table,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"


def story(name: str) -> Timeline:
    scenario = load(locate(name))
    return from_report(play(scenario, ModelWorld(scenario)))


def text_of(timeline: Timeline, width: int = 180) -> str:
    out = io.StringIO()
    Console(width=width, file=out).print(render_table(timeline))
    return out.getvalue()


@pytest.fixture(scope="module")
def bargain() -> Timeline:
    return story("bargain-b")


def test_the_lanes_of_the_bargain(bargain: Timeline) -> None:
    a1, b1, b2 = bargain.lanes
    assert (a1.published, a1.sealed, a1.freeze, a1.opened, a1.final) == (1, 55, 61, 67, 99)
    assert (b1.owner, b1.closes, b1.outcome) == ("bob", 92, "REVERTED")
    assert (b2.outcome, b2.decision) == ("KEPT", "keep")
    assert [(arrow.at, arrow.of, arrow.to) for arrow in bargain.arrows] == [
        (37, "B2", "A1"),
        (37, "B2", "B1"),
    ]
    assert bargain.end == 99


@pytest.mark.parametrize(
    ("second", "phase"),
    [
        (0, None),
        (1, "Tentative"),
        (54, "Tentative"),
        (55, "Sealed"),
        (60, "Sealed"),
        (61, "Revealing"),
        (67, "Pending"),
        (98, "Pending"),
        (99, "RevertedByDecision"),
    ],
)
def test_a_lane_knows_its_phase_at_every_second(
    bargain: Timeline, second: int, phase: str | None
) -> None:
    assert bargain.lanes[0].phase_at(second) == phase


def test_the_rows_are_in_the_order_of_time_and_name_what_time_does(bargain: Timeline) -> None:
    seconds = [row.at for row in bargain.rows]
    assert seconds == sorted(seconds)
    freezes = [(row.at, row.what) for row in bargain.rows if not row.who]
    assert freezes == [(61, "A1 freezes"), (62, "B1 freezes"), (97, "B2 freezes")]
    opening = next(row for row in bargain.rows if row.what.startswith("opens B1"))
    assert opening.waits_for == ("A1", "B2")
    offer = next(row for row in bargain.rows if row.what == "offers B2 to A1")
    assert offer.remark == "A1 may depend on B2"


def test_lapses_are_rows_of_their_own() -> None:
    rows = {(row.at, row.what) for row in story("all-seven").rows if not row.who}
    assert (65, "U freezes without a seal") in rows
    assert (97, "the window of N ends without an opening") in rows
    assert not any(what.startswith(("O ", "X ")) for _, what in rows)


def test_a_declined_offer_says_when() -> None:
    timeline = story("alice-declines-and-conditions")
    assert timeline.arrows[0].declined == 50
    row = next(row for row in timeline.rows if row.at == 50)
    assert (row.what, row.remark) == (
        "A1 declines the offer of B2",
        "A1 may not depend on B2",
    )
    assert story("alice-declines-all-and-conditions").arrows[0].declined == 38


def test_the_table(bargain: Timeline) -> None:
    text = text_of(bargain)
    assert "publishes A1 “Dare”, bond 100" in text
    assert "B1 waits for A1 and B2" in text
    assert "A1 tentative until 61" in text
    assert "A1 to be opened by 91" in text
    assert "A1 REVERTED (by its decision), B1 REVERTED (by its decision)" in text
    assert "Payoffs of chicken: alice +11, bob -1" in text
    assert text.rstrip().endswith("KEPT B2, REVERTED A1 and B1, (11, -1)")
    assert "gas" not in text
    (line,) = [line for line in text.splitlines() if "opens A1" in line]
    assert line.split()[:4] == ["67", "▞▞", "▞▞", "░░"]


def test_the_table_names_refusals_conflicts_and_gas() -> None:
    refused = text_of(story("early-opening"))
    assert "✗ TooEarly" in refused
    conflict = story("bargain-a")
    assert "Conflict B1/B2: B1 (Dare) and B2 (Stop) are both kept, and bob cannot do both." in (
        text_of(conflict)
    )
    rows = tuple(replace(row, gas=21_000) if row.who else row for row in conflict.rows)
    paid = replace(conflict, rows=rows)
    spent = 21_000 * sum(bool(row.who) for row in rows)
    assert paid.gas == spent
    assert f"Gas: {spent:,} in all" in text_of(paid)
    assert "21,000" in text_of(paid)


def test_a_table_of_many_lanes_leaves_their_bars_out() -> None:
    scenario = parse(
        "agents: {alice: 1}\nsteps:\n"
        + "".join(f"  - {{at: {i}, by: alice, do: publish, as: C{i}}}\n" for i in range(1, 12))
    )
    timeline = from_report(play(scenario, ModelWorld(scenario)))
    assert len(timeline.lanes) == 11
    assert "░░ tentative" in text_of(timeline)
    assert text_of(timeline).count("░░") == 1


def elements(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own)


@pytest.mark.parametrize("path", library_files(), ids=lambda path: path.stem)
def test_every_picture_is_well_formed_and_stays_inside_its_frame(path: Path) -> None:
    scenario = load(path)
    timeline = from_report(play(scenario, ModelWorld(scenario)))
    root = elements(render_svg(timeline))
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    for rect in root.iter(f"{SVG}rect"):
        x, w = float(rect.get("x", 0)), float(rect.get("width", 0))
        y, h = float(rect.get("y", 0)), float(rect.get("height", 0))
        assert w >= 0
        assert -10 <= x <= x + w <= width
        assert -10 <= y <= y + h <= height
    for label in root.iter(f"{SVG}text"):
        assert 0 <= float(label.get("x", 0)) <= width
    badges = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "badge"]
    assert badges == [lane.outcome for lane in timeline.lanes]


def test_the_times_under_a_bar_do_not_touch(bargain: Timeline) -> None:
    lane = replace(bargain.lanes[0], published=1, sealed=60, opened=61, final=62)
    root = elements(render_svg(replace(bargain, lanes=(lane,), arrows=())))
    places: dict[str, list[tuple[float, int]]] = {}
    for text in root.iter(f"{SVG}text"):
        if text.get("class") == "when" and "❄" not in (text.text or ""):
            row = places.setdefault(text.get("y", ""), [])
            row.append((float(text.get("x", 0)), len(text.text or "")))
    assert len(places) == 2
    for row in places.values():
        for (x, n), (next_x, next_n) in itertools.pairwise(row):
            assert next_x - x >= 4 * (n + next_n)


def test_text_in_a_picture_is_escaped(bargain: Timeline) -> None:
    nasty = "</svg><script>alert(1)</script> & \"'"
    lane = replace(bargain.lanes[0], statement=nasty, decision=nasty, name="<b>", owner="&")
    timeline = replace(bargain, title=nasty, outcome=nasty, lanes=(lane,), agents=("&",))
    root = elements(render_svg(timeline))
    assert not list(root.iter(f"{SVG}script"))
    assert "<script>" not in render_html(timeline)


def test_the_page_needs_nothing_else(bargain: Timeline) -> None:
    page = render_html(bargain)
    assert page.startswith("<!doctype html>")
    assert render_svg(bargain) in page
    assert "<td>publishes A1 “Dare”, bond 100</td>" in page
    assert '<span class="kept">B2 KEPT</span>' in page
    for outside in ("src=", "href=", "@import", "url(http"):
        assert outside not in page


def test_the_page_marks_refusals_and_conflicts() -> None:
    assert '<tr class="refused">' in render_html(story("early-opening"))
    assert '<p class="conflict">Conflict B1/B2' in render_html(story("bargain-a"))


def test_writing_makes_the_directory(tmp_path: Path, bargain: Timeline) -> None:
    picture, page = write(bargain, tmp_path / "a" / "b", "bargain")
    assert picture.read_text(encoding="utf-8") == render_svg(bargain)
    assert page.read_text(encoding="utf-8") == render_html(bargain)


def test_an_empty_timeline_is_drawn_too() -> None:
    empty = Timeline("nothing", "model", (), (), (), (), 0)
    elements(render_svg(empty))
    assert "nothing" in text_of(empty)
    assert "nothing" in render_html(empty)


def test_what_is_not_final_is_pending() -> None:
    timeline = story("phases-on-the-way")
    assert {lane.outcome for lane in timeline.lanes} == {"PENDING"}
    assert timeline.end == 92
    lane = Lane("A", "alice", "", 1, 61, 91)
    assert lane.phase_at(70) == "Tentative"


def test_declined_offers_are_in_the_legend_where_there_are_any(bargain: Timeline) -> None:
    def words(timeline: Timeline) -> set[str]:
        root = elements(render_svg(timeline))
        return {text.text or "" for text in root.iter(f"{SVG}text") if text.get("class") == "soft"}

    assert words(story("alice-declines-and-conditions")) >= {"declined offer", "declines"}
    assert not words(bargain) & {"declined offer", "declines"}


def places(timeline: Timeline, *about: str) -> list[tuple[float, float]]:
    """Where the marks stand whose titles begin so."""
    found = []
    for group in elements(render_svg(timeline)).iter(f"{SVG}g"):
        title = group.find(f"{SVG}title")
        if title is not None and (title.text or "").startswith(about):
            place = group.attrib["transform"].removeprefix("translate(").removesuffix(")")
            x, y = place.split()
            found.append((float(x), float(y)))
    return found


def test_marks_of_about_the_same_second_do_not_cover_each_other(bargain: Timeline) -> None:
    a1, b1, b2 = bargain.lanes
    offers = (Arrow(37, "B2", "A1", 54), Arrow(38, "B1", "A1", 55))
    crowded = replace(bargain, arrows=offers)
    marks = places(crowded, "A1 declines", "A1 is sealed")
    assert len(marks) == 3
    assert all(math.dist(one, other) >= 16 for one, other in itertools.combinations(marks, 2))
    exposed = replace(a1, opened=None, final=56, phase="Exposed")
    marks = places(replace(bargain, lanes=(exposed, b1, b2)), "A1 is sealed", "A1 REVERTED")
    assert len(marks) == 2
    assert math.dist(*marks) >= 16
    ((_, alone),) = places(bargain, "A1 is sealed")
    assert alone == marks[1][1]
