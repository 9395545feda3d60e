"""Keys of rule books and scenarios, names and functions of the rule language, as Markdown tables."""

from __future__ import annotations

import types
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from allocate.documents import budget, events, fields, need_node, rates, rulebook, scenario, timetable
from allocate.language import grammar
from allocate.language.expressions import BUILT_IN

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

MODELS = {
    kind.__name__: kind
    for kind in (
        rulebook.Rulebook,
        rulebook.Parameter,
        need_node.NeedNode,
        need_node.NeedShare,
        need_node.Lookup,
        rulebook.Rule,
        rulebook.Tranche,
        scenario.Scenario,
        budget.Budget,
        timetable.Timetable,
        timetable.OneYear,
        rates.People,
        rates.Rates,
        events.Event,
        events.Portion,
    )
}
"""Every part of the two documents."""

OF_BOOKS = (rulebook.__name__, need_node.__name__)
"""Where the parts of rule books are; the others are those of scenarios."""

FORMS = (
    (fields.Text, "text"),
    (fields.Number, "number"),
    (fields.Value, "number or text"),
    (fields.Formula, "expression"),
    (fields.Compared, "`everyone` or a condition"),
    (fields.Priority, "1 to 9999"),
    (fields.Amount, "£, %, expression or `rest`"),
    (fields.Day, "date"),
    (budget.Pounds, "£"),
    (scenario.Route, "a route"),
    (rates.FirstDay, "year or date"),
    (rates.ARate, "rate"),
)
"""How values of the documents' own types are written."""

OWN_FORMS = {
    "growth": "rate, column, expression, or value: rate",
    "into": "text, or area: [portion](/reference/scenarios.md#keys-of-a-portion)",
    "patients_to": "list: text, or area: [portion](/reference/scenarios.md#keys-of-a-portion)",
}
"""How keys are written whose form depends on other keys."""

_PARTS = {
    "Parameter": ("parameter", "keys-of-a-parameter"),
    "NeedNode": ("need node", "keys-of-a-need-node"),
    "NeedShare": ("share", "keys-of-a-share-of-a-blend"),
    "Lookup": ("lookup", "keys-of-a-lookup"),
    "Rule": ("rule", "keys-of-a-rule"),
    "Tranche": ("tranche", "keys-of-a-tranche"),
    "Budget": ("budget", "keys-of-a-budget"),
    "Timetable": ("years", "keys-of-years"),
    "OneYear": ("year", "keys-of-a-year"),
    "People": ("people", "keys-of-population"),
    "Rates": ("rates", "keys-of-rates"),
    "Event": ("event", "keys-of-an-event"),
    "Portion": ("portion", "keys-of-a-portion"),
}
"""What each part is called, and where its keys are."""


def keys(model: str) -> str:
    """A row a key of a part of a document: what it is, how it is written, what holds without it."""
    kind = MODELS[model]
    hints = get_type_hints(kind, include_extras=True)
    lines = ["| key | what it is | written as | without it |", "|---|---|---|---|"]
    for name, field in kind.model_fields.items():
        key = field.alias or name
        form = OWN_FORMS.get(key) if hints[name] is Any else _form(hints[name])
        lines.append(f"| `{key}` | {_what(field)} | {form} | {_default(field)} |")
    return "\n".join(lines).replace("NeedNode", "need node")


def _what(field: FieldInfo) -> str:
    return (field.description or "").replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "**required**"
    if value is None or value == () or field.default_factory is not None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _form(hint: Any) -> str:
    """How a value is written, of the type that the model has for it."""
    for known, words in FORMS:
        if hint == known:
            return words
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(_form(each) for each in inside if each is not type(None))
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in inside)
    if origin is tuple:
        return f"list: {_form(inside[0])}"
    if origin is dict:
        return f"{_form(inside[0])}: {_form(inside[1])}"
    return _plain_form(hint)


def _plain_form(hint: Any) -> str:
    if hint is bool:
        return "`true` or `false`"
    if hint is date:
        return "date"
    if isinstance(hint, type) and hint.__name__ in MODELS:
        return _linked(hint.__name__)
    return "text"


def _linked(model: str) -> str:
    page = "rule-books" if MODELS[model].__module__ in OF_BOOKS else "scenarios"
    return f"[{_PARTS[model][0]}](/reference/{page}.md#{_PARTS[model][1]})"


def names() -> str:
    """A row a name that expressions may use."""
    rows = [f"| `{name}` | {what} |" for name, what in BUILT_IN.items()]
    return "\n".join(["| name | what it is |", "|---|---|", *rows])


def functions() -> str:
    """The functions of the rule language, those over all areas first."""
    single = grammar.FUNCTIONS - grammar.AGGREGATES
    rows = (
        ("over all areas, or those of a group", grammar.AGGREGATES),
        ("for each area", single),
        ("words", grammar.KEYWORDS),
        ("types of a cast", grammar.TYPES),
    )
    lines = [f"| {what} | {', '.join(f'`{each}`' for each in sorted(which))} |" for what, which in rows]
    return "\n".join(["| | |", "|---|---|", *lines])
