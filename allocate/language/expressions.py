"""The rule language: SQL scalar expressions over columns.

`grammar` cuts an expression into tokens and checks them; polars then parses and computes it. Parameters and
other constants are put in as literals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from allocate.errors import ExpressionError, Problem, first_line, nearest
from allocate.language.grammar import AGGREGATES, KEYWORDS, Misread, Token, literal, tokens_of
from allocate.language.order import check_brackets, check_order
from allocate.language.places import Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import polars as pl

MOST_CHARACTERS = 2_000

MOST_TOKENS = 250
"""Words, numbers and signs; the time that polars takes grows with the square of a chain of them."""

BUILT_IN = {
    "population": "people registered (or resident), per area",
    "baseline": "recurrent funding today, £, per area",
    "weighted_population": "population weighted by need, per area",
    "need_index": "need per head, average 1, per area",
    "target": "fair share of today's total, £, per area",
    "distance": "(baseline - target) / target, per area",
    "fair_share": "share of the pot being allocated, £, per area",
    "budget": "the whole pot, £",
    "new_money": "the pot less all baselines, £",
    "growth": "new money as a share of all baselines",
    "money_left": "what is left once floors are met, £ (in the amount of a tranche)",
    "year": "the year in which the scenario's date falls",
}
"""The names the engine gives a meaning to; documents may not use them for anything else."""

PASSES_OVER = AGGREGATES | {"greatest", "least", "over"}
"""What would pass over a missing value in silence."""

_APART = (",", "partition", "order", "by", "asc", "desc", "distinct")
"""What separates expressions in a bracket."""


class Call(NamedTuple):
    """A function that passes over missing values, and an expression it looks at."""

    function: str
    argument: Expression


@dataclass(frozen=True)
class Expression:
    """A parsed expression."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names it uses, each once, in order."""
        return tuple(dict.fromkeys(token.text for token in self.tokens if token.kind == "name"))

    @property
    def calls(self) -> Iterator[Call]:
        """Everything in it that is looked at by a function that passes over missing values."""
        for at, (before, token) in enumerate(pairwise(self.tokens)):
            if before.kind != "name" and before.text.lower() in PASSES_OVER and token.is_word("("):
                for argument in _arguments(self, at + 2):
                    if any(each.kind == "name" for each in argument.tokens):
                        yield Call(before.text.lower(), argument)

    @property
    def is_plain(self) -> bool:
        """Whether it looks at areas one by one, if at all."""
        return not any(token.text.lower() in AGGREGATES for token in self.tokens)

    def offset_of(self, name: str) -> int:
        """Where a name is first used, in characters from the beginning."""
        return next((token.offset for token in self.tokens if token[:2] == ("name", name)), 0)

    def to_polars(self, constants: Mapping[str, float | str], *, guarded: bool = True) -> pl.Expr:
        """Turn it into a polars expression, with constants as literals.

        Args:
            constants: the values of names that are constants.
            guarded: whether a division by nought has no value. Else it is infinite or not a number, and
                polars holds that 0 / 0 is more than any number.

        Raises:
            ValueError: it is not a scalar expression; says why.
        """
        import polars as pl
        from polars.exceptions import PanicException, PolarsError

        pieces = [_as_sql(token, constants) for token in self.tokens]
        sql = " ".join(_guarded(pieces, self.tokens) if guarded else pieces)
        try:
            return pl.sql_expr(sql)
        except (PolarsError, PanicException) as error:
            raise ValueError(_plainly(error)) from None


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Cut an expression into tokens, and check their order.

    Raises:
        Misread: what is wrong, and at which character.
    """
    if not text.strip():
        raise Misread("the expression is empty; write an amount in £ or a condition", 0)
    if len(text) > MOST_CHARACTERS:
        raise Misread(f"the expression is longer than {MOST_CHARACTERS:,} characters; name its parts", 0)
    tokens = tuple(tokens_of(text))
    check_brackets(tokens)
    check_order(text, tokens)
    if len(tokens) > MOST_TOKENS:
        what = f"the expression has more than {MOST_TOKENS} words, numbers and signs; name its parts"
        raise Misread(what, tokens[MOST_TOKENS].offset)
    return Expression(text, tokens)


def _arguments(expression: Expression, begin: int) -> Iterator[Expression]:
    """The expressions that stand apart in a bracket, of which `begin` is the first token."""
    depth, at, tokens = 0, begin, expression.tokens
    while depth >= 0:
        depth += tokens[at].is_word("(") - tokens[at].is_word(")")
        if depth < 0 or (depth == 0 and tokens[at].is_word(*_APART)):
            if at > begin:
                text = expression.text[tokens[begin].offset : tokens[at].offset].strip()
                yield Expression(text, tokens[begin:at])
            begin = at + 1
        at += 1


def _as_sql(token: Token, constants: Mapping[str, float | str]) -> str:
    if token.kind != "name":
        return token.text
    if token.text not in constants:
        return '"' + token.text.replace('"', '""') + '"'
    value = constants[token.text]
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else f"({literal(float(value))})"


def _guarded(pieces: list[str], tokens: tuple[Token, ...]) -> list[str]:
    """The pieces with every divisor x made ``nullif(x, 0)``."""
    pieces = list(pieces)
    for at, token in enumerate(tokens):
        if token.is_word("/", "%"):
            end = _end_of_factor(tokens, at + 1)
            pieces[at + 1] = f"nullif({pieces[at + 1]}"
            pieces[end] = f"{pieces[end]}, 0)"
    return pieces


def _end_of_factor(tokens: tuple[Token, ...], at: int) -> int:
    """Where what begins at a token ends: a signed name or number, a bracket, a call, a case."""
    while tokens[at].is_word("+", "-"):
        at += 1
    begins_call = tokens[at].kind == "function"
    at = _end_of_group(tokens, at + begins_call)
    if tokens[at + 1 : at + 2] and tokens[at + 1].is_word("over"):
        at = _end_of_group(tokens, at + 2)
    return at


def _end_of_group(tokens: tuple[Token, ...], at: int) -> int:
    depth = int(tokens[at].is_word("(", "case"))
    while depth and at + 1 < len(tokens):  # a case may lack its end, which polars refuses
        at += 1
        depth += tokens[at].is_word("(", "case") - tokens[at].is_word(")", "end")
    return at


def _plainly(error: BaseException) -> str:
    reason = first_line(error, "it cannot be read")
    if "unable to parse" in reason or "invalid expression" in reason:
        return "this is not an expression; check its operators and commas"
    return reason


def as_name(column: str) -> str:
    """A column's name as an expression: in double quotes unless it is a plain word."""
    plain = re.fullmatch(r"[^\W\d]\w*", column) and column.lower() not in {*KEYWORDS, "select", "exists"}
    return column if plain else '"' + column.replace('"', '""') + '"'


def shown(expression: str) -> str:
    """An expression for a message: on one line, and not too long for it."""
    line = " ".join(str(expression).split())
    return f"'{line}'" if len(line) <= 100 else f"'{line[:97]}...'"


def check_names(
    expression: str, known: Iterable[str], later: Mapping[str, str], constants: Mapping[str, float | str]
) -> list[Problem]:
    """Say which names of an expression are unknown, or not known yet at this point of a run.

    Args:
        expression: the text, with its place if it came from a document.
        known: the names that may be used.
        later: names of the rule language that cannot be used here, each with the reason.
        constants: the values of those that are constants.
    """
    parsed, written, known = parse(str(expression)), Written(expression), set(known)
    problems = []
    for name in parsed.names:
        if name in later:
            what, fix = f"'{name}' cannot be used here", later[name]
        elif name not in known:
            what, fix = f"unknown name '{name}'", nearest(name, known)
        else:
            continue
        problems.append(Problem(written.where(parsed.offset_of(name)), what, fix))
    if not problems:
        try:
            parsed.to_polars(constants)
        except ValueError as error:
            what, _, fix = str(error).partition("; ")
            problems.append(Problem(written.where(), f"{shown(expression)}: {what}", fix))
    return problems


def misread(expression: str, error: Misread) -> ExpressionError:
    """The error to raise for an expression that cannot be read."""
    what, _, fix = str(error).partition("; ")
    return ExpressionError([Problem(Written(expression).where(error.offset), what, fix)])
