"""The ways of sharing out a pot, one face: what room there is, filling it, and whole pence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from allocate.solver.fill import Filled, fill
from allocate.solver.pence import Rounding, to_units
from allocate.solver.reasons import Reasons
from allocate.solver.shortfall import Face, Wish, closed_face

if TYPE_CHECKING:
    from allocate.solver.arrays import Floats, Pence
    from allocate.solver.reasons import Bound, Prices


class Room(NamedTuple):
    """The least and the most all areas together may get, in pence."""

    least: float
    most: float


class Whole(NamedTuple):
    """Whole units, and what says that none are nearer where that is no largest remainder."""

    amounts: Pence
    nearest: Bound | None = None


class AddedUp:
    """What routes have in common whose least and most are sums that anybody can add up."""

    def why_least(self, lower: Floats, upper: Floats) -> None:  # as every route
        """Nothing is needed."""

    def why_most(self, lower: Floats, upper: Floats) -> None:  # as every route
        """Nothing is needed."""

    def why_not(self, lower: Floats, upper: Floats, *, leave: bool) -> None:  # as every route
        """Nothing is needed."""


class Route(Protocol):
    """A way of sharing out a pot under some kind of rules."""

    name: str
    order: tuple[int, ...] | None
    """The rules for groups, deepest first; None if these are not nested."""

    def room(self, lower: Floats, upper: Floats) -> Room | None:
        """How little and how much of the pot all areas may get; None if the rules cannot all hold in it."""
        ...

    def least(self, lower: Floats, upper: Floats) -> float | None:
        """How little all areas may get; None if the rules cannot all hold, whatever the pot."""
        ...

    def most(self, lower: Floats, upper: Floats) -> float | None:
        """How much of the pot all areas may get; None if the rules cannot all hold in it."""
        ...

    def level(
        self, offset: Floats | None, weight: Floats, lower: Floats, upper: Floats, pot: float
    ) -> Filled:
        """Fill a pot, raising the lowest first."""
        ...

    def least_shortfall(self, wished: Wish, lower: Floats, upper: Floats, pot: float) -> tuple[Route, Face]:
        """The rules and limits within which every allocation has the least shortfall; see `shortfall`."""
        ...

    def why_least(self, lower: Floats, upper: Floats) -> Bound | None:
        """What proves `least`, where that takes more than adding up."""
        ...

    def why_most(self, lower: Floats, upper: Floats) -> Bound | None:
        """What proves `most`, where that takes more than adding up."""
        ...

    def why_not(self, lower: Floats, upper: Floats, *, leave: bool) -> Prices | None:
        """What proves that the rules do not allow the pot, where that takes more than adding up."""
        ...

    def whole(self, amounts: Floats, pot: int, rounding: Rounding) -> Whole | None:
        """Round amounts to whole units within every rule; None if no whole units meet them."""
        ...


class ClosedForm(AddedUp):
    """No rule ties areas together: one fill."""

    name = "closed form"
    order: tuple[int, ...] | None = ()

    def room(self, lower: Floats, upper: Floats) -> Room:
        """What the limits of the areas add up to."""
        return Room(float(np.sum(lower)), float(np.sum(upper)))

    def least(self, lower: Floats, upper: Floats) -> float:  # noqa: ARG002 - as every route
        """What the floors of the areas add up to."""
        return float(np.sum(lower))

    def most(self, lower: Floats, upper: Floats) -> float:  # noqa: ARG002 - as every route
        """What the caps of the areas add up to."""
        return float(np.sum(upper))

    def level(
        self, offset: Floats | None, weight: Floats, lower: Floats, upper: Floats, pot: float
    ) -> Filled:
        """See `fill`; a pot that fills everybody up has no level (NaN)."""
        if pot >= float(np.sum(upper)):
            return Filled(upper, math.nan, Reasons())
        return fill(offset, weight, lower, upper, pot)

    def least_shortfall(
        self, wished: Wish, lower: Floats, upper: Floats, pot: float
    ) -> tuple[ClosedForm, Face]:
        """Go through the priorities from the highest."""
        return self, closed_face(wished, lower, upper, pot)

    def whole(self, amounts: Floats, pot: int, rounding: Rounding) -> Whole:
        """Round to whole units by largest remainder."""
        return Whole(to_units(amounts, pot, rounding))
