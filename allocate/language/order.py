"""The order in which the words of the rule language may stand."""

from __future__ import annotations

from itertools import pairwise

from allocate.language.grammar import (
    AFTER_NOT,
    AFTER_VALUE,
    BEFORE_VALUE,
    CONSTANTS,
    START,
    TYPES,
    Misread,
    Token,
)

DEEPEST = 40
"""Levels of brackets; far fewer than polars can compute."""


def check_brackets(tokens: tuple[Token, ...]) -> None:
    """Check that brackets match, and that they hold what they may.

    Raises:
        Misread: what is wrong, and at which character.
    """
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


def check_order(text: str, tokens: tuple[Token, ...]) -> None:
    """Check that values and operators take turns.

    Raises:
        Misread: what is wrong, and at which character.
    """
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
