"""HiGHS, called for one thing: maximise a linear function over rows, bounds and whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Vector = NDArray[np.float64]


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


def maximise(
    gain: Vector,
    rows: csr_matrix,
    row_bounds: tuple[Vector, Vector],
    bounds: tuple[Vector, Vector],
    whole: NDArray[np.bool_] | None = None,
    time_limit: float = 10.0,
    relative_gap: float = 1e-7,
) -> Answer:
    """Maximise gain @ x subject to row_bounds on rows @ x and bounds on x; `whole` marks integers."""
    started = perf_counter()
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", max(time_limit, 0.1))
    highs.setOptionValue("mip_rel_gap", relative_gap)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(gain), rows.shape[0]
    model.col_cost_ = -gain
    model.col_lower_, model.col_upper_ = bounds
    model.row_lower_, model.row_upper_ = row_bounds
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr
    model.a_matrix_.index_ = rows.indices
    model.a_matrix_.value_ = rows.data
    if whole is not None and whole.any():
        kind = highspy.HighsVarType
        model.integrality_ = [kind.kInteger if each else kind.kContinuous for each in whole]
        highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    highs.passModel(model)
    highs.run()
    status = highs.getModelStatus()
    solution = highs.getSolution()
    info = highs.getInfo()
    if not solution.value_valid or info.primal_solution_status != 2:
        raise SolverFailed(f"HiGHS: {highs.modelStatusToString(status)}")
    return Answer(
        np.asarray(solution.col_value),
        np.asarray(solution.row_dual) if solution.dual_valid else np.zeros(rows.shape[0]),
        -info.objective_function_value,
        status == highspy.HighsModelStatus.kOptimal,
        perf_counter() - started,
    )
