"""A certificate as JSON has it: areas by their ids, rules by their names; written, and read again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from allocate.errors import AllocateError, InputError, Problem
from allocate.limits.giving import Give
from allocate.proving.certificate import Certificate, PartReasons
from allocate.solver.reasons import Bound, GroupLevel, Prices, Reasons, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from allocate.areas import Areas
    from allocate.documents.policy import Policy

CERTIFICATE = "certificate.json"
"""The file of a saved run that has it."""

FORMAT = 1
"""Of the file; a reader refuses others."""


def to_dict(certificate: Certificate, areas: Areas, policy: Policy) -> dict[str, Any]:
    """A certificate as JSON has it."""
    ids = areas.ids
    return {
        "format": FORMAT,
        "gave_way": [
            {"rule": str(policy.rules[rule].name), "strength": give.strength, "by_pence": give.by}
            for rule, give in sorted(certificate.gives.items())
        ],
        "no_stronger": [
            {"priority": priority, "prices": _prices(prices)}
            for priority, prices in sorted(certificate.no_stronger.items())
        ],
        "order": None if certificate.order is None else list(certificate.order),
        "floors_ask_pence": certificate.due,
        "why_floors": _bound(certificate.why_due, ids),
        "tranches": [
            {"name": each.name, "placed_pence": each.placed, "reached_pence": each.reached}
            | _reasons(each.reasons, ids)
            | ({} if each.why_full is None else {"why_full": _bound(each.why_full, ids)})
            for each in certificate.parts
        ],
        "left_pence": certificate.left,
        "rounding": _bound(certificate.nearest, ids),
    }


def _reasons(reasons: Reasons, ids: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"level": reasons.level}
    if reasons.groups:
        found["groups"] = [list(each) for each in reasons.groups]
    if reasons.steps:
        found["steps"] = [
            {"level": step.level, "stopped": [ids[at] for at in step.stopped], "prices": _prices(step.prices)}
            for step in reasons.steps
        ]
    return found if reasons.face is None else found | {"face": _prices(reasons.face)}


def _prices(prices: Prices | None) -> dict[str, Any] | None:
    if prices is None:
        return None
    return {"rows": [[row, price] for row, price in sorted(prices.rows.items())], "pot": prices.pot}


def _bound(bound: Bound | None, ids: Any) -> dict[str, Any] | None:
    if bound is None:
        return None
    cells = [[ids[at], total] for at, total in zip(bound.cells, bound.totals.tolist(), strict=True)]
    return {"prices": _prices(bound.prices), "cells": cells}


def of_years(certificates: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The certificates of several years, by their labels."""
    return {"format": FORMAT, "years": dict(certificates)}


def certificates_of_years(found: Any, where: str) -> dict[str, Any]:
    """The certificates of several years again.

    Raises:
        InputError: it has none.
    """
    years = found.get("years") if isinstance(found, dict) else None
    if not isinstance(years, dict):
        raise InputError([Problem(where, "has no certificates of several years", "run the scenario again")])
    return years


def read_certificate(found: Any, areas: Areas, policy: Policy, where: str) -> Certificate:
    """Read a certificate again.

    Args:
        found: what JSON gave.
        areas: the areas that its ids are of.
        policy: the policy that its rules are of.
        where: what to call the file.

    Raises:
        InputError: it is no certificate, or not of these areas and rules.
    """
    with blamed_on(where):
        if found["format"] != FORMAT:
            raise ValueError("its format is of another version of allocate")
        return _Reading(areas, policy).certificate(found)


@contextmanager
def blamed_on(where: str) -> Iterator[None]:
    """Blame a certificate for what goes wrong with it: somebody may have changed it.

    Args:
        where: what to call the file.

    Raises:
        InputError: it is no certificate, or not of these areas and rules.
    """
    try:
        with np.errstate(all="ignore"):  # figures beyond all measure prove nothing, and are told as that
            yield
    except (AllocateError, OSError, MemoryError):
        raise
    except Exception as error:
        what = f"is no certificate of these areas and rules ({error})"
        raise InputError([Problem(where, what, "run the scenario again")]) from error


class _Reading:
    def __init__(self, areas: Areas, policy: Policy) -> None:
        self.areas = areas
        self.rules = {str(rule.name): at for at, rule in enumerate(policy.rules)}

    def certificate(self, found: Any) -> Certificate:
        gives = {
            self.rules[each["rule"]]: Give(float(each["strength"]), int(each["by_pence"]))
            for each in found["gave_way"]
        }
        no_stronger = {int(each["priority"]): self.needed(each["prices"]) for each in found["no_stronger"]}
        return Certificate(
            gives=gives,
            no_stronger=no_stronger,
            order=None if found["order"] is None else tuple(map(int, found["order"])),
            due=None if found["floors_ask_pence"] is None else int(found["floors_ask_pence"]),
            why_due=self.bound(found["why_floors"]),
            parts=tuple(map(self.part, found["tranches"])),
            left=int(found["left_pence"]),
            nearest=self.bound(found["rounding"]),
        )

    def part(self, found: Any) -> PartReasons:
        groups = tuple(
            GroupLevel(int(at), int(group), float(level)) for at, group, level in found.get("groups", ())
        )
        steps = tuple(
            Step(float(step["level"]), self.positions(step["stopped"]), self.needed(step["prices"]))
            for step in found.get("steps", ())
        )
        level = None if found["level"] is None else float(found["level"])
        reasons = Reasons(level, groups, steps, self.prices(found.get("face")))
        placed, reached = int(found["placed_pence"]), float(found["reached_pence"])
        return PartReasons(str(found["name"]), placed, reached, reasons, self.bound(found.get("why_full")))

    def positions(self, ids: Iterable[str]) -> tuple[int, ...]:
        found = []
        for area in ids:
            at = self.areas.ids.index_of(area)
            if at is None:
                raise ValueError(f"there is no area '{area}'")
            found.append(at)
        return tuple(found)

    def prices(self, found: Any) -> Prices | None:
        return None if found is None else self.needed(found)

    def needed(self, found: Any) -> Prices:
        return Prices({int(row): float(price) for row, price in found["rows"]}, float(found["pot"]))

    def bound(self, found: Any) -> Bound | None:
        if found is None:
            return None
        ids, totals = [each[0] for each in found["cells"]], [float(each[1]) for each in found["cells"]]
        return Bound(self.needed(found["prices"]), self.positions(ids), np.array(totals))
