"""The areas sorted by the groupings of the audit, in a way that a spreadsheet can add them up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from allocate.equity.auditing import audit_by, with_heads
from allocate.errors import InputError
from allocate.groupings.choosing import usual
from allocate.groupings.groups import NOT_KNOWN
from allocate.solver.sums import added_up

if TYPE_CHECKING:
    from allocate.equity.audited import Audit
    from allocate.groupings.groups import Grouping
    from allocate.results.runs import Run
    from allocate.solver.arrays import Floats, Mask, Positions

PLAIN = re.compile(r"\d{1,15}|[A-Za-z]\d+|(?!(?i:true|false)$)[A-Za-z(][A-Za-z (),.'&-]{0,99}")
"""Labels that a spreadsheet looks for as they stand: it would read others as dates, figures or patterns."""

NOBODY = "no people or need"
"""What areas are called that are in no figure of an audit, since nothing is a head of them."""


@dataclass(frozen=True)
class Sorted:
    """All areas sorted by one grouping: its groups, then those in none of them, if there are such areas."""

    grouping: Grouping
    """Of the areas that have people and need."""
    kept: Mask
    """Which areas those are."""

    @cached_property
    def _apart(self) -> list[tuple[str, Mask]]:
        """The areas in no group, by why they are in none."""
        unknown = np.zeros_like(self.kept)
        unknown[self.kept] = self.grouping.codes < 0
        return [
            (label, which) for label, which in ((NOT_KNOWN, unknown), (NOBODY, ~self.kept)) if which.any()
        ]

    @property
    def labels(self) -> tuple[str, ...]:
        """What everything is called that an area can be in."""
        return (*self.grouping.labels, *(label for label, _ in self._apart))

    @cached_property
    def codes(self) -> Positions:
        """For each area the position of its label."""
        codes = np.full(self.kept.size, -1, dtype=np.intp)
        codes[self.kept] = self.grouping.codes
        for at, (_, which) in enumerate(self._apart, len(self.grouping.labels)):
            codes[which] = at
        return codes

    @cached_property
    def is_plain(self) -> bool:
        """Whether a spreadsheet can tell the labels apart: nothing like 'a' and 'A', 1 and 01."""
        alike = {int(label) if label.isdecimal() else label.lower() for label in self.labels}
        return len(alike) == len(self.labels) and all(PLAIN.fullmatch(label) for label in self.labels)

    def totals(self, values: Floats) -> Floats:
        """The total of each label."""
        return added_up(values, self.codes, len(self.labels))


def sort_areas(run: Run) -> tuple[list[Sorted], Audit | None]:
    """Sort areas by the usual groupings, and audit the run by them; None where there is nothing to audit."""
    try:
        kept = with_heads(run)
        found = usual(run, kept)
        return [Sorted(each, kept) for each in found], audit_by(run, found, kept)
    except InputError:
        return [], None
