"""The points of a sweep computed: one row of summary measures each, and what every area gets if asked for.

What points have in common is done once: the table is read and checked, need is measured, and what the rules
say apart from the pot is computed. Nothing here knows of files, processes or the order of the points.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from allocate.documents.stages import need_expressions, starting_names
from allocate.errors import AllocateError, TookTooLong
from allocate.prepared import Prepared, prepare
from allocate.solver.clock import check_time
from allocate.solver.sums import total
from allocate.sweeps.knobs import Knob, Money, OfParameter, Share, Value, turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.allocation import Allocation
    from allocate.documents.policy import Policy
    from allocate.documents.scenario import Scenario
    from allocate.files.sheet import Table

Row = dict[str, Any]
"""What is known of a point, as JSON: ``point``, the measures, ``error``, and ``areas`` if asked for."""

SEPARATOR = " / "
"""Between the problems of a point that failed."""


class Point(NamedTuple):
    """One point of a sweep."""

    number: int
    """From 1, in the order of the result."""
    values: tuple[Value, ...]
    """What each knob is turned to."""


@dataclass(frozen=True)
class Setup:
    """All that is needed to compute any point; it can be sent to other processes and machines."""

    prepared: Prepared
    """The scenario at its own values."""
    table: Table | None
    """The whole table, if need or the choice of areas depends on what varies."""
    knobs: tuple[Knob, ...]
    with_areas: bool
    version: str
    """The version of allocate that made it."""

    def group(self, point: Point) -> tuple[Value, ...]:
        """What it is turned to apart from the pot; points that agree in it have most work in common."""
        turned = zip(self.knobs, point.values, strict=True)
        return tuple(value for knob, value in turned if not isinstance(knob, Money))

    def prepare(self, point: Point) -> Prepared:
        """Everything of a point that does not depend on its pot.

        Raises:
            InputError: its values cannot be used.
        """
        base = self.prepared
        scenario, policy = turn(base.scenario, base.policy, self.knobs, point.values)
        if self.table is not None:
            return prepare(scenario, policy, self.table)
        settings = policy.settings(scenario.parameters, scenario.date)
        return replace(base, scenario=scenario, policy=policy, settings=settings)

    def pot(self, point: Point, prepared: Prepared) -> int | None:
        """The pot of a point, in pence; None for that of the scenario.

        Raises:
            InputError: it is too large to be allocated.
        """
        for knob, value in zip(self.knobs, point.values, strict=True):
            if isinstance(knob, Money):
                return knob.budget(value).in_pence(int(prepared.areas.baseline.sum()), prepared.unit)
        return None


def set_up(
    scenario: Scenario, policy: Policy, table: Table, knobs: Sequence[Knob], *, with_areas: bool
) -> Setup:
    """Do what all points have in common.

    Raises:
        InputError: every problem of the scenario, at its own values.
    """
    from allocate import __version__

    prepared = prepare(scenario, policy, table)
    whole = table if _moves_need(prepared, knobs) else None
    return Setup(prepared, whole, tuple(knobs), with_areas, __version__)


def _moves_need(prepared: Prepared, knobs: Sequence[Knob]) -> bool:
    """Whether need, targets or the choice of areas depend on what varies."""
    if any(isinstance(knob, Share) for knob in knobs):
        return True
    book, scenario = prepared.policy.merged, prepared.scenario
    names = starting_names(prepared.policy, prepared.areas, prepared.settings, scenario)
    before_money = [*need_expressions(book.need), *filter(None, (scenario.where, book.target))]
    used = {name for expression in before_money for name in names.used_in(expression)}
    return any(isinstance(knob, OfParameter) and knob.name in used for knob in knobs)


def compute(setup: Setup, points: Sequence[Point]) -> Iterator[Row]:
    """Compute points one by one; one that fails is a row that says why."""
    last: tuple[Any, ...] | None = None
    prepared: Prepared | AllocateError = setup.prepared
    for point in points:
        check_time()
        if last != (group := setup.group(point)):
            last, prepared = group, _prepared(setup, point)
        yield {"point": point.number} | _outcome(setup, point, prepared)


def _prepared(setup: Setup, point: Point) -> Prepared | AllocateError:
    try:
        return setup.prepare(point)
    except TookTooLong:
        raise  # of the whole sweep
    except AllocateError as error:
        return error


def _outcome(setup: Setup, point: Point, prepared: Prepared | AllocateError) -> Row:
    """The measures of a point, or why there are none and its pot, if that is known."""
    money: Row = {}
    try:
        if isinstance(prepared, AllocateError):
            raise prepared
        pot = setup.pot(point, prepared)
        if pot is not None:
            money = {"budget": pot, "new_money": pot - int(prepared.areas.baseline.sum())}
        allocation = prepared.allocate(pot)
        return _measures(allocation) | (_areas(allocation, setup) if setup.with_areas else {})
    except TookTooLong:
        raise  # of the whole sweep
    except AllocateError as error:
        return {"error": SEPARATOR.join(map(str, error.problems))} | money
    except Exception as error:  # a defect in one point must not lose the others
        return {"error": f"{type(error).__name__}: {error} (a defect in allocate: please report this)"}


def _measures(allocation: Allocation) -> Row:
    summary, rules = allocation.summary, allocation.prepared.policy.rules
    short = allocation.closing_target * 100 - allocation.amounts
    short = short[(allocation.closing_target > 0) & (short > 0.5)]
    kept = {str(rule.name): 1.0 for rule in rules if rule.gives_way is not None}
    return {
        "budget": summary.budget,
        "new_money": summary.new_money,
        "unspent": summary.unspent,
        "gaining": summary.gaining,
        "median_gain": round(summary.median_gain),
        "largest_gain": summary.largest_gain,
        "under_target": summary.under_target,
        "shortfall": summary.shortfall,
        "closing_under": int(short.size),
        "closing_shortfall": round(total(short)),
        "level": summary.level,
        "closing_worst": summary.closing_worst,
        "closing_best": summary.closing_best,
        "route": summary.route,
        "held_by": summary.bound,
        "kept_of": kept | summary.gave_way,
        "error": None,
    }


def _areas(allocation: Allocation, setup: Setup) -> Row:
    """What every area gets; ids only where the choice of areas depends on what varies."""
    ids = None
    if setup.table is not None:
        ids = _packed(json.dumps(allocation.prepared.areas.ids.to_list()).encode())
    return {
        "areas": {
            "ids": ids,
            "allocation": _packed(allocation.amounts.astype("<i8").tobytes()),
            "gain": _packed(allocation.gains.astype("<i8").tobytes()),
            "closing_distance": _packed(allocation.closing_distance.astype("<f8").tobytes()),
            "bound_by": _packed(json.dumps(allocation.bound_by).encode()),
        }
    }


def _packed(content: bytes) -> str:
    return base64.b85encode(zlib.compress(content, 1)).decode()


def unpacked(text: str) -> bytes:
    """What `Row` holds packed."""
    return zlib.decompress(base64.b85decode(text))
