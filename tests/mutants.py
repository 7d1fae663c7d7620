"""Small changes to a piece of code, one at a time: what a judge of answers has to notice.

An operator, a comparison, a constant, an axis, a keyword, a call, an argument's place, a branch or
a statement is exchanged or dropped.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
COMPARISONS = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
CALLS = {
    "abs": "negative",
    "argmax": "argmin",
    "argmin": "argmax",
    "ceil": "floor",
    "cumsum": "cumprod",
    "exp": "exp2",
    "expm1": "exp",
    "floor": "ceil",
    "heappop": "heappushpop",
    "log": "log2",
    "log1p": "log",
    "log2": "log",
    "log_softmax": "softmax",
    "max": "min",
    "maximum": "minimum",
    "mean": "sum",
    "min": "max",
    "minimum": "maximum",
    "ones": "zeros",
    "prod": "sum",
    "softmax": "log_softmax",
    "sum": "mean",
    "zeros": "ones",
}


@dataclass(frozen=True)
class Mutant:
    """Changed code, and what was changed: "z >= 0 -> z > 0", numbered if it stands there twice."""

    what: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of a function, a class or a few statements, in the order of the text.

    Docstrings, decorators and the names that are defined stay as they are.
    """
    found: dict[str, str] = {}
    seen = {ast.unparse(ast.parse(source))}
    count = sum(1 for _ in ast.walk(ast.parse(source)))
    for number in range(count):
        for change in range(len(_changes(_nth(ast.parse(source), number)))):
            tree = ast.parse(source)
            node = _nth(tree, number)
            before = _short(node)
            make = _changes(node)[change]
            parent = _parent(tree, node)
            after = make(node)
            _put(parent, node, after)
            try:
                text = ast.unparse(ast.fix_missing_locations(tree))
                compile(text, "mutant", "exec")
            except (SyntaxError, ValueError):
                continue
            if text in seen:
                continue
            seen.add(text)
            what = f"{before} -> {_short(after) if after is not None else 'nothing'}"
            same = sum(1 for known in found if known.partition(" #")[0] == what)
            found[f"{what} #{same + 1}" if same else what] = text
    return [Mutant(what, text) for what, text in found.items()]


def _changes(node: ast.AST) -> list:
    """What may be done to a node: functions from it to what stands there then; None: nothing."""
    made = []
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        made.append(lambda n: ast.BinOp(n.left, OPERATORS[type(n.op)](), n.right))
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            made.append(lambda n: n.left)
            made.append(lambda n: n.right)
        if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
            made.append(lambda n: ast.BinOp(n.right, n.op, n.left))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        made.append(lambda n: n.operand)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            made.append(lambda n, other=other: ast.Compare(n.left, [other()], n.comparators))
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        made.append(lambda n: ast.BoolOp(other(), n.values))
    elif isinstance(node, ast.Constant):
        made += [lambda n, v=v: ast.Constant(v) for v in _other_values(node.value)]
    elif isinstance(node, ast.Call):
        made += _other_calls(node)
    elif isinstance(node, ast.IfExp):
        made += [lambda n: n.body, lambda n: n.orelse]
    elif isinstance(node, ast.If):
        made.append(lambda n: ast.If(ast.Constant(True), n.body, n.orelse))
        made.append(lambda n: ast.If(ast.Constant(False), n.body, n.orelse))
    elif isinstance(node, ast.AugAssign):
        made.append(lambda n: ast.Pass())
        if type(node.op) in OPERATORS:
            made.append(lambda n: ast.AugAssign(n.target, OPERATORS[type(n.op)](), n.value))
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript | ast.Name):
        made.append(lambda n: ast.Pass())
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        made.append(lambda n: n.value)
    return made


def _other_values(value: object) -> list:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [2 * value, value / 2] if value else [1.0]
    if isinstance(value, str) and value in ("0", "1", ""):
        return [{"0": "1", "1": "0", "": "0"}[value]]
    return []


def _other_calls(node: ast.Call) -> list:
    made = []
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name in CALLS:
        made.append(_renamed(CALLS[name]))
    if node.args and name not in ("append", "range", "enumerate", "zip", "len"):
        made.append(lambda n: n.args[0])
    if isinstance(node.func, ast.Attribute) and not node.args and name != "copy":
        made.append(lambda n: n.func.value)
    if len(node.args) >= 2:
        made.append(lambda n: ast.Call(n.func, [n.args[1], n.args[0], *n.args[2:]], n.keywords))
    if len(node.args) == 3 and name == "where":
        made += [lambda n: n.args[1], lambda n: n.args[2]]
    for index, keyword in enumerate(node.keywords):
        rest = node.keywords[:index] + node.keywords[index + 1 :]
        made.append(lambda n, rest=rest: ast.Call(n.func, n.args, copy.deepcopy(rest)))
        if keyword.arg in ("axis", "dim"):
            axis = ast.keyword(keyword.arg, ast.Constant(0))
            made.append(lambda n, rest=rest, axis=axis: ast.Call(n.func, n.args, [axis, *rest]))
    return made


def _renamed(name: str):
    def make(node: ast.Call) -> ast.Call:
        if isinstance(node.func, ast.Attribute):
            return ast.Call(ast.Attribute(node.func.value, name, ast.Load()), *_inputs(node))
        return ast.Call(ast.Name(name, ast.Load()), *_inputs(node))

    return make


def _inputs(node: ast.Call) -> tuple[list, list]:
    return node.args, node.keywords


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that may be changed, in the order of the text."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.expr) and child in getattr(tree, "decorator_list", ()):
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.arguments):
            continue
        yield child
        yield from _nodes(child)


def _nth(tree: ast.AST, number: int) -> ast.AST | None:
    for index, node in enumerate(_nodes(tree)):
        if index == number:
            return node
    return None


def _parent(tree: ast.AST, node: ast.AST) -> ast.AST:
    return next(p for p in ast.walk(tree) if any(c is node for c in ast.iter_child_nodes(p)))


def _put(parent: ast.AST, node: ast.AST, after: ast.AST | None) -> None:
    for name, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, name, after)
        elif isinstance(value, list):
            setattr(parent, name, [after if each is node else each for each in value])


def _short(node: ast.AST | None) -> str:
    """A node in one line; of a compound statement the first line."""
    if isinstance(node, ast.Pass):
        return "nothing"
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).partition("\n")[0]
