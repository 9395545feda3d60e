"""Numbers that somebody asks with, read and held against their range."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from allocate.errors import InputError, Problem
from allocate.money import parse_number


def number_in(name: str, value: Any, allowed: str, **limits: int | Decimal) -> Decimal:
    """Read a number that has to be in a range.

    Args:
        name: what it is, for the message.
        value: the number, or text such as ``5%``.
        allowed: what to give instead, in words.
        limits: ``least``, ``above``, ``most`` and ``below``, each if there is such a limit.

    Raises:
        InputError: it is no number, or outside the range.
    """
    try:
        number = parse_number(str(value))
    except ValueError as error:
        raise InputError([Problem(name, str(error), f"give {allowed}")]) from None
    tests = {"least": number.__ge__, "above": number.__gt__, "most": number.__le__, "below": number.__lt__}
    if not all(tests[kind](Decimal(limit)) for kind, limit in limits.items()):
        raise InputError([Problem(name, f"'{value}' is out of range", f"give {allowed}")])
    return number
