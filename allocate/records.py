"""What a run leaves behind: ``allocations.csv``, ``run.json`` and its table, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.csv_files import to_csv
from allocate.errors import OutputError, Problem
from allocate.writing import write_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.engine import Prepared


def record(allocation: Allocation) -> dict[str, Any]:
    """Everything needed to say what was run and what came out; the same for the same input."""
    return {name: make() for name, make in parts_of_record(allocation).items()}


def parts_of_record(allocation: Allocation) -> dict[str, Callable[[], Any]]:
    """What makes each part of `record`: prices and the next £1,000 take solving again."""
    from allocate import __version__

    return {
        "allocate": lambda: __version__,
        "summary": allocation.summary.to_dict,
        "totals_pence": lambda: _totals(allocation),
        "tranches": lambda: _tranches(allocation),
        "groups": lambda: _rows(allocation.groups),
        "gave_way": lambda: _gave_way(allocation),
        "prices": lambda: allocation.prices.to_dicts(),
        "next_1000": lambda: _next(allocation),
        **_parts_of_inputs(allocation.prepared),
    }


def _totals(allocation: Allocation) -> dict[str, int]:
    return {
        "baseline": int(allocation.prepared.areas.baseline.sum()),
        "allocation": int(allocation.amounts.sum()),
        "budget": allocation.budget,
        "unspent": allocation.shared.left,
        "rounding": allocation.rounding,
    }


def _tranches(allocation: Allocation) -> list[dict[str, Any]]:
    return [
        {
            "name": part.name,
            "method": part.method,
            "by": part.denominator,
            "asked_pence": part.asked,
            "placed_pence": part.placed,
            "level": part.level,
        }
        for part in allocation.shared.parts
    ]


def _gave_way(allocation: Allocation) -> list[dict[str, Any]]:
    rules = allocation.prepared.policy.rules
    return [
        {"rule": str(rules[each.rule].name), "strength": each.strength, "short_pence": each.short}
        for each in allocation.gave_way
    ]


def inputs(prepared: Prepared) -> dict[str, Any]:
    """What a result was made of: the scenario, parameters, rules, hashes and versions."""
    return {name: make() for name, make in _parts_of_inputs(prepared).items()}


def _parts_of_inputs(prepared: Prepared) -> dict[str, Callable[[], Any]]:
    """What makes each part of `inputs`: hashes take a pass over all rows."""
    return {
        "scenario": lambda: _plain(prepared.scenario),
        "parameters": lambda: dict(prepared.settings),
        "rules": lambda: _rules(prepared),
        "hashes": lambda: _hashes(prepared),
        "versions": _versions,
    }


def _rules(prepared: Prepared) -> list[dict[str, Any]]:
    return [{"name": name} | _plain(book) for name, book in prepared.policy.books]


def _hashes(prepared: Prepared) -> dict[str, str | None]:
    table = prepared.areas.table
    return {"areas": table.sha256, "rows": table.rows_sha256, "rules": rules_hash(_rules(prepared))}


def _versions() -> dict[str, str]:
    import numpy as np
    import polars as pl

    return {"polars": pl.__version__, "numpy": np.__version__}


def _next(allocation: Allocation) -> dict[str, float] | None:
    """What one more £1,000 would give each area that gets some of it, in £; None if it cannot be placed."""
    if allocation.next_gains is None:
        return None
    ids, gains = allocation.prepared.areas.ids, allocation.next_gains
    return {str(ids[at]): gains[at] / 100 for at in gains.nonzero()[0].tolist()}


def record_with_areas(allocation: Allocation) -> dict[str, Any]:
    """`record` with the rows of the table under ``areas``."""
    return allocation.to_dict() | {"areas": _rows(allocation.areas)}


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    import polars as pl
    import polars.selectors as cs

    return frame.with_columns(cs.decimal().cast(pl.Float64)).to_dicts()


def save(allocation: Allocation, folder: str | Path) -> None:
    """Write the files of a run; see `Allocation.save`."""
    write_files(Path(folder), files_of(allocation), keep=allocation.prepared.scenario.sources)


def files_of(allocation: Allocation) -> dict[str, bytes]:
    """The files of a run, by their names."""
    tables = {"allocations.csv": allocation.areas, "table.parquet": allocation.prepared.areas.table.frame}
    files = {name: table_bytes(frame, name) for name, frame in tables.items()}
    return files | {"run.json": to_json(allocation.to_dict()).encode()}


TABLE_FORMATS = (".parquet", ".csv")
"""The endings of files that tables are written to."""


def table_bytes(frame: pl.DataFrame, file: str | Path) -> bytes:
    """A table as the bytes of a file, in the format that its name asks for."""
    if Path(file).suffix.lower() == ".csv":
        return to_csv(frame)
    content = BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def check_areas_file(file: str | Path, not_over: Iterable[str | Path]) -> None:
    """Check that a table can be written to a file, before it takes long to make.

    Raises:
        OutputError: it is neither .parquet nor .csv, or one of the files that must stay (`not_over`).
    """
    if Path(file).suffix.lower() not in TABLE_FORMATS:
        raise OutputError([Problem(str(file), "is neither .parquet nor .csv", "name the file so")])
    if Path(file).resolve() in [Path(each).resolve() for each in not_over]:
        raise OutputError([Problem(str(file), "is the table that is read", "write to another file")])


def save_areas(areas: pl.DataFrame, file: str | Path) -> None:
    """Write a table of areas as .parquet or .csv, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    path = Path(file)
    write_files(path.parent, {path.name: table_bytes(areas, path)})


def to_json(data: Mapping[str, Any]) -> str:
    """JSON for people and programs: indented, in the order given, with a line end."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(part: Any) -> dict[str, Any]:
    fields: dict[str, Any] = part.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return fields


def rules_hash(rules: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of rule books, whatever the order of their keys."""
    canonical = json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
