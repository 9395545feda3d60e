"""The rule language: SQL scalar expressions over columns.

An expression is cut into tokens here, so that every message can point at the very character, and so that
only what is documented gets through: names, numbers, text, operators and the functions listed below. polars
then parses and computes it. Parameters and other constants are put in as literals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from allocate.documents import Written
from allocate.errors import ExpressionError, Problem, nearest
from allocate.money import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

MOST_CHARACTERS = 2_000
DEEPEST = 40

AGGREGATES = frozenset(
    [
        "sum",
        "avg",
        "min",
        "max",
        "count",
        "median",
        "stddev",
        "variance",
        "quantile_cont",
        "quantile_disc",
        "corr",
    ]
)
"""Functions that make one number of many areas."""

FUNCTIONS = AGGREGATES | frozenset(
    [
        "greatest",
        "least",
        "abs",
        "sign",
        "round",
        "floor",
        "ceil",
        "sqrt",
        "cbrt",
        "exp",
        "ln",
        "log",
        "log10",
        "pow",
        "power",
        "mod",
        "coalesce",
        "nullif",
        "if",
        "cast",
        "lower",
        "upper",
        "trim",
        "length",
        "substr",
        "left",
        "right",
        "starts_with",
        "ends_with",
        "concat",
    ]
)
"""Every function of the rule language."""

KEYWORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "between",
        "case",
        "when",
        "then",
        "else",
        "end",
        "like",
        "ilike",
        "true",
        "false",
        "as",
        "double",
        "float",
        "integer",
        "varchar",
        "over",
        "partition",
        "by",
        "order",
        "asc",
        "desc",
        "distinct",
    ]
)

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?:%(?!\s*[\w(.'"]))?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<word>[^\W\d]\w*)
      | (?P<operator><=|>=|<>|!=|==|\|\||[-+*/%<>=(),])""",
    re.VERBOSE,
)

Kind = Literal["number", "text", "name", "function", "keyword", "operator"]


class Token(NamedTuple):
    """A piece of an expression: its kind, its text (a name without its quotes) and where it begins."""

    kind: Kind
    text: str
    offset: int


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
    def aggregates(self) -> bool:
        """Whether it looks beyond the one area (a sum, an average, a window)."""
        return any(
            (token.kind == "function" and token.text.lower() in AGGREGATES)
            or (token.kind == "keyword" and token.text.lower() == "over")
            for token in self.tokens
        )

    def offset_of(self, name: str) -> int:
        """Where a name is first used, in characters from the beginning."""
        return next((token.offset for token in self.tokens if token[:2] == ("name", name)), 0)

    def to_polars(self, constants: Mapping[str, float | str]) -> pl.Expr:
        """Turn it into a polars expression, with constants as literals.

        Raises:
            ValueError: it is not a scalar expression; says why.
        """
        import polars as pl
        from polars.exceptions import PolarsError

        sql = " ".join(_as_sql(token, constants) for token in self.tokens)
        try:
            expression = pl.sql_expr(sql)
        except PolarsError as error:
            raise ValueError(_plainly(str(error))) from None
        if not expression.meta.undo_aliases().meta.eq(expression):
            raise ValueError("two values stand side by side; put an operator between them")
        return expression


class Misread(ValueError):
    """An expression cannot be read: the reason, and the offset of the character."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Cut an expression into tokens.

    Raises:
        Misread: what is wrong, and at which character.
    """
    if not text.strip():
        raise Misread("the expression is empty; write an amount in £ or a condition", 0)
    if len(text) > MOST_CHARACTERS:
        raise Misread(f"the expression is longer than {MOST_CHARACTERS:,} characters; name its parts", 0)
    tokens = tuple(_tokens(text))
    _check_brackets(tokens)
    return Expression(text, tokens)


def _tokens(text: str) -> Iterable[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or text.startswith(("--", "/*"), position):
            raise Misread(f"'{text[position]}' does not belong in an expression; remove it", position)
        kind, piece = str(match.lastgroup), match.group()
        if kind == "word":
            yield _word(text, piece, position)
        elif kind == "quoted":
            yield Token("name", piece[1:-1].replace('""', '"'), position)
        elif kind == "number":
            yield _number(piece, position)
        elif kind != "space":
            yield Token("text" if kind == "text" else "operator", piece, position)
        position = match.end()


def _word(text: str, word: str, position: int) -> Token:
    lowered = word.lower()
    if lowered in KEYWORDS:
        return Token("keyword", word, position)
    if not text[position + len(word) :].lstrip().startswith("("):
        return Token("name", word, position)
    if lowered in ("select", "exists"):
        raise Misread("subqueries are not part of the rule language; use a named column", position)
    if lowered not in FUNCTIONS:
        raise Misread(
            f"there is no function '{word}'; {nearest(word, FUNCTIONS) or 'see the docs'}", position
        )
    return Token("function", word, position)


def _number(piece: str, position: int) -> Token:
    if piece.endswith("%"):
        return Token("number", f"{float(parse_number(piece))!r}", position)
    return Token("number", piece.replace("_", ""), position)


def _check_brackets(tokens: tuple[Token, ...]) -> None:
    opened: list[Token] = []
    for token in tokens:
        if token.kind == "name" and token.text.lower() == "select":
            raise Misread("subqueries are not part of the rule language; use a named column", token.offset)
        if token.kind == "operator" and token.text == "(":
            opened.append(token)
            if len(opened) > DEEPEST:
                raise Misread(f"brackets are nested more than {DEEPEST} deep; name its parts", token.offset)
        elif token.kind == "operator" and token.text == ")":
            if not opened:
                raise Misread("this bracket closes nothing; remove it", token.offset)
            opened.pop()
    if opened:
        raise Misread("this bracket is never closed; add ')'", opened[-1].offset)


def _as_sql(token: Token, constants: Mapping[str, float | str]) -> str:
    if token.kind != "name":
        return token.text
    if token.text not in constants:
        return '"' + token.text.replace('"', '""') + '"'
    value = constants[token.text]
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else f"({float(value)!r})"


def _plainly(message: str) -> str:
    reason = message.strip().splitlines()[0] if message.strip() else "it cannot be read"
    if "unable to parse" in reason or "invalid expression" in reason:
        return "this is not an expression; check its operators and commas"
    return reason


def check_names(expression: str, known: Iterable[str], later: Mapping[str, str]) -> list[Problem]:
    """Say which names of an expression are unknown, or not known yet at this point of a run.

    Args:
        expression: the text, with its place if it came from a document.
        known: the names that may be used.
        later: names of the rule language that cannot be used here, each with the reason.
    """
    parsed, written, known = parse(str(expression)), Written(expression), set(known)
    problems = []
    for name in parsed.names:
        where = written.where(parsed.offset_of(name))
        if name in later:
            problems.append(Problem(where, f"'{name}' cannot be used here", later[name]))
        elif name not in known:
            problems.append(Problem(where, f"unknown name '{name}'", nearest(name, known)))
    if not problems:
        try:
            parsed.to_polars(dict.fromkeys(known - set(parsed.names), 0.0))
        except ValueError as error:
            what, _, fix = str(error).partition("; ")
            problems.append(Problem(written.where(), f"'{parsed.text}': {what}", fix))
    return problems


def misread(expression: str, error: Misread) -> ExpressionError:
    """The error to raise for an expression that cannot be read."""
    what, _, fix = str(error).partition("; ")
    return ExpressionError([Problem(Written(expression).where(error.offset), what, fix)])
