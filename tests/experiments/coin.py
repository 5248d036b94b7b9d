"""Heads: whether a coin is fair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING

from pydantic import Field

from boomerang.experiments import figures, statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.findings import Finding

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class CoinConfig(Config):
    """Coins' biases, and how often each is tossed in a replicate."""

    biases: tuple[float, ...] = Field(min_length=1)
    tosses: int = Field(ge=1)


class Coin(Experiment[CoinConfig]):
    letter = ""
    title = "A coin"
    claim = "A coin of bias b shows heads with frequency b."
    limits = "Coins that stand on their edge are not considered."
    config = CoinConfig

    def cells(self, config: CoinConfig) -> Sequence[Cell]:
        return [{"bias": bias, "tosses": config.tosses} for bias in config.biases]

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        rng = Random(seed)
        return [{"heads": rng.random() < float(cell["bias"])} for _ in range(int(cell["tosses"]))]

    def findings(self, table: pd.DataFrame, config: CoinConfig) -> Sequence[Finding]:
        return [
            Finding(
                what=f"heads, at bias {bias}",
                measured=statistics.rate(int(rows.heads.sum()), len(rows)),
                expected=bias,
                closed_form="b",
            )
            for bias, rows in table.groupby("bias")
        ]

    def plots(self, table: pd.DataFrame, config: CoinConfig) -> Mapping[str, Figure]:
        figure, (axes,) = figures.figure()
        groups = list(table.groupby("bias"))
        x = [bias for bias, _ in groups]
        figures.measured(
            axes, x, [statistics.rate(int(r.heads.sum()), len(r)) for _, r in groups], "measured"
        )
        figures.closed_form(axes, [0, 1], [0, 1], "b")
        axes.set(xlabel="bias", ylabel="share of heads")
        axes.legend()
        return {"heads": figure}


EXPERIMENT = Coin()
