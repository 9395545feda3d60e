"""The words of the rule language, and expressions cut into them.

An expression is cut into tokens here, so that every message can point at the very character, and so that
only what is documented gets through: names, numbers, text, operators and the functions listed below.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from allocate.errors import nearest
from allocate.money import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterator


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AGGREGATES = _words("sum avg min max count median stddev variance quantile_cont quantile_disc corr")
"""Functions that make one number of many areas."""

FUNCTIONS = AGGREGATES | _words(
    """
    greatest least abs sign round floor ceil sqrt cbrt exp ln log log10 pow power mod coalesce nullif if cast
    lower upper trim length substr left right starts_with ends_with concat
    """
)
"""Every function of the rule language."""

TYPES = _words("double float integer varchar")
"""What a cast can make of a value; elsewhere they are names like any other."""

AFTER_NOT = _words("in like ilike between")
AFTER_VALUE = AFTER_NOT | _words("and or is when then else as over order partition")
"""Words that stand after a value and want another."""

BEFORE_VALUE = {
    "not": None,
    "case": None,
    "when": ("case",),
    "distinct": ("(",),
    "partition": ("(",),
    "order": ("(",),
    "by": ("partition", "order"),
}
"""Words that stand before a value, each with what must stand before it (None: anything)."""

CONSTANTS = _words("null true false")

KEYWORDS = AFTER_VALUE | CONSTANTS | set(BEFORE_VALUE) | {"end", "asc", "desc"}
"""Words that are no names; a column that is called so is written in double quotes."""

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?%?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<word>[^\W\d]\w*)
      | (?P<operator><=|>=|<>|!=|==|\|\||[-+*/%<>=(),])""",
    re.VERBOSE,
)

_INSTEAD = {
    "'": "end the text with another '",
    '"': 'end the name with another "',
    ".": 'write a name that has a dot in it as "a.b", in double quotes',
    "^": "write pow(x, y)",
    "!": "write 'not'",
    "&": "write 'and'",
    "|": "write 'or'",
    "£": "leave it out",
    "×": "write *",
    "÷": "write /",
    "−": "write a plain -",
    "–": "write a plain -",
    "≤": "write <=",
    "≥": "write >=",
    "‘": "write a straight '",
    "’": "write a straight '",
    "“": 'write a straight "',
    "”": 'write a straight "',
}
"""What to write instead of a character that does not belong."""


class Misread(ValueError):
    """An expression cannot be read: the reason, and the offset of the character."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


Kind = Literal["number", "text", "name", "function", "keyword", "operator"]


class Token(NamedTuple):
    """A piece of an expression: its kind, its text (a name without its quotes) and where it begins."""

    kind: Kind
    text: str
    offset: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of some keywords or operators."""
        return self.kind in ("keyword", "operator") and self.text.lower() in words


START = Token("operator", "", 0)
"""What stands before the first token."""


def tokens_of(text: str) -> Iterator[Token]:
    """Cut an expression into tokens.

    Raises:
        Misread: something in it is no part of the rule language, and at which character.
    """
    position, before = 0, START
    while position < len(text):
        match = _TOKEN.match(text, position)
        if text.startswith(("--", "/*"), position):
            raise Misread(
                "comments do not belong in an expression; put them after a # in the document", position
            )
        if match is None:
            what = f"'{text[position]}' does not belong in an expression"
            raise Misread(f"{what}; {_INSTEAD.get(text[position], 'remove it')}", position)
        kind, piece = str(match.lastgroup), match.group()
        if kind != "space":
            before = _token(kind, piece, position, before, text[match.end() :])
            yield before
        position = match.end()


def _token(kind: str, piece: str, position: int, before: Token, rest: str) -> Token:
    if kind == "word":
        if before.is_word("as"):
            return Token("keyword", piece, position)
        return _word(piece, position, called=rest.lstrip().startswith("("))
    if kind == "quoted":
        return Token("name", _not_a_pattern(piece[1:-1].replace('""', '"'), position), position)
    if kind == "number":
        return _number(piece, position)
    return Token("text" if kind == "text" else "operator", piece, position)


def _not_a_pattern(name: str, position: int) -> str:
    """Refuse what polars takes for several columns: ``*``, and a pattern from ``^`` to ``$``."""
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        raise Misread(f"'{name}' would be taken for several columns; give the column another name", position)
    return name


def _word(word: str, position: int, *, called: bool) -> Token:
    lowered = word.lower()
    if lowered in ("select", "exists"):
        raise Misread("subqueries are not part of the rule language; use a named column", position)
    if lowered in KEYWORDS:
        return Token("keyword", word, position)
    if not called:
        return Token("name", word, position)
    if lowered not in FUNCTIONS:
        fix = nearest(word, FUNCTIONS) or f"there are: {', '.join(sorted(FUNCTIONS))}"
        raise Misread(f"there is no function '{word}'; {fix}", position)
    return Token("function", word, position)


def _number(piece: str, position: int) -> Token:
    if piece.endswith("%"):
        return Token("number", literal(float(parse_number(piece))), position)
    digits = piece.replace("_", "").rstrip(".")
    whole = digits.isdigit() and len(digits) <= 15
    return Token("number", digits if whole or "e" in digits.lower() else f"{digits}e0", position)


def literal(value: float) -> str:
    """A number as SQL that means it exactly.

    polars takes 0.05 for a decimal, of which 0.05 / 7 keeps seven places; with an exponent it is a float.
    """
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value)}"
    written = repr(value)
    return written if "e" in written else f"{written}e0"
