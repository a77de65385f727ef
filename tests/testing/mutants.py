"""Slips that people make in a backward, made in its source by machine.

Each kind of slip is a rule: for a node of the syntax tree it gives the nodes that may stand there
instead. A mutant differs from the function in one node.
"""

from __future__ import annotations

import ast
import copy
import inspect
import operator
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

GIVEN = {"grad", "x", "y", "output", "target", "normal", "inverse", "mask"}
"""The arrays that a backward is handed or finds on the tape, by the names that ours give them."""


@dataclass(frozen=True)
class Mutant:
    """A function with one slip; `where` is the line as it was and as it is."""

    kind: str
    where: str
    function: FunctionType


def mutants(function: FunctionType) -> Iterator[Mutant]:
    """Every mutant of a function, in the order of its syntax tree."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    before = ast.unparse(tree)
    seen = {before}
    for place, node in enumerate(ast.walk(tree)):
        for kind, rule in RULES.items():
            for choice in range(len(rule(node))):
                twin = copy.deepcopy(tree)
                old = list(ast.walk(twin))[place]
                after = ast.unparse(_Swap(old, rule(old)[choice]).visit(twin))
                if after not in seen:
                    seen.add(after)
                    where = f"{function.__qualname__}: {_difference(before, after)}"
                    yield Mutant(kind, where, _compiled(function, after))


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


def _difference(before: str, after: str) -> str:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    old, new = next((a.strip(), b.strip()) for a, b in pairs if a != b)
    return f"{old} → {new}"


def _compiled(function: FunctionType, source: str) -> FunctionType:
    """The function from another source, in a copy of its module's names."""
    names = {**vars(sys.modules[function.__module__]), "np": np, "operator": operator}
    code = compile(source, "<mutant>", "exec", annotations.compiler_flag, dont_inherit=True)
    exec(code, names)  # noqa: S102
    made: FunctionType = names[function.__name__]
    return made


# The rules.


def factor(node: Any) -> list[Any]:
    """A gradient doubled, a term doubled, a constant factor forgotten."""
    found = _gradients(node, _double)
    match node:
        case ast.BinOp(left, ast.Mult(), right):
            found += [b for a, b in ((left, right), (right, left)) if _is_constant(a)]
        case ast.BinOp(left, ast.Div(), right) if _is_constant(right):
            found.append(left)
        case ast.AugAssign(_, ast.Mult() | ast.Div(), value) if _is_constant(value):
            found.append(_with(node, value=ast.Constant(1)))
        case ast.AugAssign(_, ast.Mult() | ast.Div() | ast.Add() | ast.Sub(), value):
            found.append(_with(node, value=_double(value)))
    return found


def sign(node: Any) -> list[Any]:
    """A gradient negated, + for − and − for +, a minus forgotten."""
    found = _gradients(node, lambda each: ast.UnaryOp(ast.USub(), each))
    match node:
        case ast.BinOp(op=ast.Add()) | ast.AugAssign(op=ast.Add()) if _of_arrays(node):
            found.append(_with(node, op=ast.Sub()))
        case ast.BinOp(op=ast.Sub()) | ast.AugAssign(op=ast.Sub()) if _of_arrays(node):
            found.append(_with(node, op=ast.Add()))
        case ast.UnaryOp(ast.USub(), operand) if not isinstance(operand, ast.Constant):
            found.append(operand)
        case ast.Call(ast.Attribute(numpy, "subtract")):
            found.append(_with(node, func=ast.Attribute(numpy, "add")))
    return found


def missing_sum(node: Any) -> list[Any]:
    """What should be added up left as it is; of a product over the batch, one sample alone."""
    match node:
        case ast.Call(ast.Name("row_sum" | "column_sums" | "_mean"), [array]):
            return [array]
        case ast.Call(ast.Name("sum_over"), [array, _]) | ast.Call(
            ast.Attribute(_, "reduce"), [array]
        ):
            return [array]
        case ast.Call(ast.Attribute(array, "sum" | "mean")):
            return [array]
        case ast.Call(ast.Name("Product"), [left, right]):
            return [_with(node, args=[_part(left, ":, -1:"), _part(right, "-1:")])]
        case ast.Call(ast.Name("Rows"), [index, values, shape]):
            return [_with(node, args=[_part(index, "-1:"), _part(values, "-1:"), shape])]
        case ast.Call(ast.Attribute(_, "at"), [array, index, values]):
            last = ast.BinOp(ast.Subscript(array, index), ast.Add(), values)
            return [_call("operator.setitem", array, index, last)]
    return []


def transpose(node: Any) -> list[Any]:
    """A .T forgotten, or one too many."""
    found = _gradients(node, _turned)
    match node:
        case ast.Attribute(array, "T") | ast.Call(ast.Attribute(array, "transpose")):
            found.append(array)
        case ast.Call(ast.Name("product" | "Product"), [left, right]):
            found += [_with(node, args=[_turned(left), right])]
            found += [_with(node, args=[left, _turned(right)])]
        case ast.BinOp(left, ast.Mult() | ast.MatMult(), right):
            found += [] if _is_constant(left) else [_with(node, left=_turned(left))]
            found += [] if _is_constant(right) else [_with(node, right=_turned(right))]
    return found


def wrong_axis(node: Any) -> list[Any]:
    """A sum, or whatever has an axis, along another one."""
    match node:
        case ast.Call(ast.Name("row_sum"), [array]):
            return [_expression(f"np.sum({ast.unparse(array)}, axis=0, keepdims=True)")]
        case ast.Call(ast.Name("column_sums"), [array]):
            return [_expression(f"np.sum({ast.unparse(array)}, axis=-1)")]
        case ast.Call(ast.Name("sum_over"), [array, ast.Tuple([ast.Constant(0)])]):
            return [_expression(f"sum_over({ast.unparse(array)}, (-1,))")]
        case ast.keyword("axis", value):
            others = {"0", "1", "-1"} - {ast.unparse(value)}
            return [_with(node, value=_expression(each)) for each in sorted(others)]
        case ast.Call(ast.Name("range"), [_]) if not _of_arrays(node):
            return [_expression("range(1, grad.ndim)")]
    return []


def in_place(node: Any) -> list[Any]:
    """A result written over what it is made from."""
    match node:
        case ast.BinOp(left, op, right) if type(op) in _WRITES and _of_arrays(node):
            sides = [(left, right)]
            if isinstance(op, ast.Add | ast.Mult):
                sides.append((right, left))
            return [_call(_WRITES[type(op)], a, b) for a, b in sides if _is_given(a)]
        case ast.Call(_, args, [ast.keyword("out")]):
            return [
                _with(node, keywords=[ast.keyword("out", each)]) for each in args if _is_given(each)
            ]
    return _gradients(node, lambda each: _call("operator.imul", each, ast.Constant(2)), _is_given)


RULES: dict[str, Callable[[Any], list[Any]]] = {
    "factor": factor,
    "sign": sign,
    "missing sum": missing_sum,
    "transpose": transpose,
    "wrong axis": wrong_axis,
    "in-place write": in_place,
}

_WRITES: dict[type[ast.operator], str] = {
    ast.Add: "operator.iadd",
    ast.Sub: "operator.isub",
    ast.Mult: "operator.imul",
    ast.Div: "operator.itruediv",
}


# Where the gradients are, and what else an expression is.


def _gradients(
    node: Any,
    change: Callable[[Any], Any],
    which: Callable[[Any], bool] = lambda each: True,
) -> list[Any]:
    """The node with a gradient changed that it returns, or gives under a name."""
    match node:
        case ast.Return(value) if value is not None:
            return [_with(node, value=each) for each in _changed(value, change, which)]
        case ast.Assign([ast.Subscript()], value):
            return [_with(node, value=each) for each in _changed(value, change, which)]
        case ast.Dict(_, values):
            return [
                _with(node, values=[*values[:n], each, *values[n + 1 :]])
                for n, value in enumerate(values)
                for each in _changed(value, change, which)
            ]
        case ast.DictComp(_, value):
            array = _call("np.asarray", value)
            return [_with(node, value=each) for each in _changed(array, change, which)]
        case ast.Call(ast.Name("Product"), [left, right]):
            return [_with(node, args=[each, right]) for each in _changed(left, change, which)]
        case ast.Call(ast.Name("Rows"), [index, values, shape]):
            changed = _changed(values, change, which)
            return [_with(node, args=[index, each, shape]) for each in changed]
    return []


def _changed(value: Any, change: Callable[[Any], Any], which: Callable[[Any], bool]) -> list[Any]:
    """A gradient changed; of a tuple it is the first part, of a condition either."""
    match value:
        case ast.Tuple([first, *rest]):
            return [_with(value, elts=[each, *rest]) for each in _changed(first, change, which)]
        case ast.IfExp(_, body, orelse):
            found = [_with(value, body=each) for each in _changed(body, change, which)]
            return found + [_with(value, orelse=each) for each in _changed(orelse, change, which)]
        case ast.Constant() | ast.Name("rows") | ast.Call(ast.Name("Product" | "Rows")):
            return []
    return [change(value)] if which(value) else []


def _is_given(node: Any) -> bool:
    """Whether an expression is an array that backward did not make, or a view of it."""
    match node:
        case ast.Call(ast.Attribute(array, "reshape")):
            return _is_given(array)
        case ast.Subscript(ast.Attribute(ast.Name("self"), "params")):
            return True
    return isinstance(node, ast.Name) and node.id in GIVEN


def _is_constant(node: Any) -> bool:
    """Whether an expression holds no array: literals, a spec's fields, counts, named constants."""
    match node:
        case ast.Constant() | ast.Name("n") | ast.Call(ast.Name("sqrt" | "log" | "prod")):
            return True
        case ast.Name(name):
            return name.isupper()
        case ast.Attribute(ast.Name("self") | ast.Attribute(ast.Name("self"), "spec")):
            return True
        case ast.UnaryOp(_, operand):
            return _is_constant(operand)
        case ast.BinOp(left, _, right):
            return _is_constant(left) and _is_constant(right)
    return False


def _of_arrays(node: Any) -> bool:
    """Whether it calculates with arrays, not with numbers that count axes."""
    return "ndim" not in ast.unparse(node)


# Small trees.


def _with(node: Any, **fields: Any) -> Any:
    """A shallow copy with other fields."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _expression(source: str) -> Any:
    return ast.parse(source, mode="eval").body


def _call(name: str, *arguments: Any) -> Any:
    return ast.Call(_expression(name), list(arguments), [])


def _double(node: Any) -> Any:
    return ast.BinOp(ast.Constant(2), ast.Mult(), node)


def _turned(node: Any) -> Any:
    match node:
        case ast.Attribute(array, "T"):
            return array
    return ast.Attribute(node, "T")


def _part(node: Any, index: str) -> Any:
    return ast.Subscript(node, _expression(f"_[{index}]").slice)
