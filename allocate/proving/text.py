"""Verdicts and repeats as text for a terminal: coloured there, plain in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.errors import counted
from allocate.money import pounds
from allocate.proving.verdict import BREACHED, HOLDS, NOT_CHECKED
from allocate.text.layout import Column, paragraph, table
from allocate.text.show import label_invented, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.proving.rerunning import Repeat, Rerun
    from allocate.proving.verdict import Check, Verdict

COLOURS = {HOLDS: "green", BREACHED: "red", NOT_CHECKED: "yellow"}


def verdict_text(verdict: Verdict, width: int | None = None) -> str:
    """A verdict: what it comes to, then a line for each rule and promise."""
    lines = [click.style(verdict.title, bold=True)]
    lines += label_invented(width) if verdict.invented else []
    facts = [("Verdict", _told(verdict))]
    if unchanged := [each.what for each in verdict.checks if _is_unchanged(each)]:
        facts.append(("Unchanged", ", ".join(unchanged)))
    shown = [each for each in verdict.checks if not _is_unchanged(each)]
    lines += ["", *(line for fact in facts for line in labelled(*fact, 13, width, bold=True)), ""]
    return "\n".join([*lines, *table(_columns(shown), width), *_whys(shown, width)])


def _is_unchanged(line: Check) -> bool:
    return line.kind == "input" and line.verdict == HOLDS


def _told(verdict: Verdict) -> str:
    count, areas = len(verdict.checks), f"{counted(verdict.areas, 'area')}"
    if verdict.breached:
        verb = "line does" if len(verdict.breached) == 1 else "lines do"
        return f"BREACHED: {len(verdict.breached)} {verb} not hold, of {count} on {areas}"
    unchecked = sum(each.verdict == NOT_CHECKED for each in verdict.checks)
    rest = f"; {unchecked} could not be checked" if unchecked else ""
    return f"it holds: {count - unchecked} lines checked on {areas}{rest}"


def _columns(lines: Sequence[Check]) -> list[Column]:
    return [
        Column("rule or promise", [each.what for each in lines], True, 16),
        Column("kind", [each.kind for each in lines], True, leave_out=2),
        Column("verdict", [each.verdict for each in lines], True),
        Column("checked", [f"{each.checked:,}" for each in lines], leave_out=3),
        Column("for", [f"{each.breaches:,}" if each.breaches else "" for each in lines]),
        Column("most in", [each.worst for each in lines], True),
        Column("by", ["" if each.by is None else pounds(each.by) for each in lines]),
        Column("how", [each.says if each.verdict == HOLDS else "" for each in lines], True, 16, 1),
    ]


def _whys(lines: Sequence[Check], width: int | None) -> Iterator[str]:
    """What is wrong with each line that does not hold, and why some were not checked."""
    told = [each for each in lines if each.says and each.verdict != HOLDS]
    if told:
        yield ""
    for each in told:
        label = f"{each.what}: "
        first, *rest = paragraph(f"{label}{each.says}", width, rest="  ")
        yield click.style(label, fg=COLOURS[each.verdict]) + first.removeprefix(label)
        yield from rest


def rerun_text(found: Rerun, width: int | None = None) -> str:
    """A repeat: whether the pennies are the same, what has changed since, which versions were others."""
    facts = [("Repeated", _repeat(each, found.areas)) for each in found.repeats]
    facts += [("Changed", each) for each in found.changes]
    unchanged = [each.what for each in found.inputs if each.verdict == HOLDS]
    facts += [("Unchanged", ", ".join(unchanged))] if unchanged else []
    said = "the pennies are the same" if found.same else "the pennies are NOT the same"
    facts.insert(0, ("Verdict", said))
    lines = (line for fact in facts for line in labelled(*fact, 13, width, bold=True))
    label = label_invented(width) if found.invented else []
    return "\n".join([click.style(found.title, bold=True), *label, "", *lines])


def _repeat(repeat: Repeat, areas: int) -> str:
    if repeat.trouble:
        return f"from {repeat.what}: cannot be done ({repeat.trouble})"
    if repeat.same:
        return f"from {repeat.what}: all {areas:,} areas get the same"
    name, was, now = repeat.different.row(0)
    was, now = ("nothing" if each is None else pounds(int(each * 100)) for each in (was, now))
    different = f"{repeat.different.height:,} of {counted(areas, 'area')} get another amount"
    return f"from {repeat.what}: {different}, such as {name}: {was} then, {now} now"
