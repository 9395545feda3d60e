"""Verdicts and repeats as text for a terminal: coloured there, plain in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allocate.layout import Column, paragraph, table
from allocate.money import pounds
from allocate.proving.verdict import BROKEN, HOLDS, UNCHECKED
from allocate.show import label_invented, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocate.proving.rerunning import Repeat, Rerun
    from allocate.proving.verdict import Line, Verdict

COLOURS = {HOLDS: "green", BROKEN: "red", UNCHECKED: "yellow"}


def verdict_text(verdict: Verdict, width: int | None = None) -> str:
    """A verdict: what it comes to, then a line for each rule and promise."""
    lines = [click.style(verdict.title, bold=True)]
    lines += label_invented(width) if verdict.invented else []
    facts = [("Verdict", _told(verdict))]
    if unchanged := [each.rule for each in verdict.lines if _is_unchanged(each)]:
        facts.append(("Unchanged", ", ".join(unchanged)))
    shown = [each for each in verdict.lines if not _is_unchanged(each)]
    header, *rows = table(_columns(shown), width)
    lines += ["", *(line for fact in facts for line in labelled(*fact, 13, width, bold=True)), ""]
    lines += [click.style(header, bold=True, underline=True), *rows]
    return "\n".join([*lines, *_whys(shown, width)])


def _is_unchanged(line: Line) -> bool:
    return line.kind == "input" and line.status == HOLDS


def _told(verdict: Verdict) -> str:
    count, areas = len(verdict.lines), f"{verdict.areas:,} areas"
    if verdict.broken:
        verb = "line does" if len(verdict.broken) == 1 else "lines do"
        return f"BROKEN: {len(verdict.broken)} {verb} not hold, of {count} on {areas}"
    unchecked = sum(each.status == UNCHECKED for each in verdict.lines)
    rest = f"; {unchecked} could not be checked" if unchecked else ""
    return f"it holds: {count - unchecked} lines checked on {areas}{rest}"


def _columns(lines: Sequence[Line]) -> list[Column]:
    return [
        Column("rule or promise", [each.rule for each in lines], True, 16),
        Column("kind", [each.kind for each in lines], True, leave_out=2),
        Column("verdict", [each.status for each in lines], True),
        Column("checked", [f"{each.checked:,}" for each in lines], leave_out=3),
        Column("broken for", [f"{each.broken:,}" if each.broken else "" for each in lines]),
        Column("most in", [each.where for each in lines], True),
        Column("by", ["" if each.short is None else pounds(each.short) for each in lines]),
        Column("how", [each.told if each.status == HOLDS else "" for each in lines], True, 16, 1),
    ]


def _whys(lines: Sequence[Line], width: int | None) -> Iterator[str]:
    """What is wrong with each line that does not hold, and why some were not checked."""
    told = [each for each in lines if each.told and each.status != HOLDS]
    if told:
        yield ""
    for each in told:
        label = f"{each.rule}: "
        first, *rest = paragraph(f"{label}{each.told}", width, rest="  ")
        yield click.style(label, fg=COLOURS[each.status]) + first.removeprefix(label)
        yield from rest


def rerun_text(found: Rerun, width: int | None = None) -> str:
    """A repeat: whether the pennies are the same, what has changed since, which versions were others."""
    facts = [("Repeated", _repeat(each, found.areas)) for each in found.repeats]
    facts += [("Changed", f"{each.rule} {each.told}") for each in found.inputs if each.status == BROKEN]
    unchanged = [each.rule for each in found.inputs if each.status == HOLDS]
    facts += [("Unchanged", ", ".join(unchanged))] if unchanged else []
    facts += [("Version", f"{name} was {then}, is {now}") for name, (then, now) in found.versions.items()]
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
    verb = "more" if repeat.more >= 0 else "less"
    most = f"most {repeat.where}, {pounds(abs(repeat.more))} {verb}"
    return f"from {repeat.what}: {repeat.differ:,} of {areas:,} areas get another amount, {most}"
