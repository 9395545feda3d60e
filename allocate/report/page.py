"""The page: everything a report shows, put into its template as one HTML text."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocate.charts.figure import check_packages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocate.comparing.comparison import Comparison
    from allocate.groupings.groups import Grouped, Grouping
    from allocate.report.subject import Subject

HERE = Path(__file__).parent

PACKAGES = ("jinja2", "vl_convert")
"""What a report needs besides what every run does."""

NEXT_CELL = "\x1f"
"""Stands between the cells of a row while they are escaped together."""


def page(subjects: Sequence[Subject], *, by: Sequence[str] = (), large_print: bool = False) -> str:
    """Make the page; the same bytes from the same runs. See `allocate.report.save_report`."""
    check_packages("reports", PACKAGES)
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    shown = _shown(subjects, by)
    return environment.get_template("page.html").render(
        shown,
        large_print=large_print,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
    )


def _shown(subjects: Sequence[Subject], by: Sequence[str]) -> dict[str, Any]:
    """What the template shows, by the names it has there."""
    from concurrent.futures import ThreadPoolExecutor

    from allocate.groupings.groups import add_up

    grouped = [add_up(subjects[0].run, each) for each in _groupings(subjects[0], by)]
    with ThreadPoolExecutor(1) as pool:  # what draws is not Python: the rest is written meanwhile
        drawn = pool.submit(_drawn, subjects, grouped)
        return _written(subjects, by, grouped) | drawn.result()


def _drawn(subjects: Sequence[Subject], grouped: Sequence[Grouped]) -> dict[str, Any]:
    """Everything that has a chart."""
    from allocate.charts import of_run

    return {
        "compared": _compared(subjects, grouped),
        "years": _years(subjects[0]),
        "figures": of_run.figures(subjects[0].run, grouped),
        "binding": of_run.binding(subjects[0].run),
    }


def _written(subjects: Sequence[Subject], by: Sequence[str], grouped: Sequence[Grouped]) -> dict[str, Any]:
    """Everything else."""
    from allocate.documents.describe import chapters
    from allocate.report import blocks, caveats, facts
    from allocate.report.area_rows import area_rows
    from allocate.report.audit import audit_section
    from allocate.report.stories import pack_stories
    from allocate.text.show import INVENTED

    first = subjects[0]
    return {
        "title": first.run.title,
        "invented": INVENTED if any(each.summary["invented"] for each in subjects) else "",
        "decision": facts.decision(first),
        "numbers": facts.five_numbers(first, grouped),
        "runs": subjects,
        "described": _described,
        "groups": [blocks.groups_block(each) for each in grouped],
        "audit": audit_section(first, by),
        "rule_blocks": [
            each for each in (blocks.rule_groups_block(first), blocks.prices_block(first)) if each
        ],
        "areas": area_rows(subjects, [each.grouping for each in grouped]),
        "cells": _cells,
        "stories": _as_data(pack_stories(first)),
        "rules": [(title, _indented(sentences)) for title, sentences in chapters(first.policy, None)],
        "books": first.run.record["rules"],
        "caveats": caveats.caveats(first),
        "recipe": caveats.recipe(first),
        "scenario": caveats.scenario_yaml(first),
    }


def _groupings(subject: Subject, by: Sequence[str]) -> list[Grouping]:
    """What charts group by: what is asked for, or else deprivation and place if a chart has room."""
    from allocate.charts.of_run import MOST_BARS
    from allocate.groupings.choosing import choose, usual

    if by:
        return choose(subject.run, by)
    found = usual(subject.run, kinds=("deprivation", "place"))
    return [each for each in found if len(each.labels) <= MOST_BARS]


def _compared(subjects: Sequence[Subject], grouped: Sequence[Grouped]) -> dict[str, Any] | None:
    """Several runs side by side, as `allocate compare` lays them; None of one run alone."""
    if len(subjects) == 1:
        return None
    from allocate.charts import of_comparison
    from allocate.comparing.side_by_side import compare_runs
    from allocate.groupings.choosing import columns_of
    from allocate.report import blocks

    runs = {each.label: each.run for each in subjects}
    columns = [columns_of(run) for run in runs.values()]
    shared = [each for each in grouped if all(_is_in(each.grouping.name, names) for names in columns)]
    by = [each.grouping.name for each in shared]
    comparison = _with_full_names(compare_runs(runs, by), shared)
    return {
        "notes": comparison.notes,
        "totals": blocks.compared_block(subjects, comparison),
        "groups": [blocks.compared_groups(comparison, each) for each in by],
        "figures": of_comparison.figures(comparison),
    }


def _is_in(grouping: str, columns: Sequence[str]) -> bool:
    return grouping in columns or grouping.partition(":")[0] in columns


def _with_full_names(comparison: Comparison, grouped: Sequence[Grouped]) -> Comparison:
    """A comparison whose groups are called what they are called in the rest of the report."""
    groups = comparison.groups
    for each in grouped:
        full = dict(zip(each.grouping.labels, (group.name for group in each.known), strict=True))
        here = pl.col("by") == each.grouping.name
        groups = groups.with_columns(
            pl.when(here).then(pl.col("value").replace(full)).otherwise("value").alias("value")
        )
    return replace(comparison, groups=groups)


def _years(subject: Subject) -> dict[str, Any] | None:
    """All years of which the run is the last; None if it is of one year."""
    if subject.years is None:
        return None
    from allocate.charts import of_years
    from allocate.report import blocks

    years = subject.years
    return {
        "title": f"{years.labels[0]} to {years.labels[-1]}",
        "last": years.labels[-1],
        "breaches": years.promise_breaches,
        "events": list(dict.fromkeys(f"{year}: {told}" for year, _, told in years.events.iter_rows())),
        "money": blocks.years_block(years),
        "figures": of_years.figures(years),
    }


def _described(svg: str, name: str, title: str, says: str) -> Any:
    from markupsafe import Markup

    from allocate.charts.style import described

    return Markup(described(svg, name, title, says))


def _cells(row: Sequence[str]) -> Any:
    """The cells of a row, without the beginning of the first; escaped by the row, as they are many."""
    from markupsafe import Markup, escape

    cells = NEXT_CELL.join(row)
    if cells.count(NEXT_CELL) >= len(row):
        return Markup("<td>").join(row)
    return Markup(str(escape(cells)).replace(NEXT_CELL, "<td>"))


def _indented(sentences: Any) -> list[tuple[int, str]]:
    """Sentences without the spaces they begin with, and how deep those made them."""
    return [((len(each) - len(each.lstrip())) // 2, each.strip()) for each in sentences]


def _as_data(data: Any) -> Any:
    """JSON that can stand in a script element: nothing in it can end the element."""
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _asset(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    """How a content security policy names the one style or script that it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
