"""The models of a rule book: policy as a document that people can read and cite.

Everything here is frozen and refuses unknown keys. The words of the format are in `docs` and design;
`allocate schema` prints these models as JSON Schema, so that editors complete and check rule books.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from allocate.documents.fields import (
    ABOUT,
    DATE,
    SOURCE,
    VALUE_SCHEMA,
    Amount,
    Compared,
    Day,
    Formula,
    Part,
    Priority,
    Text,
    Value,
    exactly_one,
    or_bare_value,
)
from allocate.documents.limit_kinds import LIMIT_KINDS, LimitKind
from allocate.documents.need_node import NeedNode
from allocate.language.places import Written

METHODS = ("level_up", "pro_rata", "least_shortfall")
"""How a tranche can share out: the keys of which it has exactly one."""


class Parameter(Part):
    """A named constant that scenarios may override: one value, or one from each of some dates on."""

    value: Value | None = Field(None, description="the value, if it is always the same")
    dated: dict[Day, Value] = Field(
        default_factory=dict,
        description="or a value from each of some dates on; dates may also be keys themselves",
    )
    source: Text | None = Field(None, description=SOURCE)
    unit: Text | None = Field(None, description="share, £, people, years ...; for readers")
    about: Text | None = Field(None, description=ABOUT)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        """Accept a bare value, and dates as keys: ``ceiling: {2023-04-01: 10%, source: ...}``."""
        if isinstance(given, Parameter):
            return given
        if not isinstance(given, dict):
            return {"value": given}
        dates = {key: value for key, value in given.items() if str(key)[:1].isdigit()}
        rest = {key: value for key, value in given.items() if key not in dates}
        if dates and isinstance(rest.get("dated", {}), dict):
            rest["dated"] = rest.get("dated", {}) | dates
        return rest

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The short forms too: a bare value, and dates as keys."""
        long = handler.resolve_ref_schema(handler(core))
        return or_bare_value(long | {"patternProperties": {f"^{DATE.pattern}$": VALUE_SCHEMA}})

    @model_validator(mode="after")
    def _one_form(self) -> Parameter:
        if (self.value is None) == (not self.dated):
            raise ValueError("needs either a value or dated ones; write 'value: 10%' or '2023-04-01: 10%'")
        return self


class Rule(Part):
    """A floor, a cap or both at once, for the areas it covers."""

    name: Text = Field(description="what results call it; each its own")
    floor: Formula | None = Field(None, description="the least an area may get, £")
    cap: Formula | None = Field(None, description="the most an area may get, £")
    set: Formula | None = Field(None, description="exactly what an area gets, £")
    where: Formula | None = Field(None, description="which areas it covers; default all")
    by: Text | None = Field(None, description="a column: the rule is for the total of each value")
    across: Formula | None = Field(None, description="a condition: the rule is for the total of its areas")
    of: Literal["allocation", "growth"] = Field(
        "allocation", description="what is limited: the whole, or what is added to the baselines"
    )
    compared_with: Compared | None = Field(
        None, description="everyone or a condition: the limit is a share of what these areas get per head"
    )
    per: Formula | None = Field(
        None, description="with compared_with: what counts as a head; weighted_population"
    )
    if_unaffordable: Literal["scale"] | None = Field(
        None, description="the guarantee is scaled down, as priority: 1"
    )
    priority: Priority | None = Field(
        None, description="the rule gives way if not all can hold, the highest number first"
    )
    source: Text | None = Field(None, description=SOURCE)
    about: Text | None = Field(None, description=ABOUT)

    @model_validator(mode="after")
    def _one_limit(self) -> Rule:
        exactly_one(self, tuple(LIMIT_KINDS))
        if self.compared_with is not None and not self.is_for_groups:
            raise ValueError("'compared_with' goes with 'by' or 'across'; say whose money is compared")
        if self.per is not None and self.compared_with is None:
            raise ValueError("'per' goes with 'compared_with'; remove it or say with whom to compare")
        if self.if_unaffordable is not None and self.cap is not None:
            raise ValueError("'if_unaffordable' is for guarantees; a cap can give way with 'priority: 1'")
        if self.across is not None and (self.by is not None or self.where is not None):
            raise ValueError("'across' goes without 'by' and 'where'; put all conditions into it with 'and'")
        return self

    @property
    def is_for_groups(self) -> bool:
        """Whether it limits totals of several areas instead of each area."""
        return self.by is not None or self.across is not None

    @property
    def denominator(self) -> Written:
        """What counts as a head where the money of two groups is compared."""
        return self.per or Written("weighted_population")

    @property
    def gives_way(self) -> int | None:
        """The order in which it gives way if not all rules can hold, the highest first; None for never."""
        if self.priority is not None:
            return int(self.priority)
        return 1 if self.if_unaffordable else None

    @property
    def kind(self) -> str:
        """``floor``, ``cap`` or ``set``: the key that has its amount."""
        return next(kind for kind in LIMIT_KINDS if getattr(self, kind) is not None)

    @property
    def limit(self) -> LimitKind:
        """What its kind of limit is."""
        return LIMIT_KINDS[self.kind]

    @property
    def amount(self) -> Written:
        """The expression of its limit."""
        amount: Written = getattr(self, self.kind)
        return amount


class Tranche(Part):
    """A slice of the money, shared out by one method."""

    name: Text = Field(description="what results call it; each its own")
    amount: Amount = Field("rest", description="how much it shares out")
    level_up: Formula | None = Field(None, description="raise the lowest £ per unit of this first")
    to: Formula | None = Field(None, description="with level_up: lift no area above this, £")
    pro_rata: Formula | None = Field(None, description="in proportion to this")
    least_shortfall: Formula | None = Field(
        None, description="close the shortfalls from fair share that have the highest of this first"
    )
    source: Text | None = Field(None, description=SOURCE)
    about: Text | None = Field(None, description=ABOUT)

    @model_validator(mode="after")
    def _one_method(self) -> Tranche:
        exactly_one(self, METHODS)
        if self.to is not None and self.level_up is None:
            raise ValueError("'to' goes with level_up; remove it, or use a cap rule")
        return self

    @property
    def method(self) -> str:
        """``level_up``, ``pro_rata`` or ``least_shortfall``."""
        return next(method for method in METHODS if getattr(self, method) is not None)

    @property
    def denominator(self) -> Written:
        """The expression that the method shares by."""
        denominator: Written = getattr(self, self.method)
        return denominator


def _unique_names(parts: tuple[Any, ...]) -> None:
    seen: set[str] = set()
    for part in parts:
        if part.name in seen:
            what = "the name of another part too; give each its own"
            raise PydanticCustomError(
                "twice", f"'{{name}}' is {what}", {"name": part.name, "place": part.name.place}
            )
        seen.add(part.name)


class Rulebook(Part):
    """A rule book: how need is measured, what is guaranteed and capped, how the money is shared out."""

    title: Text = Field(description="what it is called")
    about: Text | None = Field(None, description=ABOUT)
    source: Text | None = Field(None, description=SOURCE)
    parameters: dict[Text, Parameter] = Field(
        default_factory=dict, description="named constants that scenarios may override"
    )
    need: NeedNode | None = Field(
        None, description="how need is measured; without it people count as they are"
    )
    columns: dict[Text, Formula] = Field(
        default_factory=dict, description="named amounts, in order, for expressions to use"
    )
    rules: tuple[Rule, ...] = Field((), description="what is guaranteed and capped")
    target: Formula | None = Field(
        None, description="an area's target, £, if not its share by need of all baselines"
    )
    closing_target: Formula | None = Field(
        None, description="what closing distances are measured from, £, if not the fair share"
    )
    share_out: tuple[Tranche, ...] | None = Field(
        None, min_length=1, description="how the money is shared out; without it, one tranche that levels up"
    )

    @model_validator(mode="after")
    def _names_once(self) -> Rulebook:
        _unique_names(self.rules)
        _unique_names(self.share_out or ())
        if self.need is not None and self.need.if_missing:
            raise ValueError("'if_missing' is for parts of a product, not for the whole of need; remove it")
        return self
