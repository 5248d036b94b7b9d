"""A timeline as a picture: one lane a commitment, time from left to right. Plain SVG, no network.

Colours are CSS variables with a set for light and one for dark surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from boomerang.timeline.data import EXPLANATIONS, KEPT, REVERTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.timeline.data import Arrow, Lane, Timeline

WIDTH = 1160
LEFT = 262
RIGHT = 168
TOP = 132
LANE = 92
BAR = 20
FOOT = 76
NEAR = 2
"""Marks of one lane that are at most so many seconds apart would cover each other."""
ASIDE = 17.0
"""How far one of them then stands from the middle of the lane."""

_TICKS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
_PALETTE = 6

STYLE = """
.bt { --bg: #ffffff; --ink: #1b2330; --soft: #647084; --grid: #e6e9ef; --rule: #c3cad6;
      --kept: #15803d; --reverted: #b42318; --pending: #a16207;
      --a0: #2563eb; --a1: #d9660b; --a2: #7c3aed; --a3: #0d8a8a; --a4: #c0267a; --a5: #8a7400;
      --a-by: #6b7280; font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; }
@media (prefers-color-scheme: dark) {
.bt { --bg: #11161f; --ink: #e8ecf3; --soft: #98a4b6; --grid: #232b39; --rule: #465166;
      --kept: #4ade80; --reverted: #fb8072; --pending: #facc15;
      --a0: #6ea8ff; --a1: #ffa657; --a2: #b794ff; --a3: #45d0cf; --a4: #ff7ac0; --a5: #e3cf4f;
      --a-by: #9aa4b2; } }
.bt text { fill: var(--ink); font-size: 13px; }
.bt .title { font-size: 21px; font-weight: 650; }
.bt .how { font-size: 14px; fill: var(--soft); }
.bt .name { font-size: 17px; font-weight: 650; }
.bt .soft, .bt .tick { fill: var(--soft); font-size: 12px; }
.bt .tick { text-anchor: middle; }
.bt .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 11.5px;
      fill: var(--soft); }
.bt .when { font-size: 11.5px; text-anchor: middle; fill: var(--ink); paint-order: stroke;
      stroke: var(--bg); stroke-width: 4px; stroke-linejoin: round; }
.bt .badge { font-size: 13px; font-weight: 700; text-anchor: middle; letter-spacing: .4px; }
""".strip()


def render_svg(timeline: Timeline) -> str:
    """The picture, as the text of an SVG file."""
    return "\n".join(_Picture(timeline).draw()) + "\n"


@dataclass(frozen=True)
class _Place:
    lane: Lane
    y: float
    colour: str


class _Picture:
    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.colours = _colours(timeline.agents)
        self.places = {
            lane.name: _Place(lane, TOP + LANE * (i + 0.5), self.colours[lane.owner])
            for i, lane in enumerate(timeline.lanes)
        }
        self.start = min([0, *(lane.published for lane in timeline.lanes)])
        last = max([timeline.end, self.start + 1])
        self.end = last + max(1, (last - self.start) // 30)
        self.bottom = TOP + LANE * len(timeline.lanes)
        more = any(arrow.declined is not None for arrow in timeline.arrows)
        self.height = self.bottom + FOOT + (24 if more else 0)

    def x(self, second: float) -> float:
        """The place of a second."""
        part = (second - self.start) / (self.end - self.start)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def draw(self) -> Iterator[str]:
        """The picture, element by element, from the back to the front."""
        title = escape(self.timeline.title)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="bt" role="img" '
            f'viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" height="{self.height}">'
        )
        yield f"<title>{title}: {escape(self.timeline.outcome)}</title>"
        yield f"<style>{STYLE}</style>"
        yield from self._patterns()
        yield f'<rect width="{WIDTH}" height="{self.height}" rx="12" fill="var(--bg)"/>'
        yield f'<text class="title" x="28" y="42">{title}</text>'
        yield f'<text class="how" x="28" y="68">{escape(_clip(self.timeline.outcome, 150))}</text>'
        yield from self._axis()
        for place in self.places.values():
            yield from self._label(place)
            yield from self._bar(place)
        for index, arrow in enumerate(self.timeline.arrows):
            yield from self._arrow(arrow, index)
        for place in self.places.values():
            yield from self._marks(place)
        yield from self._legend()
        yield "</svg>"

    # ---- background --------------------------------------------------------------------------

    def _patterns(self) -> Iterator[str]:
        yield "<defs>"
        for colour in dict.fromkeys(["var(--soft)", *self.colours.values()]):
            yield (
                f'<pattern id="{_key("wait", colour)}" width="7" height="7" '
                f'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
                f'<rect width="7" height="7" fill="{colour}" opacity=".12"/>'
                f'<rect width="3" height="7" fill="{colour}" opacity=".65"/></pattern>'
            )
            yield (
                f'<marker id="{_key("tip", colour)}" viewBox="0 0 8 8" refX="7" refY="4" '
                f'markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
                f'<path d="M0 0 L8 4 L0 8 z" fill="{colour}"/></marker>'
            )
        yield "</defs>"

    def _axis(self) -> Iterator[str]:
        top = TOP - 12
        step = next((tick for tick in _TICKS if (self.end - self.start) / tick <= 14), _TICKS[-1])
        for second in range(-(-self.start // step) * step, self.end + 1, step):
            x = self.x(second)
            yield f'<path d="M{x} {top} V{self.bottom}" stroke="var(--grid)"/>'
            yield f'<text class="tick" x="{x}" y="{top - 8}">{second}</text>'
        yield f'<text class="soft" x="{LEFT}" y="{top - 28}">seconds</text>'
        for i in range(len(self.places) + 1):
            y = TOP + LANE * i
            yield f'<path d="M28 {y} H{WIDTH - 28}" stroke="var(--grid)"/>'

    def _label(self, place: _Place) -> Iterator[str]:
        lane, y = place.lane, place.y
        yield f'<text class="name" x="28" y="{y - 14}" style="fill:{place.colour}">'
        yield f"{escape(_clip(lane.name, 16))}</text>"
        offset = 28 + 11 * min(16, len(lane.name)) + 8
        yield f'<text class="soft" x="{offset}" y="{y - 14}">{escape(_clip(lane.owner, 14))}</text>'
        if lane.statement:
            yield f'<text x="28" y="{y + 6}">{escape(_clip(lane.statement, 32))}'
            yield f"<title>{escape(lane.statement)}</title></text>"
        if lane.decision:
            below = 25 if lane.statement else 6
            yield f'<text class="mono" x="28" y="{y + below}">{escape(_clip(lane.decision, 32))}'
            yield f"<title>{escape(lane.decision)}</title></text>"

    # ---- lanes -------------------------------------------------------------------------------

    def _bar(self, place: _Place) -> Iterator[str]:
        lane, colour = place.lane, place.colour
        ended = lane.final is not None and lane.final < lane.freeze
        until_freeze = lane.final if ended and lane.final is not None else lane.freeze
        tentative_until = until_freeze if lane.sealed is None else lane.sealed
        about = f"{lane.name} is tentative"
        yield self._span(place, lane.published, tentative_until, 0.26, about)
        if lane.sealed is not None:
            yield self._span(place, lane.sealed, until_freeze, 0.62, f"{lane.name} is sealed")
            if not ended:
                yield from self._window(place)
        if lane.opened is not None:
            until = self.timeline.end if lane.final is None else lane.final
            if until > lane.opened:
                x, y = self.x(lane.opened), place.y - BAR / 2
                yield (
                    f'<rect x="{x}" y="{y}" width="{_n(self.x(until) - x)}" height="{BAR}" '
                    f'fill="url(#{_key("wait", colour)})">'
                    f"<title>{escape(lane.name)} waits for others</title></rect>"
                )
        if lane.final is not None:
            tone = "kept" if lane.outcome == KEPT else "reverted"
            dash = "" if lane.outcome == KEPT else ' stroke-dasharray="2 5"'
            yield (
                f'<path d="M{self.x(lane.final)} {place.y} H{self.x(self.end)}" '
                f'stroke="var(--{tone})" stroke-width="3" opacity=".75"{dash}/>'
            )

    def _span(self, place: _Place, since: int, until: int, opacity: float, about: str) -> str:
        x, y = self.x(since), place.y - BAR / 2
        return (
            f'<rect x="{x}" y="{y}" width="{_n(max(0.0, self.x(until) - x))}" height="{BAR}" '
            f'fill="{place.colour}" opacity="{opacity}"><title>{escape(about)}, '
            f"{since} to {until}</title></rect>"
        )

    def _window(self, place: _Place) -> Iterator[str]:
        lane, y = place.lane, place.y - BAR / 2
        until = min(lane.closes + 1, self.end, lane.opened or lane.closes + 1)
        x, width = self.x(lane.freeze), self.x(until) - self.x(lane.freeze)
        if width <= 0:
            return
        yield (
            f'<rect x="{x}" y="{_n(y + 0.75)}" width="{_n(width)}" height="{BAR - 1.5}" '
            f'fill="none" stroke="{place.colour}" stroke-width="1.5" stroke-dasharray="4 3" '
            f'opacity=".8">'
            f"<title>{escape(lane.name)} can be opened, {lane.freeze} to {lane.closes}</title>"
            f"</rect>"
        )

    def _arrow(self, arrow: Arrow, index: int) -> Iterator[str]:
        source, target = self.places.get(arrow.of), self.places.get(arrow.to)
        if source is None or target is None:
            return
        same = [a for a in self.timeline.arrows[:index] if (a.at, a.of) == (arrow.at, arrow.of)]
        x = self.x(arrow.at)
        to_x = x + 6 + 14 * len(same)
        up = -1 if target.y < source.y else 1
        y0, y1 = source.y + up * (BAR / 2), target.y - up * (BAR / 2 + 2)
        path = f"M{x} {y0} C{x} {y0 + up * 34} {to_x} {y1 - up * 40} {to_x} {y1}"
        yield f'<path d="{path}" fill="none" stroke="var(--bg)" stroke-width="6" opacity=".85"/>'
        dash = ' stroke-dasharray="5 4" opacity=".7"' if arrow.declined is not None else ""
        about = f"{arrow.of} is offered to {arrow.to} at {arrow.at}"
        yield (
            f'<path d="{path}" fill="none" stroke="{source.colour}" stroke-width="1.8"{dash} '
            f'marker-end="url(#{_key("tip", source.colour)})"><title>{escape(about)}</title></path>'
        )
        if arrow.declined is not None:
            y = target.y + self._nudge(target, arrow)
            yield _declined(self.x(arrow.declined), y, f"{arrow.to} declines {arrow.of}")

    def _nudge(self, place: _Place, arrow: Arrow) -> float:
        """How far above its lane's middle the mark of a declined offer stands (negative): clear of
        the lane's other marks of about the same second, and of those of earlier offers.
        """
        at = arrow.declined or 0
        lane = place.lane
        fixed = [lane.published, lane.sealed, lane.opened, lane.final]
        rank = int(any(one is not None and abs(one - at) <= NEAR for one in fixed))
        for other in self.timeline.arrows[: self.timeline.arrows.index(arrow)]:
            if other.to == arrow.to and other.declined is not None:
                rank += abs(other.declined - at) <= NEAR
        return -ASIDE * min(rank, 2)

    # ---- marks -------------------------------------------------------------------------------

    def _marks(self, place: _Place) -> Iterator[str]:
        lane, y = place.lane, place.y
        seconds: list[int] = [lane.published]
        if lane.final is None or lane.final >= lane.freeze:
            yield self._freeze(place)
        yield _published(self.x(lane.published), y, place.colour, f"{lane.name} is published")
        if lane.sealed is not None:
            seconds.append(lane.sealed)
            later = [one for one in (lane.opened, lane.final) if one is not None]
            low = y + ASIDE * any(one - lane.sealed <= NEAR for one in later)
            about = f"{lane.name} is sealed"
            yield _lock(self.x(lane.sealed), low, place.colour, about, closed=True)
        if lane.opened is not None:
            seconds.append(lane.opened)
            if lane.final is None or self.x(lane.final) - self.x(lane.opened) > 20:
                yield _lock(
                    self.x(lane.opened), y, place.colour, f"{lane.name} is opened", closed=False
                )
        if lane.final is not None:
            seconds.append(lane.final)
            about = f"{lane.name} {lane.outcome}: {EXPLANATIONS[lane.phase]}"
            yield _verdict(self.x(lane.final), y, lane.outcome == KEPT, about)
        seconds += [
            arrow.declined
            for arrow in self.timeline.arrows
            if arrow.to == lane.name and arrow.declined is not None
        ]
        yield from self._times(place, seconds)
        yield from self._badge(place)

    def _freeze(self, place: _Place) -> str:
        x, y = self.x(place.lane.freeze), place.y
        top, low = _n(y - BAR / 2 - 6), _n(y + BAR / 2 + 6)
        return (
            f'<path d="M{x} {top} V{low}" stroke="var(--ink)" stroke-width="2">'
            f"<title>{escape(place.lane.name)} freezes at {place.lane.freeze}</title></path>"
            f'<text class="when" x="{x}" y="{_n(y - BAR / 2 - 11)}">❄ {place.lane.freeze}</text>'
        )

    def _times(self, place: _Place, seconds: Sequence[int]) -> Iterator[str]:
        """The seconds under the bar, in two rows where they would touch."""
        ends = [float("-inf"), float("-inf")]
        for second in sorted(set(seconds)):
            x, half = self.x(second), 4.0 * len(str(second)) + 3
            row = next((i for i in (0, 1) if x - half >= ends[i]), None)
            if row is None:
                continue
            ends[row] = x + half
            y = _n(place.y + BAR / 2 + 17 + 13 * row)
            yield f'<text class="when" x="{x}" y="{y}">{second}</text>'

    def _badge(self, place: _Place) -> Iterator[str]:
        lane = place.lane
        tone = {KEPT: "kept", REVERTED: "reverted"}.get(lane.outcome, "pending")
        x, y = WIDTH - RIGHT / 2 + 6, place.y + (13 if lane.outcome == KEPT else 4)
        yield (
            f'<rect x="{x - 54}" y="{y - 26}" width="108" height="26" rx="13" fill="none" '
            f'stroke="var(--{tone})" stroke-width="1.6"/>'
            f'<text class="badge" x="{x}" y="{y - 8.5}" style="fill:var(--{tone})">'
            f"{lane.outcome}</text>"
        )
        why = EXPLANATIONS.get(lane.phase, lane.phase.lower())
        if lane.outcome != KEPT:
            yield (
                f'<text class="soft" x="{x}" y="{y + 18}" text-anchor="middle">{escape(why)}</text>'
            )

    def _legend(self) -> Iterator[str]:
        """The signs and their meanings, below the lanes; those of declined offers where there are
        any, in a second line.
        """
        y, colour, x = self.bottom + 40, "var(--soft)", 28.0
        entries = _legend_entries(colour)
        if any(arrow.declined is not None for arrow in self.timeline.arrows):
            entries += _declined_entries(colour)
        for sign, width, word in entries:
            if x + width + 7 + 6.6 * len(word) > WIDTH - 14:
                x, y = 28.0, y + 24
            yield f'<g transform="translate({_n(x)} {_n(y)})">{sign}</g>'
            yield _legend_text(x + width + 7, y, word)
            x += width + 7 + 6.6 * len(word) + 20


def _legend_entries(colour: str) -> list[tuple[str, int, str]]:
    """Each sign (its left edge at 0, its middle at 0), its width, its meaning."""
    box = 'x="0" y="-8" width="26" height="16"'
    line = f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="4 3"'
    tip = _key("tip", colour)
    offer = f'<path d="M1 8 C1 -4 15 4 15 -7" fill="none" stroke="{colour}" stroke-width="1.8" '
    flake = '<text class="soft" x="0" y="4.5">❄</text>'
    return [
        (_published(7, 0, colour, "published"), 14, "published"),
        (f'<rect {box} fill="{colour}" opacity=".26"/>', 26, "tentative"),
        (_lock(11, 0, colour, "seal", closed=True), 22, "seal"),
        (f'<rect {box} fill="{colour}" opacity=".62"/>', 26, "sealed"),
        (flake, 12, "freeze"),
        (f'<rect {box} fill="none" {line}/>', 26, "can be opened"),
        (_lock(11, 0, colour, "opening", closed=False), 22, "opening"),
        (f'<rect {box} fill="url(#{_key("wait", colour)})"/>', 26, "waits"),
        (f'{offer}marker-end="url(#{tip})"/>', 20, "offer"),
        (_verdict(11, 0, True, "kept"), 22, "kept"),
        (_verdict(11, 0, False, "reverted"), 22, "reverted"),
    ]


def _declined_entries(colour: str) -> list[tuple[str, int, str]]:
    """What the legend says of offers that were declined."""
    offer = f'<path d="M1 8 C1 -4 15 4 15 -7" fill="none" stroke="{colour}" stroke-width="1.8" '
    tip = _key("tip", colour)
    dash = 'stroke-dasharray="5 4" opacity=".7"'
    return [
        (f'{offer}{dash} marker-end="url(#{tip})"/>', 20, "declined offer"),
        (_declined(9, 0, "declines"), 18, "declines"),
    ]


# ---- glyphs ------------------------------------------------------------------------------------


def _published(x: float, y: float, colour: str, about: str) -> str:
    return (
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="7" fill="{colour}" stroke="var(--bg)" '
        f'stroke-width="2"><title>{escape(about)}</title></circle>'
    )


def _lock(x: float, y: float, colour: str, about: str, *, closed: bool) -> str:
    shackle = "M-4 -1 V-4 a4 4 0 0 1 8 0 V-1" if closed else "M-4 -1 V-5 a4 4 0 0 1 8 0"
    return (
        f'<g transform="translate({_n(x)} {_n(y)})"><title>{escape(about)}</title>'
        f'<circle r="11" fill="var(--bg)" stroke="{colour}" stroke-width="1.6"/>'
        f'<path d="{shackle}" fill="none" stroke="{colour}" stroke-width="1.8"/>'
        f'<rect x="-5.5" y="-1.5" width="11" height="8" rx="1.5" fill="{colour}"/></g>'
    )


def _verdict(x: float, y: float, kept: bool, about: str) -> str:
    tone = "kept" if kept else "reverted"
    sign = "M-4.5 .5 L-1.2 4 L5 -3.8" if kept else "M-3.8 -3.8 L3.8 3.8 M3.8 -3.8 L-3.8 3.8"
    return (
        f'<g transform="translate({_n(x)} {_n(y)})"><title>{escape(about)}</title>'
        f'<circle r="10.5" fill="var(--{tone})" stroke="var(--bg)" stroke-width="2"/>'
        f'<path d="{sign}" fill="none" stroke="var(--bg)" stroke-width="2.4" '
        f'stroke-linecap="round" stroke-linejoin="round"/></g>'
    )


def _declined(x: float, y: float, about: str) -> str:
    return (
        f'<g transform="translate({_n(x)} {_n(y)})"><title>{escape(about)}</title>'
        f'<circle r="8" fill="var(--bg)" stroke="var(--reverted)" stroke-width="2"/>'
        f'<path d="M-5 5 L5 -5" stroke="var(--reverted)" stroke-width="2"/></g>'
    )


def _legend_text(x: float, y: float, word: str) -> str:
    return f'<text class="soft" x="{_n(x)}" y="{_n(y + 4.5)}">{escape(word)}</text>'


def _colours(agents: Sequence[str]) -> dict[str, str]:
    named = [agent for agent in agents if agent != "bystander"]
    colours = {agent: f"var(--a{i % _PALETTE})" for i, agent in enumerate(named)}
    return colours | {"bystander": "var(--a-by)"}


def _key(kind: str, colour: str) -> str:
    """An id for a pattern or an arrow's tip of a colour."""
    return f"bt-{kind}-{colour.removeprefix('var(--').removesuffix(')')}"


def _clip(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _n(value: float) -> str:
    """A number, without a needless fraction."""
    return f"{value:.1f}".removesuffix(".0")
