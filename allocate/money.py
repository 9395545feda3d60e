"""Pounds, pence and rounding: £ at the edges, whole pence (int64) inside."""

from __future__ import annotations

import re
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocate.solver.arrays import Floats, Pence

Rounding = Literal["up", "down", "half up"]

NO_CAP = np.iinfo(np.int64).max
"""The upper limit, in pence, of an area that nothing caps."""

MOST_PENCE = 2**53
"""Pots stay below this many pence (£90 trillion), so that float sums of whole pence are exact."""

SNAP = 1e-6
"""A fraction of a rounding unit: amounts this close to a whole one are that whole one.

Expressions are computed in floating point, where 100 × 1.1 is a hair above 110; without this a floor
of 110 would round up to 110.01. It is far below a penny and far above the error of a few operations."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}

_EXACT = Context(prec=60, traps=[InvalidOperation])
"""How decimals are computed, whatever the caller's own context is."""


@contextmanager
def exact_decimals() -> Iterator[None]:
    """Compute decimals exactly, whatever precision and traps the program that calls us has set for itself."""
    with localcontext(_EXACT):
        yield


@exact_decimals()
def parse_number(text: str) -> Decimal:
    """Read a number as people write it: ``2_850_000``, ``£2,850,000``, ``2.85m``, ``3.5%``, ``1e3``.

    Returns:
        The exact value; a percentage as a share (``3.5%`` is ``0.035``).

    Raises:
        ValueError: it is not a number, or not a finite one.
    """
    written = text.strip().replace("_", "")
    percent = written.endswith("%")
    body = written.removesuffix("%").strip().replace("£", "", 1)
    digits = body.rstrip("kmbnKMBN")
    scale = _SCALE.get(body[len(digits) :].lower())
    if scale is None or not (_NUMBER.fullmatch(digits) or _GROUPED.fullmatch(digits)):
        raise ValueError(f"'{text}' is not a number")
    try:
        value = Decimal(digits.replace(",", "")) * scale
    except InvalidOperation as error:
        raise ValueError(f"'{text}' is not a number") from error
    if not np.isfinite(float(value)):
        raise ValueError(f"'{text}' is too large a number")
    return value / 100 if percent else value


@exact_decimals()
def whole_pence(pounds: Decimal | float | int | str) -> int:
    """Turn an amount in £ into pence.

    Raises:
        ValueError: it has a fraction of a penny, is not a number, or is £90 trillion or more.
    """
    exact = parse_number(pounds) if isinstance(pounds, str) else Decimal(str(pounds))
    if not exact.is_finite() or abs(exact) * 100 >= MOST_PENCE:
        raise ValueError(f"£{exact} is not an amount that can be allocated")
    pence = exact * 100
    if pence != pence.to_integral_value():
        raise ValueError(f"£{exact} has a fraction of a penny")
    return int(pence)


def to_pence(pounds: Floats, rounding: Rounding, unit: int = 1) -> Pence:
    """Turn amounts in £ into whole multiples of `unit` pence.

    Args:
        pounds: amounts in £, all finite and below £90 trillion.
        rounding: floors go ``up``, caps go ``down``, set amounts go ``half up`` (as Excel's ROUND does).
        unit: the rounding unit in pence.

    Returns:
        int64 pence, the shape of `pounds`.
    """
    units = np.asarray(pounds, dtype=np.float64) * 100 / unit
    nearest = np.rint(units)
    slack = SNAP + 1e-12 * np.abs(units)
    if rounding == "half up":
        rounded = np.floor(units + 0.5 + slack)
    else:
        towards = np.ceil(units) if rounding == "up" else np.floor(units)
        rounded = np.where(np.abs(units - nearest) <= slack, nearest, towards)
    return rounded.astype(np.int64) * unit


def in_pence(pounds: Decimal) -> int:
    """An amount in £ with whole pence, in pence."""
    return int(pounds.scaleb(2, _EXACT))


def in_pounds(pence: int) -> Decimal:
    """An amount in pence, in £."""
    return Decimal(pence).scaleb(-2, _EXACT)


@exact_decimals()
def half_up(pence: Decimal, unit: int) -> int:
    """Round one exact amount in pence half up to a multiple of `unit`."""
    return int((pence / unit).to_integral_value(ROUND_HALF_UP)) * unit


def to_pounds(pence: Pence) -> Floats:
    """Pence as £, each the float nearest to the exact amount."""
    return np.asarray(pence, dtype=np.float64) / 100


def pounds(pence: int | float) -> str:
    """Write an amount for people: ``£1,234.56``, or ``£1,234`` when there are no odd pence."""
    whole = round(pence)
    sign = "-" if whole < 0 else ""
    quotient, rest = divmod(abs(whole), 100)
    return f"{sign}£{quotient:,}.{rest:02d}" if rest else f"{sign}£{quotient:,}"


def short_pounds(pence: int | float) -> str:
    """Write an amount for a summary: ``£2.85m``, ``£27.2k``, ``£99.70``."""
    value = abs(pence) / 100
    sign = "-" if pence < 0 else ""
    for size, suffix in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if value >= size * 0.9995:
            scaled = value / (1e3 if suffix == "k" else size)
            return f"{sign}£{scaled:,.2f}{suffix}" if suffix != "k" else f"{sign}£{scaled:,.1f}{suffix}"
    return f"{sign}£{value:,.2f}"
