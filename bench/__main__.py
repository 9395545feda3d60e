"""Run every benchmark and write `RESULTS.md`; with ``--small`` a few, which fail if one got far slower."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from bench import (
    decade,
    filling,
    grouping,
    growth,
    million,
    parts,
    practices,
    proving,
    reporting,
    rivals,
    starting,
    sweeping,
    weighing,
    workbook,
)

SECTIONS = {
    "Against what one would otherwise take": (rivals.compare, grouping.compare),
    "Against the limit": (filling.compare, million.compare, parts.compare),
    "Whole commands": (
        starting.compare,
        practices.compare,
        proving.compare,
        workbook.compare,
        reporting.compare,
    ),
    "Many at once": (decade.compare, weighing.compare, sweeping.compare),
}

SMALL = (rivals.small, parts.small, filling.compare, grouping.compare)

GROSS = 3
"""As many times its target is a gross regression, however busy the machine."""

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = "| what | against | ratio | target |\n|---|---|---:|---:|"
LIBRARIES = ("numpy", "polars", "pulp", "highspy")


def everything() -> str:
    """All results as Markdown, printed as they come."""
    lines = [*_preface()]
    for title, benchmarks in SECTIONS.items():
        lines += _told(f"\n## {title}\n\n{HEAD}")
        for compare in benchmarks:
            for found in compare():
                lines += _told(str(found))
    lines += _told(
        "\n## How cost grows\n\nWhole solves, from a table in memory to pence; the first step is 1."
    )
    for found_growth in growth.grow():
        lines += _told(f"\n{found_growth}")
    return "\n".join(lines) + "\n"


def small() -> bool:
    """A few benchmarks; whether none is far over its target."""
    print(HEAD)
    found = [comparison for compare in SMALL for comparison in compare()]
    print(*found, sep="\n")
    return all(each.target is None or each.ratio <= GROSS * each.target for each in found)


def _preface() -> list[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return _told(
        "# Results of the benchmarks\n\n"
        "Written by `make bench`. Each row does two things in turn, A B A B, in one run, so that whatever\n"
        "else the machine does slows both alike; the ratio is the median of the ratios of neighbours, and\n"
        "times are medians. A ratio over its target is in bold.\n\n"
        f"Python {platform.python_version()}, {libraries}; {os.cpu_count()} cores."
    )


def _told(text: str) -> list[str]:
    print(text, flush=True)
    return [text]


if __name__ == "__main__":
    if "--small" in sys.argv:
        sys.exit(0 if small() else "A benchmark takes more than three times its target.")
    RESULTS.write_text(everything(), encoding="utf-8")
