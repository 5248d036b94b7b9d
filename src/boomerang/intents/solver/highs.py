"""HiGHS, called for one thing: maximise a linear function over rows, bounds and whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Vector = NDArray[np.float64]
Places = NDArray[np.int64]
"""Indices of columns."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Values of the variables, and the rows' duals (none for whole numbers)."""

    values: Vector
    duals: Vector
    objective: float
    optimal: bool
    seconds: float


class SolverFailed(RuntimeError):
    """The optimiser gave no feasible point; the message has its status."""

    def __init__(self, status: str, timed_out: bool = False) -> None:
        self.timed_out = timed_out
        super().__init__(f"HiGHS: {status}")


class Problem:
    """Maximise gain @ x subject to rows and bounds. It stays in the optimiser, so that rows that
    are added later start from the answer before.
    """

    def __init__(
        self,
        gain: Vector,
        rows: csr_matrix,
        row_bounds: tuple[Vector, Vector],
        bounds: tuple[Vector, Vector],
        tolerance: float = 1e-9,
    ) -> None:
        self.highs = highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        for name in ("primal", "dual"):
            highs.setOptionValue(f"{name}_feasibility_tolerance", tolerance)
        highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(gain), rows.shape[0]
        model.col_cost_ = -gain
        model.col_lower_, model.col_upper_ = bounds
        model.row_lower_, model.row_upper_ = row_bounds
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = rows.indptr
        model.a_matrix_.index_ = rows.indices
        model.a_matrix_.value_ = rows.data
        highs.passModel(model)

    def add_rows(self, rows: csr_matrix, low: Vector, high: Vector) -> None:
        """More rows."""
        matrix = (rows.nnz, rows.indptr[:-1], rows.indices, rows.data)
        self.highs.addRows(rows.shape[0], low, high, *matrix)

    def bound(self, columns: Places, low: Vector, high: Vector) -> None:
        """Other bounds on some variables."""
        if len(columns):
            self.highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def integers(self, columns: Places, whole: bool) -> None:
        """Make variables whole numbers, or let them be any again."""
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        if len(columns):
            kinds = np.full(len(columns), int(kind), dtype=np.uint8)
            self.highs.changeColsIntegrality(len(columns), columns.astype(np.int32), kinds)

    def solve(
        self, time_limit: float = 10.0, relative_gap: float = 1e-7, anew: bool = False
    ) -> Answer:
        """The best values. `SolverFailed` where none were found in time. `anew`: there is no answer
        before to start from, where the interior point method is faster on large problems.
        """
        started = perf_counter()
        highs = self.highs
        # Its clock runs on over all calls.
        highs.setOptionValue("time_limit", highs.getRunTime() + max(time_limit, 0.1))
        highs.setOptionValue("mip_rel_gap", relative_gap)
        highs.setOptionValue("solver", "ipm" if anew else "simplex")
        highs.run()
        status = highs.getModelStatus()
        solution = highs.getSolution()
        info = highs.getInfo()
        if not solution.value_valid or info.primal_solution_status != 2:
            late = status == highspy.HighsModelStatus.kTimeLimit
            raise SolverFailed(highs.modelStatusToString(status), late)
        return Answer(
            np.asarray(solution.col_value),
            np.asarray(solution.row_dual),
            -info.objective_function_value,
            status == highspy.HighsModelStatus.kOptimal,
            perf_counter() - started,
        )
