"""The words of the rule language and the order they may stand in.

An expression is cut into tokens here, so that every message can point at the very character, and so that
only what is documented gets through: names, numbers, text, operators and the functions listed below.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from allocate.errors import nearest
from allocate.money import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 40
"""Levels of brackets; far fewer than polars can compute."""


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


class Misread(ValueError):
    """An expression cannot be read: the reason, and the offset of the character."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


def tokens_of(text: str) -> tuple[Token, ...]:
    """Cut an expression into tokens and check their order.

    Raises:
        Misread: what is wrong, and at which character.
    """
    tokens = tuple(_tokens(text))
    _check_brackets(tokens)
    _check_order(text, tokens)
    return tokens


def _tokens(text: str) -> Iterator[Token]:
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


def _check_brackets(tokens: tuple[Token, ...]) -> None:
    opened: list[tuple[Token, Token]] = []
    for before, token in pairwise((START, *tokens)):
        _check_inside(opened[-1][0].text.lower() if opened else "", before, token)
        if token.is_word("("):
            opened.append((before, token))
            if len(opened) > DEEPEST:
                raise Misread(f"brackets are nested more than {DEEPEST} deep; name its parts", token.offset)
        elif token.is_word(")"):
            if not opened:
                raise Misread("this bracket closes nothing; remove it", token.offset)
            opened.pop()
    if opened:
        raise Misread("this bracket is never closed; add ')'", opened[-1][1].offset)


def _check_inside(owner: str, before: Token, token: Token) -> None:
    """Check what only some brackets may hold; `owner` is the word before the bracket."""
    if before.is_word("(") and token.is_word(")") and owner != "over":
        raise Misread("nothing stands in these brackets; give a value", before.offset)
    if before.is_word("(") and token.is_word("*") and owner != "count":
        raise Misread("a value is missing before '*'; write it", token.offset)
    if token.is_word("as") and owner != "cast":
        what = "'as' belongs in cast(... as double): values get no names here"
        raise Misread(f"{what}; remove it", token.offset)


def _check_order(text: str, tokens: tuple[Token, ...]) -> None:
    """Check that values and operators take turns."""
    had_value = False
    for before, token in pairwise((START, *tokens)):
        had_value = _after_value(text, before, token) if had_value else _before_value(before, token)
    if not had_value or tokens[-1].is_word("not"):
        raise Misread(f"a value is missing after '{tokens[-1].text}'; write it", tokens[-1].offset)


def _before_value(before: Token, token: Token) -> bool:
    """Check a token where a value is wanted; say whether a value ends with it."""
    word = token.text.lower()
    if token.kind in ("number", "text", "name") or token.is_word(*CONSTANTS):
        return True
    if token.kind == "function" or token.is_word("(", "+", "-"):
        return False
    if before.is_word("as"):
        if word not in TYPES:
            types = ", ".join(sorted(TYPES))
            raise Misread(f"there is no type '{token.text}'; there are: {types}", token.offset)
        return True
    if token.kind == "keyword":
        wanted = BEFORE_VALUE.get(word, ())
        if wanted is None or before.is_word(*wanted):
            return False
        what = f"'{token.text}' is a word of the rule language and stands where a value should"
        fix = f'write a column or parameter of that name as "{token.text}", in double quotes'
        raise Misread(f"{what}; {fix}", token.offset)
    if before.is_word("(") and token.text in ("*", ")"):
        return True
    raise Misread(f"a value is missing before '{token.text}'; write it", token.offset)


def _after_value(text: str, before: Token, token: Token) -> bool:
    """Check a token after a value; say whether it leaves a value behind."""
    if before.is_word("not") and not token.is_word(*AFTER_NOT):
        raise Misread("'not' here wants 'in', 'like' or 'between' after it; write one", before.offset)
    if token.kind == "operator" and token.text != "(":
        return token.text == ")"
    if token.is_word("not", "end", "asc", "desc"):
        return True
    if token.is_word(*AFTER_VALUE):
        return False
    written = text[before.offset : token.offset].strip()
    if before.kind == "number" and written.endswith("%"):
        fix = f"write '{written} * …', or 'mod({written[:-1]}, …)' for the remainder of a division"
        raise Misread(f"'{written}' is a share and a value follows it; {fix}", token.offset)
    raise Misread("two values stand side by side; put an operator between them", token.offset)
