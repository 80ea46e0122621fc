"""The tree of a formula: its nodes, a walk over them, and the one canonical way of writing them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, a truth value, an error (`#N/A`, as text with `is_error`), or nothing (an empty argument)."""

    value: float | str | bool | None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Cells of one sheet ("" is the formula's own), rows and columns counted from 1, both ends included."""

    sheet: str
    top: int
    left: int
    bottom: int
    right: int

    @property
    def is_cell(self) -> bool:
        return self.top == self.bottom and self.left == self.right

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole columns or whole rows."""
        return self.bottom - self.top + 1 == MAX_ROW or self.right - self.left + 1 == MAX_COLUMN


@dataclass(frozen=True, slots=True)
class Name:
    """A name that LET or LAMBDA binds."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with one operand (prefix `-`, `+`, `@`; postfix `%`, `#`) or two."""

    sign: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """An array of constants, by rows."""

    rows: tuple[tuple[Literal, ...], ...]


Node = Literal | Area | Name | Call | Operation | Array


def walk(node: Node) -> Iterator[Node]:
    """A node and all under it."""
    yield node
    if isinstance(node, Call | Operation):
        for argument in node.args:
            yield from walk(argument)


def canonical(node: Node) -> str:  # noqa: PLR0911 - one return a kind of node
    """The formula in one way of writing: no spaces, no $, no needless brackets, names in capitals, no `=` in front."""
    match node:
        case Literal():
            return _literal(node)
        case Area():
            return _area(node)
        case Name():
            return node.name
        case Call():
            return f"{node.name}({','.join(map(canonical, node.args))})"
        case Array():
            return "{" + ";".join(",".join(map(_literal, row)) for row in node.rows) + "}"
        case Operation(sign, (operand,)):
            return f"{_bracketed(operand)}{sign}" if sign in "%#" else f"{sign}{_bracketed(operand)}"
        case Operation(sign, (left, right)):
            return f"{_bracketed(left)}{sign}{_bracketed(right)}"
    raise TypeError(f"no such node: {node!r}")


def column_letters(column: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """The A1 name of a cell."""
    return f"{column_letters(column)}{row}"


def _bracketed(node: Node) -> str:
    return f"({canonical(node)})" if isinstance(node, Operation) else canonical(node)


def _literal(node: Literal) -> str:
    value = node.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value if node.is_error else '"' + value.replace('"', '""') + '"'
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _area(area: Area) -> str:
    sheet = "'" + area.sheet.replace("'", "''") + "'!" if area.sheet else ""
    if area.bottom - area.top + 1 == MAX_ROW:
        return f"{sheet}{column_letters(area.left)}:{column_letters(area.right)}"
    if area.right - area.left + 1 == MAX_COLUMN:
        return f"{sheet}{area.top}:{area.bottom}"
    first = f"{sheet}{cell_name(area.top, area.left)}"
    return first if area.is_cell else f"{first}:{cell_name(area.bottom, area.right)}"
