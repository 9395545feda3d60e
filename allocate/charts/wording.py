"""Figures as a report writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


def signed(share: float | None, decimals: int = 1) -> str:
    """A share with its sign, as a real minus: ``−4.9%``; a dash if there is none."""
    if share is None or share != share:
        return "–"
    written = f"{share * 100:+,.{decimals}f}%"
    if not written.strip("+-0.%"):
        return written[1:]
    return written.replace("-", "−")


def money(amount: Decimal | float | None) -> str:
    """£ in full, with pence and without the sign: columns have it in their headings."""
    return "–" if amount is None else f"{amount:,.2f}"


def per_head(amount: float | None) -> str:
    """£ per weighted head."""
    return "–" if amount is None or amount != amount else f"£{amount:,.2f}"
