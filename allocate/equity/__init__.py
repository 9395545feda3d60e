"""Who gets how much, and how far apart they are: audits of runs, uptake tables, and measures by themselves.

from allocate import equity

allocate.run("llr").equity(by=["imd_quintile", "place"])          # money, audited
equity.gaps(table, "deprivation", "vaccinated", "eligible")       # what some of some people have
equity.slope_index([0.29, 0.33, 0.39], people=[900, 1000, 1100])  # a measure, on lists or numpy arrays
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocate.equity.audited import Audit
    from allocate.equity.auditing import audit
    from allocate.equity.concentration import (
        Bounded,
        bounded_indices,
        concentration_curve,
        concentration_index,
        generalised_index,
    )
    from allocate.equity.slope import Slope, slope_index
    from allocate.equity.spread import Theil, gini, hoover, lorenz_curve, theil
    from allocate.equity.uptake import Gaps, gaps

_HOMES = {
    "Audit": "audited",
    "Bounded": "concentration",
    "Gaps": "uptake",
    "Slope": "slope",
    "Theil": "spread",
    "audit": "auditing",
    "bounded_indices": "concentration",
    "concentration_curve": "concentration",
    "concentration_index": "concentration",
    "gaps": "uptake",
    "generalised_index": "concentration",
    "gini": "spread",
    "hoover": "spread",
    "lorenz_curve": "spread",
    "slope_index": "slope",
    "theil": "spread",
}

__all__ = [
    "Audit",
    "Bounded",
    "Gaps",
    "Slope",
    "Theil",
    "audit",
    "bounded_indices",
    "concentration_curve",
    "concentration_index",
    "gaps",
    "generalised_index",
    "gini",
    "hoover",
    "lorenz_curve",
    "slope_index",
    "theil",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that the command line starts fast."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"allocate.equity.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'allocate.equity' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
