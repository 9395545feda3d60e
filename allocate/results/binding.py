"""What holds each area where it is: its baseline, a rule, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocate.limits.measured import NO_RULE
from allocate.money import NO_CAP

if TYPE_CHECKING:
    from allocate.limits.measured import Limits
    from allocate.sharing.share_out import SharedOut
    from allocate.solver.arrays import Pence, Positions

FREE = -3
"""In `binding_rule`: nothing holds the area."""


def binding_rule(limits: Limits, shared: SharedOut, unit: int) -> Positions:
    """The position of the rule that holds each area; `BASELINE`, `HELD`, or `FREE` if none does.

    Limits of the area itself come before those of its groups. An area that rounding alone has brought down
    to its floor is not held by it.

    Args:
        limits: of areas, groups and ratios.
        shared: what areas get.
        unit: the rounding unit in pence.
    """
    amounts, binding = shared.amounts, np.full(shared.amounts.size, FREE)
    at_floor = (amounts == limits.lower) & (shared.exact - limits.lower < 0.5)
    binding[at_floor] = limits.floor_rule[at_floor]
    at_cap = (limits.upper != NO_CAP) & (amounts == limits.upper) & (limits.cap_rule > NO_RULE)
    at_cap &= ~at_floor | (limits.floor_rule == limits.cap_rule)
    binding[at_cap] = limits.cap_rule[at_cap]
    for each in limits.groups:
        binds = each.binds(amounts)
        held = (each.partition.codes >= 0) & binds[each.partition.codes] & (binding == FREE)
        binding[held] = each.rule
    for ratio in limits.ratios:
        if ratio.binds(amounts, unit):
            binding[ratio.ratio.inside & (binding == FREE)] = ratio.rule
    return binding


def binding_groups(limits: Limits, amounts: Pence, unit: int) -> dict[int, tuple[str, ...]]:
    """The groups that stand at a limit of each rule for groups, by the position of the rule.

    Args:
        limits: of areas, groups and ratios.
        amounts: what areas get, in pence.
        unit: the rounding unit in pence.
    """
    found: dict[int, tuple[str, ...]] = {}
    for each in limits.groups:
        binds = each.binds(amounts)
        found[each.rule] = tuple(name for name, at_limit in zip(each.groups, binds, strict=True) if at_limit)
    for ratio in limits.ratios:
        binds_too = (ratio.group,) if ratio.binds(amounts, unit) else ()
        found[ratio.rule] = found.get(ratio.rule, ()) + binds_too
    return found
