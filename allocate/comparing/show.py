"""A comparison as text for a terminal: runs side by side, then groups, then who gets more and who less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import polars as pl

from allocate.comparing.columns import of
from allocate.comparing.show_areas import change_lines, gain_lines, group_lines, only_in_lines
from allocate.comparing.tables import MONEYS
from allocate.comparing.view import MONEY_WORDS, View, or_dash, whole
from allocate.errors import listing
from allocate.text.layout import GAP, Column, paragraph, table
from allocate.text.show import INVENTED, labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from allocate.comparing.comparison import Comparison

MEASURES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "mean_distance": ("mean distance from fair share", lambda share: or_dash(share, ".1%")),
    "misplaced_share": ("money in the wrong place", lambda share: or_dash(share, ".1%")),
    "misplaced": ("the same in £", lambda money: or_dash(money, ",.0f")),
    "least": ("least £ per weighted head", lambda rate: or_dash(rate, ",.2f")),
    "most": ("most £ per weighted head", lambda rate: or_dash(rate, ",.2f")),
    "ratio": ("most ÷ least", lambda times: or_dash(times, ".3f")),
}
"""The measures of fit in words, and how each is written."""


def comparison_text(comparison: Comparison, width: int | None = None) -> str:
    """All of a comparison that fits a reader; the rest is in its files.

    Args:
        comparison: what to show.
        width: of the terminal; None to wrap, cut and leave out nothing.
    """
    return "\n".join(_lines(View(comparison, width)))


def _lines(view: View) -> Iterator[str]:
    """Every part that has something to say."""
    yield from _heading(view)
    parts = [_money(view), _fit(view, "own", "fit to need")]
    if _weights_differ(view):
        parts.append(_fit(view, "first", f"fit to need as {view.heads[view.first]} weighs it"))
    parts += [*(group_lines(view, column) for column in view.shown.by), _rules(view), only_in_lines(view)]
    parts += [change_lines(view, run, more) for run in view.others for more in (True, False)]
    parts += [] if view.others else [gain_lines(view)]
    for part in parts:
        for number, line in enumerate(part):
            yield from ("",) if number == 0 else ()
            yield line
    yield ""
    yield from paragraph("Money is in whole £ here; --out DIR writes the pence and every area.", view.width)


def _heading(view: View) -> Iterator[str]:
    runs = view.shown.summary
    heading = (
        f"Comparison of {len(runs)} runs; differences are from {view.first}"
        if view.others
        else "One run: historical, fair share and levelled up"
    )
    yield from (click.style(line, bold=True) for line in paragraph(heading, view.width))
    invented = runs.filter("invented")["run"].to_list()
    if invented:
        label = INVENTED if len(invented) == len(runs) else f"{listing(invented, 10)}: {INVENTED}"
        yield from (click.style(line, fg="yellow") for line in paragraph(label, view.width))
    yield ""
    margin = max(len(head) for head in (*view.heads.values(), "Areas")) + 4
    for run, title in runs.select("run", "title").iter_rows():
        called = title if run in (title, view.heads[run]) else f"{run}: {title}"
        yield from labelled(view.heads[run], called, margin, view.width, bold=True)
    if runs["same_areas"].all() and view.others:
        same = f"the same {runs['areas'][0]:,} in every run"
        yield from labelled("Areas", same, margin, view.width, bold=True)
    for note in view.shown.notes:
        yield from labelled("Note", note, margin, view.width, fg="yellow")


def _money(view: View) -> Iterator[str]:
    """The money of each run, and how many areas it moves up or down."""
    runs, everybody = view.shown.summary, view.shown.groups.row(0, named=True)
    rows = {"pot £": whole(runs["budget"])}
    rows |= {f"{MONEY_WORDS[word]} £": whole(runs[word]) for word in MONEYS}
    rows |= {"new money £": whole(runs["new_money"]), "unspent £": whole(runs["unspent"])}
    for rate, words in (
        ("per_head", "levelled up £ per head"),
        ("per_weighted_head", "£ per weighted head"),
    ):
        rows[words] = [or_dash(everybody[of(rate, run)], ",.2f") for run in runs["run"]]
    rows |= {"people": whole(runs["population"]), "areas": whole(runs["areas"])}
    rows["areas that gain on historical"] = whole(runs["gaining"])
    if view.others:
        rows |= _against_first(view, runs)
    if not runs["unspent"].sum():
        del rows["unspent £"]
    labels = [Column("money", list(rows), True)]
    yield from _beside(view, labels, list(zip(*rows.values(), strict=True)))


def _against_first(view: View, runs: pl.DataFrame) -> dict[str, list[str]]:
    first = view.heads[view.first]
    rows = {f"areas with more than {first}": "winners", f"areas with less than {first}": "losers"}
    rows |= {"£ more in those": "won", "£ less in those": "lost"}
    return {words: ["-", *whole(runs[name][1:])] for words, name in rows.items()}


def _weights_differ(view: View) -> bool:
    own, first = (
        view.shown.fit.filter(pl.col("weights") == each).drop("weights") for each in ("own", "first")
    )
    return not own.equals(first)


def _fit(view: View, weights: str, heading: str) -> Iterator[str]:
    """The measures of fit of the historical and the levelled-up money; pure fair share fits perfectly."""
    fits = view.shown.fit.filter(pl.col("weights") == weights)
    labels: list[tuple[str, str]] = []
    rows: list[list[str]] = []
    for measure, (words, written) in MEASURES.items():
        for money in ("baseline", "allocation"):
            labels.append((words if money == "baseline" else "", MONEY_WORDS[money]))
            rows.append([written(each) for each in fits.filter(pl.col("money") == money)[measure]])
    columns = [
        Column(heading, [each[0] for each in labels], True),
        Column("of", [each[1] for each in labels], True),
    ]
    yield from _beside(view, columns, list(zip(*rows, strict=True)))


def _rules(view: View) -> Iterator[str]:
    """How many areas each rule holds in each run."""
    frame = view.shown.rules
    labels = [Column("areas held by", frame["rule"].to_list(), True, 20)]
    cells = [
        ["-" if count is None else f"{count:,}" for count in frame[of("areas", run)]]
        for run in view.shown.runs
    ]
    yield from _beside(view, labels, cells)


def _beside(view: View, labels: list[Column], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """A column a run; as many tables below one another as their runs need room for."""
    columns = [Column(head, column) for head, column in zip(view.heads.values(), cells, strict=True)]
    while columns:
        count = next((n for n in range(len(columns), 1, -1) if _fits_in(view, [*labels, *columns[:n]])), 1)
        yield from table([*labels, *columns[:count]], view.width)
        columns = columns[count:]
        yield from ("",) if columns else ()


def _fits_in(view: View, columns: Sequence[Column]) -> bool:
    needed = sum(column.width + len(GAP) for column in columns) - len(GAP)
    return view.width is None or needed <= view.width
