"""How plots look, and how they are written: SVG, the same bytes for the same numbers."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes

    from boomerang.experiments.statistics import Estimate

# Told apart by everybody, also in grey: Okabe and Ito (2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

_STYLE: Any = {
    "font.family": "DejaVu Sans",  # it comes with matplotlib: the same everywhere
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.3,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.markersize": 4.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "boomerang",
}


def figure(
    columns: int = 1, *, width: float = 4.6, height: float = 3.2, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure with so many axes side by side; inches for each. `options` go to `subplots`.

    It belongs to no window and to no global list, so nothing needs to be closed.
    """
    with style():
        made = Figure(figsize=(width * columns, height), layout="constrained")
        axes = made.subplots(1, columns, squeeze=False, **options)
    return made, list(axes[0])


def measured(
    axes: Axes, x: Sequence[float], estimates: Sequence[Estimate], label: str, series: int = 0
) -> None:
    """Points with their 95% intervals as error bars. `series` chooses colour and marker."""
    low = [e.value - e.interval[0] for e in estimates]
    high = [e.interval[1] - e.value for e in estimates]
    axes.errorbar(
        list(x),
        [e.value for e in estimates],
        yerr=[[max(0.0, v) for v in low], [max(0.0, v) for v in high]],
        fmt=MARKERS[series % len(MARKERS)],
        color=COLOURS[series % len(COLOURS)],
        capsize=2.5,
        elinewidth=1,
        label=label,
    )


def closed_form(
    axes: Axes, x: Sequence[float], y: Sequence[float], label: str = "", series: int = 0
) -> None:
    """What theory says, as a line in the colour of its series."""
    axes.plot(
        list(x),
        list(y),
        color=COLOURS[series % len(COLOURS)],
        linewidth=1,
        linestyle="--",
        label=label or None,
        zorder=1,
    )


def style() -> AbstractContextManager[None]:
    """The context in which plots are made, so that they all look alike."""
    return mpl.rc_context(_STYLE)


def svg(drawn: Figure) -> bytes:
    """The picture, without a date or anything else that differs from run to run."""
    out = BytesIO()
    with style():
        drawn.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()
