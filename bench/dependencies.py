"""What each dependency weighs on disk and takes to import, as `docs/developers/dependencies.md` has it.

``python -m bench.dependencies``; sizes are of the package alone, times the median of seven fresh processes,
less what Python itself takes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, files, version
from pathlib import Path
from statistics import median

MODULES = {
    "click": "click",
    "pyyaml": "yaml",
    "pydantic": "pydantic",
    "numpy": "numpy",
    "polars": "polars",
    "pulp": "pulp",
    "highspy": "highspy",
    "fastexcel": "fastexcel",
    "xlsxwriter": "xlsxwriter",
    "jinja2": "jinja2",
    "vl-convert-python": "vl_convert",
    "python-docx": "docx",
    "distributed": "distributed",
}
RUNTIME = {"polars": "polars-runtime-32", "pydantic": "pydantic-core"}
"""Packages that come with another and are most of it."""

TIMES = 7


def megabytes(package: str) -> float:
    """The size of a package's files, and of what comes with it."""
    names = [package, *([RUNTIME[package]] if package in RUNTIME else [])]
    total = 0
    for name in names:
        try:
            total += sum(Path(str(each.locate())).stat().st_size for each in files(name) or ())
        except (PackageNotFoundError, FileNotFoundError):
            continue
    return total / 1e6


def seconds(code: str) -> float:
    """How long a fresh Python takes for some code."""
    found = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        found.append(time.perf_counter() - begin)
    return median(found)


def main() -> None:
    """Print a row for each."""
    nothing = seconds("pass")
    print("| package | version | MB | import, ms |\n|---|---|---:|---:|")
    for package, module in MODULES.items():
        took = max(seconds(f"import {module}") - nothing, 0.0) * 1e3
        print(f"| {package} | {version(package)} | {megabytes(package):.1f} | {took:.0f} |")


if __name__ == "__main__":
    main()
