"""Two things done in turn, A B A B, so that whatever else the machine does slows both alike."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Comparison:
    """How many times as long one thing took as another; ``str()`` is a row of a Markdown table."""

    what: str
    against: str
    ratio: float
    """The median of the ratios of neighbours."""
    seconds: tuple[float, float]
    """The medians of each."""
    target: float
    wish: float | None = None

    def __str__(self) -> str:
        one, other = (f"{1000 * seconds:,.0f} ms" for seconds in self.seconds)
        ratio = f"{self.ratio:.2f}" if self.ratio <= self.target else f"**{self.ratio:.2f}**"
        wish = "" if self.wish is None else f"{self.wish:g}"
        return f"| {self.what} ({one}) | {self.against} ({other}) | {ratio} | {self.target:g} | {wish} |"


def side_by_side(
    what: tuple[str, Callable[[], object]],
    against: tuple[str, Callable[[], object]],
    *,
    target: float,
    wish: float | None = None,
    times: int = 15,
) -> Comparison:
    """Do two things in turn, once each to warm up and then `times` times."""
    (name, do), (other_name, do_other) = what, against
    do(), do_other()
    pairs = [(_seconds(do), _seconds(do_other)) for _ in range(times)]
    seconds = median(one for one, _ in pairs), median(other for _, other in pairs)
    return Comparison(name, other_name, median(one / other for one, other in pairs), seconds, target, wish)


def process(*arguments: str) -> Callable[[], object]:
    """Something to do: run Python with these arguments, its modules compiled as on any machine."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def run() -> object:
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)

    return run


def peak_memory(*arguments: str) -> float:
    """The most memory that Python takes with these arguments, in MB."""
    child = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, child.args)
    return used.ru_maxrss / 1024


def _seconds(do: Callable[[], object]) -> float:
    begun = perf_counter()
    do()
    return perf_counter() - begun
