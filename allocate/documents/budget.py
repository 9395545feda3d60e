"""The model of a pot: an amount in £, the new money in it, or by how much it grows."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from allocate.documents.fields import VALUE_SCHEMA, Number, ShortPart, exactly_one
from allocate.errors import InputError, Problem
from allocate.money import MOST_PENCE, exact_decimals, half_up, parse_number, whole_pence


def _as_pounds(value: Any) -> Decimal:
    if str(value).strip().endswith("%"):
        raise ValueError(
            f"'{value}' is a share, not an amount in £; for the budget write {{growth: {value}}}"
        )
    try:
        exact = parse_number(str(value))
        whole_pence(exact)
    except ValueError as error:
        raise ValueError(f"{error}; write an amount in £ such as 2_850_000") from None
    return exact


Pounds = Annotated[Decimal, BeforeValidator(_as_pounds), WithJsonSchema(VALUE_SCHEMA)]


class Budget(ShortPart):
    """The pot: the whole of it, the new money in it, or by how much it grows."""

    short = "total"
    total: Pounds | None = Field(None, description="the whole pot, £; a bare amount means this")
    new_money: Pounds | None = Field(None, description="what there is besides all baselines, £")
    growth: Number | None = Field(None, description="by how much the pot is larger than all baselines")

    @model_validator(mode="after")
    def _one_form(self) -> Budget:
        exactly_one(self, ("total", "new_money", "growth"))
        return self

    def in_pence(self, baselines: int, unit: int) -> int:
        """The whole pot in pence, given the sum of the baselines; growth is rounded half up to the unit.

        Raises:
            InputError: it is too large to be allocated.
        """
        pot = self._in_pence(baselines, unit)
        if pot >= MOST_PENCE:
            raise InputError(
                [Problem("budget", f"the pot of £{pot // 100:,} is too large", "check its unit")]
            )
        return pot

    @exact_decimals()
    def _in_pence(self, baselines: int, unit: int) -> int:
        if self.total is not None:
            return whole_pence(self.total)
        if self.new_money is not None:
            return baselines + whole_pence(self.new_money)
        return half_up(baselines * (1 + Decimal(str(self.growth))), unit)
