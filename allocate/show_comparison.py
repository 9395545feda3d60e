"""A comparison as text for a terminal: runs side by side, then groups, then who gets more and who less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import polars as pl

from allocate.comparison_columns import of
from allocate.comparison_tables import ALL_AREAS, MONEYS
from allocate.layout import GAP, Column, paragraph, table
from allocate.show import INVENTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from allocate.comparison import Comparison

LARGEST = 5
"""Areas shown that get most more, and most less."""

LISTED = 10
"""Areas shown that some run has not."""

LONGEST = 16
"""Names of runs that are longer than this are numbered in the heads of tables."""

PARTLY = "*"

MONEY_WORDS = {"baseline": "historical", "fair_share": "fair share", "allocation": "levelled up"}

MEASURES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "mean_distance": ("mean distance from fair share", lambda share: _or_dash(share, ".1%")),
    "misplaced_share": ("money in the wrong place", lambda share: _or_dash(share, ".1%")),
    "misplaced": ("the same in £", lambda money: f"{money:,.0f}"),
    "least": ("least £ per weighted head", lambda rate: _or_dash(rate, ",.2f")),
    "most": ("most £ per weighted head", lambda rate: _or_dash(rate, ",.2f")),
    "ratio": ("most ÷ least", lambda times: _or_dash(times, ".3f")),
}
"""The measures of fit in words, and how each is written."""


def comparison_text(comparison: Comparison, width: int | None = None) -> str:
    """All of a comparison that fits a reader; the rest is in its files.

    Args:
        comparison: what to show.
        width: of the terminal; None to wrap, cut and leave out nothing.
    """
    return "\n".join(_Text(comparison, width).lines())


class _Text:
    def __init__(self, comparison: Comparison, width: int | None) -> None:
        self.shown, self.width = comparison, width
        too_long = any(len(run) > LONGEST for run in comparison.runs)
        numbered = {run: f"run {number}" for number, run in enumerate(comparison.runs, 1)}
        self.heads = numbered if too_long else {run: run for run in comparison.runs}
        self.first, *self.others = comparison.runs

    def lines(self) -> Iterator[str]:
        """Every part that has something to say."""
        yield from self._heading()
        parts = [self._money(), self._fit("own", "fit to need")]
        if self._weights_differ():
            parts.append(self._fit("first", f"fit to need as {self.heads[self.first]} weighs it"))
        parts += [*map(self._groups, self.shown.by), self._rules(), self._only_in()]
        parts += [self._changes(run, more) for run in self.others for more in (True, False)]
        parts += [] if self.others else [self._gains()]
        for part in parts:
            for number, line in enumerate(part):
                yield from ("",) if number == 0 else ()
                yield line
        yield ""
        yield from paragraph(
            "Money is in whole £ here; --out DIR writes the pence and every area.", self.width
        )

    def _heading(self) -> Iterator[str]:
        runs = self.shown.summary
        heading = (
            f"Comparison of {len(runs)} runs; differences are from {self.first}" if self.others else "One run"
        )
        yield from (click.style(line, bold=True) for line in paragraph(heading, self.width))
        if runs["invented"].any():
            yield from (click.style(line, fg="yellow") for line in paragraph(INVENTED, self.width))
        yield ""
        margin = max(len(head) for head in (*self.heads.values(), "Areas")) + 4
        for run, title in runs.select("run", "title").iter_rows():
            called = title if run in (title, self.heads[run]) else f"{run}: {title}"
            yield from self._labelled(self.heads[run], called, margin, bold=True)
        if runs["same_areas"].all() and self.others:
            yield from self._labelled(
                "Areas", f"the same {runs['areas'][0]:,} in every run", margin, bold=True
            )
        for note in self.shown.notes:
            yield from self._labelled("Note", note, margin, fg="yellow")

    def _labelled(self, label: str, text: str, margin: int, **style: Any) -> Iterator[str]:
        first, *rest = paragraph(text, self.width, first=f"  {label}".ljust(margin))
        yield click.style(first[:margin], **style) + first[margin:]
        yield from rest

    def _money(self) -> Iterator[str]:
        """The money of each run, and how many areas it moves up or down."""
        runs, everybody = self.shown.summary, self.shown.groups.row(0, named=True)
        rows = {"pot £": _whole(runs["budget"])}
        rows |= {f"{MONEY_WORDS[word]} £": _whole(runs[word]) for word in MONEYS}
        rows |= {"new money £": _whole(runs["new_money"]), "unspent £": _whole(runs["unspent"])}
        for rate, words in (
            ("per_head", "levelled up £ per head"),
            ("per_weighted_head", "£ per weighted head"),
        ):
            rows[words] = [_or_dash(everybody[of(rate, run)], ",.2f") for run in runs["run"]]
        rows |= {"people": _whole(runs["population"]), "areas": _whole(runs["areas"])}
        rows["areas that gain on historical"] = _whole(runs["gaining"])
        if self.others:
            rows |= self._against_first(runs)
        if not runs["unspent"].sum():
            del rows["unspent £"]
        labels = [Column("money", list(rows), True)]
        yield from self._beside(labels, list(zip(*rows.values(), strict=True)))

    def _against_first(self, runs: pl.DataFrame) -> dict[str, list[str]]:
        first = self.heads[self.first]
        rows = {f"areas with more than {first}": "winners", f"areas with less than {first}": "losers"}
        rows |= {"£ more in those": "won", "£ less in those": "lost"}
        return {words: ["-", *_whole(runs[name][1:])] for words, name in rows.items()}

    def _weights_differ(self) -> bool:
        own, first = (
            self.shown.fit.filter(pl.col("weights") == each).drop("weights") for each in ("own", "first")
        )
        return not own.equals(first)

    def _fit(self, weights: str, heading: str) -> Iterator[str]:
        """The measures of fit of the historical and the levelled-up money; pure fair share fits perfectly."""
        fits = self.shown.fit.filter(pl.col("weights") == weights)
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
        yield from self._beside(columns, list(zip(*rows, strict=True)))

    def _beside(self, labels: list[Column], cells: Sequence[Sequence[str]]) -> Iterator[str]:
        """A column a run; as many tables below one another as their runs need room for."""
        columns = [Column(head, column) for head, column in zip(self.heads.values(), cells, strict=True)]
        while columns:
            count = next((n for n in range(len(columns), 1, -1) if self._fits_in([*labels, *columns[:n]])), 1)
            yield from _styled(table([*labels, *columns[:count]], self.width))
            columns = columns[count:]

    def _fits_in(self, columns: Sequence[Column]) -> bool:
        needed = sum(column.width + len(GAP) for column in columns) - len(GAP)
        return self.width is None or needed <= self.width

    def _groups(self, column: str) -> Iterator[str]:
        """Each group of a column, a line a run; all areas first."""
        rows = [
            self._group_row(group, run)
            for group in self.shown.groups.iter_rows(named=True)
            for run in self.shown.runs
            if group["by"] in (ALL_AREAS, column) and group[of("areas", run)]
        ]
        cells = list(zip(*rows, strict=True))
        columns = [
            Column(column, cells[0], True, 10),
            Column("run", cells[1], True),
            Column("areas", cells[2], leave_out=1),
            Column("historical £", cells[3]),
            Column("fair share £", cells[4]),
            Column("levelled up £", cells[5]),
            Column("change £", cells[6], leave_out=5),
            Column("£ per head", cells[7], leave_out=2),
            Column("£ per weighted", cells[8], leave_out=3),
            Column("from fair", cells[9], leave_out=4),
        ]
        for_one = [each for each in columns if each.header not in ("run", "change £")]
        yield from _styled(table(columns if self.others else for_one, self.width))
        if any(change.endswith(PARTLY) for change in cells[6]):
            yield from paragraph(f"{PARTLY} over the areas that are in both runs", self.width)

    def _group_row(self, group: dict[str, Any], run: str) -> list[str]:
        at_top = run == next(each for each in self.shown.runs if group[of("areas", each)])
        change = "" if run == self.first else _signed(group[of("difference", run)]) + self._partly(group, run)
        return [
            _group_name(group) if at_top else "",
            self.heads[run],
            f"{group[of('areas', run)]:,}",
            *(f"{group[of(word, run)]:,.0f}" for word in MONEYS),
            change,
            _or_dash(group[of("per_head", run)], ",.2f"),
            _or_dash(group[of("per_weighted_head", run)], ",.2f"),
            _or_dash(group[of("distance", run)], "+.1%"),
        ]

    def _partly(self, group: dict[str, Any], run: str) -> str:
        """A mark for a change that is not over all areas of both runs."""
        counts = {group[of("areas", run)], group[of("areas", self.first)], group[of("shared_areas", run)]}
        return PARTLY if len(counts) > 1 else ""

    def _rules(self) -> Iterator[str]:
        """How many areas each rule holds in each run."""
        frame = self.shown.rules
        labels = [Column("areas held by", frame["rule"].to_list(), True, 20)]
        cells = [
            ["-" if count is None else f"{count:,}" for count in frame[of("areas", run)]]
            for run in self.shown.runs
        ]
        yield from self._beside(labels, cells)

    def _only_in(self) -> Iterator[str]:
        """Areas that some run has not."""
        frame = self.shown.only_in
        if frame.is_empty():
            return
        some = frame.head(LISTED)
        columns = [
            Column("not in every run", some["id"].to_list(), True),
            Column("name", [each or "" for each in some["name"]], True, 12, 1),
            Column("in", [self.heads[run] for run in some["run"]], True),
            *(Column(f"{MONEY_WORDS[word]} £", _whole(some[word])) for word in MONEYS),
            Column("not in", some["missing_from"].to_list(), True, 8, 2),
        ]
        yield from _styled(table(columns, self.width))
        if len(frame) > LISTED:
            totals = ", ".join(f"£{frame[word].sum():,.0f} {MONEY_WORDS[word]}" for word in MONEYS)
            yield from paragraph(
                f"... and {len(frame) - LISTED:,} more; with those above {totals}.", self.width
            )

    def _changes(self, run: str, more: bool) -> Iterator[str]:
        """The areas that get most more, or most less, than in the first run."""
        change = pl.col(of("difference", run))
        changed = self.shown.areas.filter(change > 0 if more else change < 0)
        shown = changed.sort(of("difference", run), "id", descending=[more, False]).head(LARGEST)
        words = f"{'more' if more else 'less'} in {self.heads[run]}"
        if not shown.is_empty():
            yield from _styled(table(self._change_columns(words, shown, run), self.width))

    def _change_columns(self, words: str, shown: pl.DataFrame, run: str) -> list[Column]:
        return [
            *self._area_columns(words, shown, run),
            Column(f"{self.heads[self.first]} £", _whole(shown[of("allocation", self.first)]), leave_out=6),
            Column(f"{self.heads[run]} £", _whole(shown[of("allocation", run)])),
            Column("change £", [_signed(each) for each in shown[of("difference", run)]]),
            Column(
                "per head",
                [_or_dash(each, "+,.2f") for each in shown[of("difference_per_head", run)]],
                leave_out=2,
            ),
        ]

    def _gains(self) -> Iterator[str]:
        """Of a run alone, the largest gains on historical money."""
        gain = of("gain", self.first)
        shown = (
            self.shown.areas.filter(pl.col(gain) > 0).sort(gain, "id", descending=[True, False]).head(LARGEST)
        )
        if shown.is_empty():
            return
        columns = self._area_columns("largest gains", shown, self.first)
        columns.append(Column("levelled up £", _whole(shown[of("allocation", self.first)])))
        columns.append(Column("gain £", [_signed(each) for each in shown[gain]]))
        yield from _styled(table(columns, self.width))

    def _area_columns(self, words: str, shown: pl.DataFrame, run: str) -> list[Column]:
        return [
            Column(words, shown["id"].to_list(), True),
            Column("name", [each or "" for each in shown["name"]], True, 12, 3),
            Column("people", _whole(shown[of("population", run)]), leave_out=1),
            Column("historical £", _whole(shown[of("baseline", run)]), leave_out=4),
            Column("fair share £", _whole(shown[of("fair_share", run)]), leave_out=5),
        ]


def _styled(lines: Iterator[str]) -> Iterator[str]:
    yield click.style(next(lines), bold=True, underline=True)
    yield from lines


def _group_name(group: dict[str, Any]) -> str:
    """The value of a group, or that its areas have none."""
    return str(group["value"] or (ALL_AREAS if group["by"] == ALL_AREAS else "none given"))


def _whole(values: pl.Series) -> list[str]:
    return [f"{value:,.0f}" for value in values]


def _signed(money: Any) -> str:
    return f"{money:+,.0f}" if money else "0"


def _or_dash(value: float | None, form: str) -> str:
    """A figure, or a dash where there is none; what rounds to nought has no sign."""
    if value is None:
        return "-"
    written = f"{value:{form}}"
    return written if any(digit in written for digit in "123456789") else f"{0:{form.removeprefix('+')}}"
