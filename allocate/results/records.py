"""What a run leaves behind: ``allocations.csv``, ``run.json`` and its table, whole or not at all."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocate.errors import OutputError, Problem
from allocate.files.csv_files import to_csv
from allocate.files.fingerprints import of_amounts, of_document, of_table
from allocate.files.writing import write_files
from allocate.money import SNAP
from allocate.solver.highs import FEASIBLE
from allocate.solver.pence import REMAINDER_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

    from allocate.allocation import Allocation
    from allocate.prepared import Prepared


def record(allocation: Allocation) -> dict[str, Any]:
    """Everything needed to say what was run and what came out; the same for the same input."""
    return {name: make() for name, make in parts_of_record(allocation).items()}


def parts_of_record(allocation: Allocation) -> dict[str, Callable[[], Any]]:
    """What makes each part of `record`: prices and the next £1,000 take solving again."""
    from allocate import __version__

    prepared = allocation.prepared
    parts: dict[str, Callable[[], Any]] = {
        "allocate": lambda: __version__,
        "summary": allocation.summary.to_dict,
        "totals_pence": lambda: _totals(allocation),
        "tranches": lambda: _tranches(allocation),
        "groups": lambda: _rows(allocation.groups),
        "gave_way": lambda: _gave_way(allocation),
        "prices": lambda: allocation.prices.to_dicts(),
        "next_1000": lambda: _next(allocation),
    }
    hashes = {"hashes": lambda: _hashes(prepared) | _hash_of_amounts(allocation)}
    return parts | _parts_of_inputs(prepared) | hashes


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
    return {
        "scenario": lambda: plain(prepared.scenario),
        "parameters": lambda: dict(prepared.settings),
        "rules": lambda: rules_of(prepared),
        "hashes": lambda: _hashes(prepared),
        "versions": versions,
        "tolerances": lambda: TOLERANCES,
    }


def rules_of(prepared: Prepared) -> list[dict[str, Any]]:
    """The rule books as data, each with the name it was asked for by."""
    return [{"name": name} | plain(book) for name, book in prepared.policy.books]


def _hashes(prepared: Prepared) -> dict[str, Any]:
    """Of the file of areas as it is, and over what the rows, the scenario and the rules mean."""
    return {
        "areas": prepared.areas.table.sha256,
        "rows": of_table(prepared.areas.table.frame, prepared.areas.ids),
        "scenario": of_document(plain(prepared.scenario)),
        "rules": of_document(rules_of(prepared)),
    }


def _hash_of_amounts(allocation: Allocation) -> dict[str, str]:
    return {"allocations": of_amounts(allocation.prepared.areas.ids, allocation.amounts)}


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that figures go through."""
    import platform
    from importlib.metadata import version

    packages = {name: version(name) for name in ("polars", "numpy", "pulp", "highspy")}
    return {"python": platform.python_version()} | packages


TOLERANCES = {
    "a whole unit, in units": SNAP,
    "a tied remainder, in units": 10.0**-REMAINDER_DECIMALS,
    "a limit in a linear programme, of its largest figure": FEASIBLE,
}
"""What figures may be off by and still count as the same, as `run.json` has it."""


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
    files = files_of(allocation, Path(folder))
    write_files(Path(folder), files, keep=allocation.prepared.scenario.sources)


def files_of(
    allocation: Allocation, folder: Path, certificate: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """The files of a run, by their names; it is proven before there are any.

    Args:
        allocation: the run.
        folder: where the files are to be, from which its inputs are seen.
        certificate: what proves it, if that is done already.

    Raises:
        ProofFailed: the allocation is not what its rules ask for: a defect in allocate.
    """
    from allocate.proving.proof import certificate_for
    from allocate.proving.saved import inputs_from

    certificate = certificate or certificate_for(allocation)
    facts = {"certificate.json": certificate, "inputs.json": inputs_from(allocation, folder)}
    tables = {"allocations.csv": allocation.areas, "table.parquet": allocation.prepared.areas.table.frame}
    files = {name: table_bytes(frame, name) for name, frame in tables.items()}
    facts["run.json"] = allocation.to_dict()
    return files | {name: to_json(fact).encode() for name, fact in facts.items()}


FILES = ("allocations.csv", "run.json", "table.parquet", "certificate.json", "inputs.json")
"""The names of the files of a run."""

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


def plain(part: Any) -> dict[str, Any]:
    """A document as data, without what is as usual."""
    fields: dict[str, Any] = part.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return fields
