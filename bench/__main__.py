"""Run every benchmark and print a Markdown table of the ratios."""

from __future__ import annotations

from bench import filling, grouping, million, practices, reporting, starting, weighing

BENCHMARKS = (
    filling.compare,
    grouping.compare,
    million.compare,
    starting.compare,
    practices.compare,
    reporting.compare,
    weighing.compare,
)

print("| what | against | ratio | target | wish |\n|---|---|---:|---:|---:|")
for compare in BENCHMARKS:
    for found in compare():
        print(found, flush=True)
