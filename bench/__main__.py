"""Run every benchmark and print a Markdown table of the ratios."""

from __future__ import annotations

from bench import (
    decade,
    filling,
    grouping,
    million,
    practices,
    reporting,
    starting,
    sweeping,
    weighing,
    workbook,
)

BENCHMARKS = (
    filling.compare,
    grouping.compare,
    million.compare,
    starting.compare,
    practices.compare,
    decade.compare,
    workbook.compare,
    reporting.compare,
    weighing.compare,
    sweeping.compare,
)

print("| what | against | ratio | target | wish |\n|---|---|---:|---:|---:|")
for compare in BENCHMARKS:
    for found in compare():
        print(found, flush=True)
