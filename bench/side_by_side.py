"""Two things done in turn, A B A B, so that whatever else the machine does slows both alike."""

from __future__ import annotations

import gc
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
    target: float | None = None
    """The most that it should be; None if it is only told."""

    @property
    def holds(self) -> bool:
        """Whether it is within its target."""
        return self.target is None or self.ratio <= self.target

    def __str__(self) -> str:
        one, other = (_milliseconds(seconds) for seconds in self.seconds)
        ratio, target = told(self.ratio), "" if self.target is None else told(self.target)
        ratio = ratio if self.holds else f"**{ratio}**"
        return f"| {self.what} ({one}) | {self.against} ({other}) | {ratio} | {target} |"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.2g} ms"


def told(ratio: float) -> str:
    """A ratio as people say it: 0.83, or 1/2,000."""
    return f"1/{1 / ratio:,.0f}" if ratio < 1 / 20 else f"{ratio:.3g}"


def side_by_side(
    what: tuple[str, Callable[[], object]],
    against: tuple[str, Callable[[], object]],
    *,
    target: float | None = None,
    times: int = 15,
) -> Comparison:
    """Do two things in turn, once each to warm up and then `times` times."""
    (name, do), (other_name, do_other) = what, against
    do(), do_other()
    pairs = [(_seconds(do), _seconds(do_other)) for _ in range(times)]
    seconds = median(one for one, _ in pairs), median(other for _, other in pairs)
    return Comparison(name, other_name, median(one / other for one, other in pairs), seconds, target)


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
    gc.collect()  # what the other thing has left behind is not collected in the time of this one
    begun = perf_counter()
    do()
    return perf_counter() - begun
