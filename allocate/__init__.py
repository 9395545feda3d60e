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
    from allocate.bounds import bounded
    from allocate.comparing.comparison import Comparison, load_comparison
    from allocate.comparing.side_by_side import compare
    from allocate.costing.cost import Cost, cost
    from allocate.documents.rulebook import Rulebook
    from allocate.documents.scenario import Scenario, load_scenario
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
        OutsideFolder,
        ProofFailed,
        RulesCannotHold,
        TableError,
        TookTooLong,
        TooLarge,
    )
    from allocate.persons.weighing import weigh
    from allocate.proving.rerunning import Rerun, rerun
    from allocate.proving.verdict import Verdict
    from allocate.proving.verifying import verify
    from allocate.results.explain import Explanation
    from allocate.results.runs import Run, load_run, open_run
    from allocate.results.summary import Summary
    from allocate.sureness.uncertainty import Uncertainty, uncertainty
    from allocate.sweeps.result import Sweep, load_sweep
    from allocate.sweeps.running import sweep
    from allocate.years.files import load_years
    from allocate.years.result import Years
    from allocate.years.running import run_years, solve_years

__version__ = "0.1.0"

_HOMES = {
    "AllocateError": "errors",
    "Allocation": "allocation",
    "BudgetTooSmall": "errors",
    "Cost": "costing.cost",
    "Comparison": "comparing.comparison",
    "DocumentError": "errors",
    "Explanation": "results.explain",
    "ExpressionError": "errors",
    "InputError": "errors",
    "LimitsClash": "errors",
    "MoneyLeftOver": "errors",
    "OutputError": "errors",
    "OutsideFolder": "errors",
    "ProofFailed": "errors",
    "Rerun": "proving.rerunning",
    "Rulebook": "documents.rulebook",
    "Run": "results.runs",
    "RulesCannotHold": "errors",
    "Scenario": "documents.scenario",
    "Summary": "results.summary",
    "Sweep": "sweeps.result",
    "TableError": "errors",
    "TookTooLong": "errors",
    "TooLarge": "errors",
    "Uncertainty": "sureness.uncertainty",
    "Verdict": "proving.verdict",
    "bounded": "bounds",
    "cost": "costing.cost",
    "Years": "years.result",
    "compare": "comparing.side_by_side",
    "load_comparison": "comparing.comparison",
    "load_run": "results.runs",
    "load_years": "years.files",
    "load_scenario": "documents.scenario",
    "load_sweep": "sweeps.result",
    "open_run": "results.runs",
    "rerun": "proving.rerunning",
    "run": "engine",
    "run_years": "years.running",
    "solve": "engine",
    "uncertainty": "sureness.uncertainty",
    "solve_years": "years.running",
    "verify": "proving.verifying",
    "weigh": "persons.weighing",
    "sweep": "sweeps.running",
}

__all__ = [
    "AllocateError",
    "Allocation",
    "BudgetTooSmall",
    "Comparison",
    "Cost",
    "DocumentError",
    "Explanation",
    "ExpressionError",
    "InputError",
    "LimitsClash",
    "MoneyLeftOver",
    "OutputError",
    "OutsideFolder",
    "ProofFailed",
    "Rerun",
    "Rulebook",
    "RulesCannotHold",
    "Run",
    "Scenario",
    "Summary",
    "Sweep",
    "TableError",
    "TooLarge",
    "TookTooLong",
    "Uncertainty",
    "Verdict",
    "Years",
    "bounded",
    "compare",
    "cost",
    "equity",
    "load_comparison",
    "load_run",
    "load_scenario",
    "load_sweep",
    "load_years",
    "open_run",
    "rerun",
    "run",
    "run_years",
    "solve",
    "solve_years",
    "sweep",
    "uncertainty",
    "verify",
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
