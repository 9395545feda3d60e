"""The values that something takes in a sweep: a list, a grid, or a range to draw a sample from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from allocate.money import exact_decimals, parse_number

MOST_POINTS = 1_000_000
"""More than this is a slip of the pen, and would not fit into memory on most machines."""


class Item(NamedTuple):
    """One value: as it was written, and as a number if it is one."""

    text: str
    number: Decimal | None
    is_share: bool = False
    """Whether it was written with a %."""


class Range(NamedTuple):
    """All that lies between two numbers."""

    begin: Decimal
    end: Decimal
    is_share: bool
    size: int | None = None
    """How many values a grid takes of it, the ends among them; None if that was not said."""

    @exact_decimals()
    def at(self, part: Decimal) -> Item:
        """What lies a part of the way from the beginning to the end."""
        number = self.begin + (self.end - self.begin) * part
        return Item(format(number, "f"), number, self.is_share)

    @exact_decimals()
    def grid(self) -> tuple[Item, ...]:
        """Evenly spaced values, from the beginning to the end."""
        steps = (self.size or 1) - 1
        return tuple(self.at(Decimal(step) / steps) for step in range(steps + 1))


Axis = tuple[Item, ...] | Range
"""What one thing takes in turn: some values, or a range."""


def read_axis(given: Any) -> Axis:
    """Read what varies: ``from:to:count``, ``from:to`` (for a sample), ``a,b,c``, or a sequence.

    Raises:
        ValueError: what is wrong, and what to do after a semicolon.
    """
    if isinstance(given, str):
        return _range(given) if ":" in given else tuple(_item(each) for each in _apart(given))
    return tuple(_item(each) for each in listed(given))


def listed(given: Any) -> list[Any]:
    """The values that a program gave: one, or a sequence, an array or a column of them.

    Raises:
        ValueError: they have no order.
    """
    if isinstance(given, (set, frozenset, Mapping)):
        raise ValueError(f"'{given}' is no list of values; give some, or a text such as '1m:10m:19'")
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def _range(text: str) -> Range:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in (2, 3):
        raise ValueError(f"'{text}' is no range; write from:to:count, such as 1m:10m:19")
    begin, end = (_number(part) for part in parts[:2])
    if begin.number is None or end.number is None:
        wrong = next(each.text for each in (begin, end) if each.number is None)
        raise ValueError(f"'{wrong}' is not a number; write a range as from:to:count, such as 1m:10m:19")
    if begin.number == end.number:
        raise ValueError(f"'{text}' begins where it ends; write the one value")
    count = None
    if len(parts) == 3:
        if not (parts[2].isdecimal() and 2 <= int(parts[2]) <= MOST_POINTS):
            raise ValueError(f"'{parts[2]}' is no number of values; write 2 or more of them, as in 1m:10m:19")
        count = int(parts[2])
    return Range(begin.number, end.number, begin.is_share or end.is_share, count)


def _apart(text: str) -> list[str]:
    """The values of a list, cut at commas that are in no bracket and no quotes."""
    pieces, depth, quote = [""], 0, ""
    for character in text:
        if quote or character in "'\"":
            quote = "" if character == quote else quote or character
        depth += (character in "([") - (character in ")]") if not quote else 0
        if character == "," and not (depth or quote):
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def _item(given: Any) -> Item:
    if isinstance(given, (bool, np.bool_)) or given is None:
        raise ValueError(f"'{given}' is not a value; give numbers or text")
    item = _number(str(given).strip())
    if not item.text:
        raise ValueError("a value is empty; write some with commas between them, such as 1m,2m,5m")
    return item


def _number(text: str) -> Item:
    try:
        return Item(text, parse_number(text), text.endswith("%"))
    except ValueError:
        return Item(text, None)


def grid(axes: Sequence[Axis]) -> list[tuple[Item, ...]]:
    """Every combination of the values of some axes, the last changing fastest.

    Raises:
        ValueError: a range says no count, or there are too many points.
    """
    for axis in axes:
        if isinstance(axis, Range) and axis.size is None:
            shown = f"{axis.begin:f}:{axis.end:f}"
            raise ValueError(f"{shown} says no number of values; write {shown}:9, or draw a sample")
    each = [axis.grid() if isinstance(axis, Range) else axis for axis in axes]
    check_count(prod(map(len, each)))
    return list(product(*each))


def latin_hypercube(axes: Sequence[Axis], count: int, seed: int) -> list[tuple[Item, ...]]:
    """A Latin hypercube: every axis is cut into `count` equal strata, and each is drawn from once.

    The values of a list are drawn as equally often as can be.

    Args:
        axes: ranges, or lists of values.
        count: how many points.
        seed: the same seed gives the same points.

    Raises:
        ValueError: a range says a count of its own, there are no points or too many, or the seed is negative.
    """
    if any(isinstance(axis, Range) and axis.size is not None for axis in axes):
        raise ValueError("a sample draws from ranges; write them as from:to, without a count")
    if count < 1:
        raise ValueError(f"a sample of {count} points is none; draw 1 or more")
    if seed < 0:
        raise ValueError(f"{seed} is no seed; give a whole number from 0")
    check_count(count)
    random = np.random.default_rng(seed)
    columns = [_drawn(axis, (random.permutation(count) + random.random(count)) / count) for axis in axes]
    return list(zip(*columns, strict=True))


@exact_decimals()
def _drawn(axis: Axis, parts: Any) -> list[Item]:
    if isinstance(axis, Range):
        return [axis.at(Decimal(float(part))) for part in parts]
    return [axis[int(part * len(axis))] for part in parts]


def check_count(count: int) -> None:
    """Refuse what is too much.

    Raises:
        ValueError: there are more points than `MOST_POINTS`.
    """
    if count > MOST_POINTS:
        raise ValueError(f"{count:,} points are too many; vary less at once, or draw a sample of them")
