"""What `allocate weigh` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.errors import counted
from allocate.text.show import labelled

if TYPE_CHECKING:
    from allocate.persons.weighing import Weighed


def weighed_text(weighed: Weighed, width: int | None = None) -> str:
    """How many persons were weighed, in which areas, and from where to where their need goes."""
    areas = weighed.areas.sort("need_index", weighed.by)
    index, codes = areas["need_index"], areas[weighed.by]
    facts = [
        ("Persons", f"{weighed.persons:,} in {counted(areas.height, 'area')} by '{weighed.by}'"),
        ("Need", f"{index[0]:.3f} of the average per head in {codes[0]} to {index[-1]:.3f} in {codes[-1]}"),
        ("Left out", f"{weighed.left_out:,} by 'where'" if weighed.left_out else "nobody"),
    ]
    facts += [("Note", str(each)) for each in weighed.without]
    lines = (line for fact in facts for line in labelled(*fact, 14, width, bold=True))
    return "\n".join([click.style(weighed.title, bold=True), "", *lines])
