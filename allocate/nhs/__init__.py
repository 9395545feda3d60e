"""Readers for official NHS files: tables of practices and of ICBs that `allocate` can run on.

from allocate.nhs import build, read_allocations

made = build("nhspaymentsgp-22-23-prac-csv.csv", weights=["weighted-populations-2022-23.csv"], area="llr")
made.areas                            # a polars table, one row a practice
made.joins                            # which practices of which file did not join
made.save("work/areas.parquet")       # and work/scenario.yaml beside it

read_allocations("icb-allocations.xlsx", stream="pmc", year="2023/24")     # a row an ICB, £
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocate.nhs.allocations import read_allocations
    from allocate.nhs.building import Build, build
    from allocate.nhs.joining import Join
    from allocate.nhs.reading import Source

_HOMES = {
    "Build": "building",
    "Join": "joining",
    "Source": "reading",
    "build": "building",
    "read_allocations": "allocations",
}

__all__ = ["Build", "Join", "Source", "build", "read_allocations"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that the command line starts fast."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"allocate.nhs.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'allocate.nhs' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
