"""The model of need in a rule book: a tree of nodes, each of one kind."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from allocate.documents.fields import SOURCE, Formula, Number, Part, Text, exactly_one

NEED_KINDS = ("column", "index", "bands", "lookup", "product", "blend")
"""What a node can be: the keys of which it has exactly one."""


class NeedShare(Part):
    """One part of a blend."""

    share: Formula = Field(description="how much it counts; the shares of a blend add up to 1")
    of: NeedNode = Field(description="what is counted")


class NeedNode(Part):
    """One node of the need tree; exactly one of the first six keys says what kind it is."""

    column: Text | None = Field(None, description="a published weighted population")
    index: Formula | None = Field(None, description="need per head, an expression")
    bands: dict[Text, Number] | None = Field(
        None, min_length=1, description="people in each band × workload per person"
    )
    lookup: Lookup | None = Field(None, description="need per head by the value of a column")
    product: tuple[NeedNode, ...] | None = Field(None, min_length=1, description="indices multiplied")
    blend: tuple[NeedShare, ...] | None = Field(None, min_length=1, description="weighted by share")
    name: Text | None = Field(None, description="what results call it")
    source: Text | None = Field(None, description=SOURCE)
    if_missing: Literal["leave_out"] | None = Field(
        None, description="in a product: leave this index out where the table lacks its columns"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> NeedNode:
        exactly_one(self, NEED_KINDS)
        if any(part.of.if_missing for part in self.blend or ()):
            raise ValueError("'if_missing' is for parts of a product; the shares of a blend must add up to 1")
        return self

    @property
    def parts(self) -> tuple[tuple[Formula | None, NeedNode], ...]:
        """The nodes that it is made of, in order, each with its share if they are blended."""
        return tuple((None, part) for part in self.product or ()) + tuple(
            (part.share, part.of) for part in self.blend or ()
        )


class Lookup(Part):
    """An index per head looked up by the value of a column."""

    column: Text = Field(description="the column that is looked up")
    table: dict[Text, Number] = Field(min_length=1, description="need per head for each of its values")


NeedShare.model_rebuild()
NeedNode.model_rebuild()
