"""Level up funding by population need, with no area ever below its baseline.

import allocate

result = allocate.run("llr")          # a bundled scenario, a file or a folder
result.areas                          # a polars table, one row an area
print(result.explain("P014"))         # why an area gets what it gets
result.save("out/")                   # allocations.csv and run.json
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocate import equity
    from allocate.allocation import Allocation
    from allocate.engine import run, solve
    from allocate.errors import (
        AllocateError,
        BudgetTooSmall,
        DocumentError,
        ExpressionError,
        InputError,
        LimitsClash,
        MoneyLeftOver,
        OutputError,
        ProofFailed,
        RulesCannotHold,
        TableError,
    )
    from allocate.explain import Explanation
    from allocate.rulebook import Rulebook
    from allocate.runs import Run, load_run, open_run
    from allocate.scenario import Scenario, load_scenario
    from allocate.summary import Summary
    from allocate.weighing import weigh

__version__ = "0.1.0"

_HOMES = {
    "AllocateError": "errors",
    "Allocation": "allocation",
    "BudgetTooSmall": "errors",
    "DocumentError": "errors",
    "Explanation": "explain",
    "ExpressionError": "errors",
    "InputError": "errors",
    "LimitsClash": "errors",
    "MoneyLeftOver": "errors",
    "OutputError": "errors",
    "ProofFailed": "errors",
    "Rulebook": "rulebook",
    "Run": "runs",
    "RulesCannotHold": "errors",
    "Scenario": "scenario",
    "Summary": "summary",
    "TableError": "errors",
    "load_run": "runs",
    "load_scenario": "scenario",
    "open_run": "runs",
    "run": "engine",
    "solve": "engine",
    "weigh": "weighing",
}

__all__ = [
    "AllocateError",
    "Allocation",
    "BudgetTooSmall",
    "DocumentError",
    "Explanation",
    "ExpressionError",
    "InputError",
    "LimitsClash",
    "MoneyLeftOver",
    "OutputError",
    "ProofFailed",
    "Rulebook",
    "RulesCannotHold",
    "Run",
    "Scenario",
    "Summary",
    "TableError",
    "equity",
    "load_run",
    "load_scenario",
    "open_run",
    "run",
    "solve",
    "weigh",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that the command line starts fast."""
    from importlib import import_module

    if name == "equity":
        return import_module("allocate.equity")
    if name in _HOMES:
        return getattr(import_module(f"allocate.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'allocate' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
