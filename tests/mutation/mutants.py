"""Every small wrong version of a module: one condition turned round, one state left out, one operator exchanged.

The usual tools change functions alone; here the rules are mostly tables, so entries of sets and tables go too.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Sub: ast.Add,
    ast.Add: ast.Sub,
}
Change = tuple[Callable[[], None], Callable[[], None]]  # what makes it, and what takes it back


@dataclass(frozen=True)
class Mutant:
    """`was` and `now` are the smallest whole statement around the change, in one line each."""

    line: int
    was: str
    now: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """The same source gives the same ones in the same order."""
    tree = ast.parse(source)
    members = sorted({(node.value.id, node.attr) for node in ast.walk(tree) if _is_member(node)})
    for statement in _statements(tree):
        was = ast.unparse(statement)
        for node in list(_own(statement)):
            for change, undo in [*_changes(node), *_other_member(node, members)]:
                change()
                yield Mutant(statement.lineno, was, ast.unparse(statement), ast.unparse(tree))
                undo()


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        told = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # a docstring
        if isinstance(node, ast.stmt) and not (told or isinstance(node, ast.Import | ast.ImportFrom)):
            yield node


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """What stands in the statement itself: not in the statements inside it, and not in its types."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        yield node
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                continue
            parts = value if isinstance(value, list) else [value]
            waiting += [part for part in parts if isinstance(part, ast.AST) and not isinstance(part, ast.stmt)]


def _replaced(node: ast.AST, name: str, value: object) -> Change:
    before = getattr(node, name)
    return lambda: setattr(node, name, value), lambda: setattr(node, name, before)


def _without(parts: list[ast.expr], place: int) -> Change:
    part = parts[place]

    def take() -> None:
        del parts[place]

    def give_back() -> None:
        parts.insert(place, part)

    return take, give_back


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OPPOSITES:
        yield _replaced(node, "ops", [OPPOSITES[type(node.ops[0])](), *node.ops[1:]])
    if isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in OPPOSITES:
        yield _replaced(node, "op", OPPOSITES[type(node.op)]())
    if isinstance(node, ast.BoolOp):
        yield from (_without(node.values, place) for place in range(len(node.values)))
    if isinstance(node, ast.If | ast.IfExp):
        yield from (_replaced(node, "test", ast.Constant(value)) for value in (True, False))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _replaced(node, "operand", _not(node.operand))
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        yield _replaced(node, "value", not node.value if isinstance(node.value, bool) else node.value + 1)
    if isinstance(node, ast.Set):
        yield from (_without(node.elts, place) for place in range(len(node.elts)) if len(node.elts) > 1)
    if isinstance(node, ast.Dict):
        yield from (_entry_gone(node, place) for place in range(len(node.keys)))
    if isinstance(node, ast.Return) and node.value is not None:
        yield _replaced(node, "value", _not(node.value))


def _not(value: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), value)


def _entry_gone(table: ast.Dict, place: int) -> Change:
    halves = _without(table.keys, place), _without(table.values, place)

    def take() -> None:
        for out, _ in halves:
            out()

    def give_back() -> None:
        for _, back in halves:
            back()

    return take, give_back


def _is_member(node: ast.AST) -> bool:
    """State.DRAFT, Role.HUB_LEAD."""
    named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return named and node.attr.isupper() and node.value.id[0].isupper()


def _other_member(node: ast.AST, members: list[tuple[str, str]]) -> Iterator[Change]:
    """The next one that the module names, in its place."""
    if not _is_member(node):
        return
    like = [attr for name, attr in members if name == node.value.id]
    if len(like) > 1:
        yield _replaced(node, "attr", like[(like.index(node.attr) + 1) % len(like)])
