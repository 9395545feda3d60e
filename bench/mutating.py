"""Python files with one thing made wrong: a comparison, an operation, a number, a condition, a call.

Texts are not changed, nor types, imports, decorators and what raises errors: what messages say is tested
elsewhere, by reading them. Two kinds of change that mean the same are not made: of what only decides how
fast an answer is found (`ONLY_SPEED`), and of ``<`` to ``<=`` where something is compared with a tolerance,
since being exactly that far off is no case of its own; such a comparison is turned round instead.
"""

from __future__ import annotations

import ast
import copy
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
TOLERANCE = re.compile(
    r"\b(A_PENNY|HALF_A_PENNY|PRICED|FEASIBLE|NOISE|REACHED|CLOSE|SAME|WHOLE|NEAR|noise|slack)\b"
)
ONLY_SPEED = (
    *("first_guess", "_even", "middle", "_others_level_up", "_worth_ranking", "_is_sparse"),
    *("BLOCK", "MOST_STEPS", "MOST_LOOKED_AT", "THIN"),
)
"""Levels to start from, where a bracket is cut, totals checked before they are taken, which of two ways sorts
faster, numbers worked on at a time, ends of loops."""

OPERATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLED = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "argmin": "argmax",
    "argmax": "argmin",
    "sum": "max",
}


class Mutant(NamedTuple):
    """One thing changed in a file."""

    path: Path
    line: int
    begins: int
    """The first line of the function it is in; 0 outside of functions."""
    what: str
    source: str


def places(root: Path, path: Path) -> list[tuple[Path, int]]:
    """Every place of a file of the project at `root` where something can be changed."""
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    return [(path, at) for at, node in enumerate(_computing(tree)) if _changed(copy.deepcopy(node))]


def mutant_at(root: Path, path: Path, at: int) -> Mutant:
    """A file with one thing changed."""
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    node = next(islice(_computing(tree), at, None))
    before, begins = ast.unparse(node).splitlines()[0], _begins(tree, node.lineno)
    what = f"{_changed(node)}: {before}"
    return Mutant(path, node.lineno, begins, what, ast.unparse(ast.fix_missing_locations(tree)))


def _begins(tree: ast.AST, line: int) -> int:
    """Where the innermost function around a line begins, its decorators included, as Python counts it."""
    around = [
        min([each.lineno, *(decorator.lineno for decorator in each.decorator_list)])
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef) and each.lineno <= line <= (each.end_lineno or 0)
    ]
    return max(around, default=0)


def _computing(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """What a program does when it runs."""
    for node in ast.iter_child_nodes(tree):
        if _is_left_alone(node):
            continue
        inner = node
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            inner = ast.Module(node.body, [])
        elif isinstance(node, ast.AnnAssign):
            inner = ast.Expression(node.value)  # type: ignore[arg-type]
        elif isinstance(node, (ast.expr, ast.stmt)):
            yield node
        yield from _computing(inner)


def _is_left_alone(node: ast.AST) -> bool:
    """Whether it is of types or texts, raises errors, or only affects speed."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Raise() | ast.JoinedStr() | ast.Assert():
            return True
        case ast.keyword(arg="strict"):  # of zip: an assertion
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Expr(value=ast.Constant()):
            return True
        case ast.AnnAssign(value=None):
            return True
        case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
            return name in ONLY_SPEED
        case _:
            return False


def _changed(node: ast.AST) -> str | None:
    """Change a node and say what was changed; None if there is nothing to change."""
    match node:
        case ast.Compare(ops=[first, *rest]) if type(first) in COMPARED:
            turned = TURNED if TOLERANCE.search(ast.unparse(node)) else {}
            node.ops = [(COMPARED | turned)[type(first)](), *rest]
            return "comparison"
        case ast.BinOp(op=operation) | ast.AugAssign(op=operation) if type(operation) in OPERATED:
            node.op = OPERATED[type(operation)]()
            return "operation"
        case ast.BoolOp(op=operation):
            node.op = ast.Or() if isinstance(operation, ast.And) else ast.And()
            return "and, or"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            node.test = ast.UnaryOp(ast.Not(), test)
            return "condition"
        case ast.Call(func=ast.Name() | ast.Attribute()):
            return _called_otherwise(node.func)
        case _:
            return _valued_otherwise(node)


def _called_otherwise(called: ast.Name | ast.Attribute) -> str | None:
    key = "id" if isinstance(called, ast.Name) else "attr"
    if getattr(called, key) not in CALLED:
        return None
    setattr(called, key, CALLED[getattr(called, key)])
    return "call"


def _valued_otherwise(node: ast.AST) -> str | None:
    match node:
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            node.op = ast.Not() if isinstance(node.op, ast.Not) else ast.UAdd()
            node.operand = ast.UnaryOp(ast.Not(), operand) if isinstance(node.op, ast.Not) else operand
            return "sign"
        case ast.Constant(value=bool(value)):
            node.value = not value
            return "truth"
        case ast.Constant(value=int(value) | float(value)):
            node.value = value + 1
            return "number"
        case ast.Expr(value=ast.Call()):
            node.value = ast.Constant(None)
            return "left out"
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            node.value = ast.Constant(None)
            return "nothing returned"
        case _:
            return None
