"""The table of an experiment: one Parquet file, with where it came from in its metadata."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from boomerang.experiments.errors import BadRow, NotMeasured
from boomerang.experiments.parts import write_whole
from boomerang.experiments.tasks import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from boomerang.experiments.tasks import PlainRow

METADATA = b"boomerang"
"""The key of the file's metadata below which provenance stands, as JSON."""

Provenance = dict[str, Any]


def write(path: Path, rows: Sequence[PlainRow], provenance: Mapping[str, Any]) -> None:
    """Write the table, whole or not at all. Raises BadRow, CannotWrite."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    names = list(rows[0])
    if any(row.keys() != rows[0].keys() for row in rows):
        raise BadRow("rows of different tasks have different columns")
    arrays = []
    for name in names:
        try:
            arrays.append(pa.array([row[name] for row in rows]))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise BadRow(f"column {name} holds values of different kinds: {error}") from None
    table = pa.Table.from_arrays(arrays, names)
    table = table.replace_schema_metadata({METADATA: canonical(provenance).encode()})
    out = BytesIO()
    parquet.write_table(table, out, compression="zstd")
    write_whole(path, out.getvalue())


def read(path: Path) -> tuple[pd.DataFrame, Provenance]:
    """The table and its provenance. Raises NotMeasured."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(BytesIO(path.read_bytes()))
    except FileNotFoundError:
        raise NotMeasured(path, "there is no such file") from None
    except (OSError, pa.ArrowException) as error:
        raise NotMeasured(path, f"it cannot be read: {error}") from None
    try:
        provenance = json.loads((table.schema.metadata or {})[METADATA])
    except (KeyError, ValueError):
        raise NotMeasured(path, "it does not say where it came from") from None
    if not isinstance(provenance, dict):
        raise NotMeasured(path, "it does not say where it came from")
    return table.replace_schema_metadata(None).to_pandas(), provenance
