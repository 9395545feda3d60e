"""The model of `events:` in a scenario: practices that merge, close, split and open."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from allocate.documents.budget import Pounds
from allocate.documents.fields import ABOUT, SOURCE, Number, Part, ShortPart, Text, Value, exactly_one
from allocate.documents.rates import FirstDay

MOST_PEOPLE = 10**10
KINDS = ("merge", "close", "split", "open")

_GO_WITH = {
    "into": ("merge", "split"),
    "patients_to": ("close",),
    "patients_from": ("open",),
    "population": ("open",),
    "like": ("open",),
    "baseline": ("open",),
}
_NEEDS = {"merge": ("into",), "split": ("into",), "close": ("patients_to",)}
"""Which keys go with which kinds of events, and which each kind needs."""

SUMS_TO_ONE = 1e-9
"""How far shares written as decimals may be from adding up to 1."""


class Portion(ShortPart):
    """Which part of an area goes to another: of its people, its baseline and its need."""

    short = "people"
    people: Number = Field(description="the share of its people; a bare share means this")
    baseline: Number | None = Field(
        None, description="the share of its money; without it, that of its people"
    )
    need: Number | None = Field(None, description="the share of its need; without it, that of its people")

    @model_validator(mode="after")
    def _are_shares(self) -> Portion:
        if not all(0 <= share <= 1 for share in self.shares):
            raise ValueError("is not between 0% and 100%; write a share such as 60%")
        if not self.people and self.shares[2]:
            raise ValueError("has need without people; give it people too, or no need")
        return self

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares of people, baseline and need; those not given are that of people."""
        baseline, need = (self.people if each is None else each for each in (self.baseline, self.need))
        return self.people, baseline, need


_ID = TypeAdapter[Any](Text)
_IDS = TypeAdapter[Any](Annotated[tuple[Text, ...], Field(min_length=1)])
_PORTIONS = TypeAdapter(Annotated[dict[Text, Portion], Field(min_length=1)])


class Event(Part):
    """Something that happens to practices; it holds from the first year that begins on its date or later."""

    date: FirstDay = Field(description="it holds from the first year that begins then or later")
    merge: tuple[Text, ...] | None = Field(None, description="areas that become one")
    close: Text | None = Field(None, description="an area that ends")
    split: Text | None = Field(None, description="an area that becomes several")
    open: Text | None = Field(None, description="the id of a new area")
    into: Any = Field(
        None, description="with merge: the id of what they become; with split: the portion of each area"
    )
    patients_to: Any = Field(
        None, description="with close: the areas they go to by their size, or the portion each gets"
    )
    patients_from: dict[Text, Number] | None = Field(
        None, description="with open: shares of the people of other areas; their money stays where it is"
    )
    population: Number | None = Field(None, description="with open: people who come from elsewhere")
    like: Text | None = Field(None, description="with open: an area whose need per head and facts it has")
    baseline: Pounds | None = Field(None, description="with open: money that comes with it, £")
    facts: dict[Text, dict[Text, Value]] = Field(
        default_factory=dict, description="values of columns of the table, by area"
    )
    about: Text | None = Field(None, description=ABOUT)
    source: Text | None = Field(None, description=SOURCE)

    @model_validator(mode="after")
    def _one_kind(self) -> Event:
        exactly_one(self, KINDS)
        for key, kinds in _GO_WITH.items():
            if (getattr(self, key) is not None) and self.kind not in kinds:
                raise ValueError(f"'{key}' goes with {' or '.join(kinds)}; remove it")
        for key in _NEEDS.get(self.kind, ()):
            if getattr(self, key) is None:
                raise ValueError(f"'{self.kind}' needs '{key}' too; add it")
        return self

    @field_validator("into", "patients_to", mode="before")
    @classmethod
    def _where_they_go(cls, given: Any, info: ValidationInfo) -> Any:
        """Read where people go: to one area, to several, or a portion to each."""
        if isinstance(given, dict):
            return _portions(str(info.field_name), given)
        if info.field_name == "into":
            return _ID.validate_python(given)
        return _IDS.validate_python(given if isinstance(given, (list, tuple)) else (given,))

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Event:
        if self.merge is not None and not 1 < len(set(self.merge)) == len(self.merge):
            raise ValueError("'merge' needs two or more different areas; write merge: [P001, P002]")
        if self.merge is not None and isinstance(self.into, dict):
            raise ValueError("'merge' needs one id that they become; write into: P001")
        if self.split is not None and not isinstance(self.into, dict):
            raise ValueError("'split' needs the portion of each area; write into: {P001: 60%, P901: 40%}")
        if self.open is not None and self.like is None and self.population is not None:
            raise ValueError("'population' needs 'like': whose need per head its people have; add it")
        if self.open is not None and self.population is None and self.patients_from is None:
            raise ValueError("'open' needs people: 'population' with 'like', or 'patients_from'; add one")
        if self.population is not None and not 0 < self.population < MOST_PEOPLE:
            raise ValueError("'population' must be above nought and below ten billion; correct it")
        if self.baseline is not None and self.baseline < 0:
            raise ValueError("'baseline' is below nought; an area that opens may bring money, not take it")
        if any(not 0 <= share <= 1 for share in (self.patients_from or {}).values()):
            raise ValueError("'patients_from' has shares between 0% and 100%; write {P014: 5%}")
        return self

    @property
    def kind(self) -> str:
        """``merge``, ``close``, ``split`` or ``open``."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


def _portions(key: str, given: Any) -> dict[Any, Portion]:
    """The portions of areas, which add up to all of the area that ends."""
    portions = _PORTIONS.validate_python(given)
    for number, what in enumerate(("people", "baseline", "need")):
        whole = sum(portion.shares[number] for portion in portions.values())
        if abs(whole - 1) > SUMS_TO_ONE:
            raise ValueError(f"'{key}' adds up to {whole:.6g} of the {what}; make it 100%")
    return portions
