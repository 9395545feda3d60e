"""The charts of each result, as ``result.plot.<chart>()``; each shows itself in notebooks and can be saved.

Every method raises `InputError` if there is nothing to draw, saying what is missing, or if the packages that
draw are not installed (``pip install 'allocate[report]'``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from allocate.charts.figure import Figure, check_packages
from allocate.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allocate.comparing.comparison import Comparison
    from allocate.costing.cost import Cost
    from allocate.groupings.groups import Grouped
    from allocate.results.runs import Run
    from allocate.sureness.uncertainty import Uncertainty
    from allocate.sweeps.result import Sweep
    from allocate.years.result import Years


class Plots:
    """What the charts of all results have in common."""

    _invented: bool

    def _only(self, figures: Iterable[Figure], why_not: str, fix: str = "") -> Figure:
        """The one figure there is; if not, say what is missing and what to do then."""
        check_packages()
        found = next(iter(figures), None)
        if found is None:
            raise InputError([Problem("", why_not, fix)])
        return self._marked(found)

    def _marked(self, figure: Figure) -> Figure:
        """The figure, which then says so if what it shows is invented."""
        return replace(figure, invented=self._invented)


class RunPlots(Plots):
    """The charts of an allocation or of a saved run."""

    def __init__(self, run: Run) -> None:
        self._run, self._invented = run, bool(run.record["summary"].get("invented"))

    def distance(self) -> Figure:
        """How far every area is from target, before and after."""
        from allocate.charts.of_run import every_area

        return self._only(
            every_area(self._run), "no area has a distance from target", "give it need or targets"
        )

    def per_weighted_head(self, by: str | None = None) -> Figure:
        """£ per weighted head before and after: how many areas have how much or, of groups, what each has.

        Args:
            by: a column to group areas by, such as ``place`` or ``imd_score:tenths``.
        """
        from allocate.charts.of_run import group_heads, heads

        if by is None:
            check_packages()
            return self._marked(heads(self._run))
        return self._only(group_heads(self._grouped(by)), f"fewer than two groups of '{by}' have need")

    def gain(self, by: str | None = None) -> Figure:
        """What each group gains.

        Args:
            by: a column to group areas by; by default deprivation if the table has it, or else place.
        """
        from allocate.charts.of_run import gains

        return self._marked(gains(self._run, self._grouped(by)))

    def concentration(self) -> Figure:
        """The concentration curves of money and need, the most deprived people first."""
        from allocate.charts.concentration import by_deprivation
        from allocate.charts.of_run import concentrated

        if by_deprivation(self._run) is None:
            raise InputError([Problem("", "no column says how deprived areas are", "add imd_score")])
        why_not = "where deprivation is known there is no money or no need"
        return self._only(concentrated(self._run), why_not)

    def rules(self) -> Figure:
        """How many areas each rule holds where they are."""
        from allocate.charts.of_run import binding

        found = binding(self._run)
        return self._only([found] if found else [], "no rule holds any area: the share-out alone decides")

    def _grouped(self, by: str | None) -> Grouped:
        from allocate.groupings.choosing import choose, none_of_the_usual, usual
        from allocate.groupings.groups import add_up

        check_packages()
        found = choose(self._run, by) if by else usual(self._run, kinds=("deprivation", "place"))
        if not found:
            raise none_of_the_usual(self._run)
        return add_up(self._run, found[0])


class YearsPlots(Plots):
    """The charts of several years."""

    def __init__(self, years: Years) -> None:
        self._years, self._invented = years, years.invented

    def money(self) -> Figure:
        """What is new in each year."""
        from allocate.charts.of_years import money

        return self._only(money(self._years), "there is no year")

    def distance(self) -> Figure:
        """How far areas are from their fair shares, year after year."""
        from allocate.charts.of_years import distance

        return self._only(distance(self._years), "no area has a distance from its fair share")

    def within(self) -> Figure:
        """How many areas have come within the tolerance of their fair shares, year by year."""
        from allocate.charts.of_years import within

        return self._only(within(self._years), "there is no year")


class ComparisonPlots(Plots):
    """The charts of runs side by side."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison, self._invented = comparison, bool(comparison.summary["invented"].any())

    def gain(self, by: str | None = None) -> Figure:
        """What each group gains in each run.

        Args:
            by: one of the columns that the runs were compared by; by default the first.
        """
        from allocate.charts.of_comparison import gain

        columns = self._comparison.by
        if not columns or by not in (None, *columns):
            what = f"the runs were not compared by '{by}'" if by else "the runs were compared by no column"
            raise InputError([Problem("by", what, nearest(by or "", columns) or "give compare a 'by'")])
        name = by or columns[0]
        return self._only(gain(self._comparison, name), f"'{name}' has no groups or too many for a chart")

    def fit(self) -> Figure:
        """How much money each run leaves above what need alone would give."""
        from allocate.charts.of_comparison import fit

        return self._only(fit(self._comparison), "no run has need to fit money to")


class CostPlots(Plots):
    """The chart of what it would take."""

    def __init__(self, cost: Cost) -> None:
        self._cost, self._invented = cost, cost.prepared.scenario.invented

    def curve(self) -> Figure:
        """What it costs to bring everybody up to each level."""
        from allocate.charts.of_estimates import curve

        return self._only(curve(self._cost), "no area is below its fair share: there is nothing to pay for")


class SweepPlots(Plots):
    """The charts of a sweep."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep, self._invented = sweep, bool(sweep.record["scenario"].get("invented"))

    def line(self, measure: str = "closing_shortfall") -> Figure:
        """A measure against what varies first, a line for each value of what else varies.

        Args:
            measure: a column of `Sweep.points` that holds numbers.
        """
        from allocate.charts.of_estimates import swept

        points = self._sweep.points
        numbers = [name for name in points.columns if points[name].dtype.is_numeric() and name != "point"]
        if measure not in numbers:
            fix = nearest(measure, numbers) or "use a column of numbers"
            raise InputError([Problem("measure", f"there is no measure '{measure}'", fix)])
        return self._only(
            swept(self._sweep, measure), "fewer than two points have a value, or what varies is text"
        )


class UncertaintyPlots(Plots):
    """The chart of how sure results are."""

    def __init__(self, uncertainty: Uncertainty) -> None:
        self._uncertainty, self._invented = uncertainty, uncertainty.summary.invented

    def distance(self) -> Figure:
        """How far each area may be from target if need is measured with error."""
        from allocate.charts.of_estimates import sure

        return self._only(sure(self._uncertainty), "no area has a distance from target")
