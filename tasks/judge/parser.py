"""Read a formula as strictly as Excel does, into a tree that can be walked and written back in one canonical way.

    tree = parse("=SUM( $A$2:a10 )")
    canonical(tree)                     # "SUM(A2:A10)"

Operators bind as in Excel: the range colon first, then unary minus (so -2^2 is 4), percent, power, product, sum, text
joining, comparison (Microsoft, "Calculation operators and precedence in Excel").
"""

from __future__ import annotations

from tasks.judge.functions import ARITY, MANY, PAIRED, UNSAFE
from tasks.judge.lexer import FormulaError, Token, tokens
from tasks.judge.tree import MAX_COLUMN, MAX_ROW, Area, Array, Call, Literal, Name, Node, Operation, canonical

__all__ = ["FormulaError", "canonical", "parse"]

MAX_DEPTH = 64
"""Excel's own limit of nesting; it also keeps a formula of ten thousand brackets from ending the parser."""

_BINDING = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}


def parse(formula: str) -> Node:
    """The tree of a formula that starts with `=`. Raises FormulaError."""
    reader = _Reader(tuple(tokens(formula.strip())))
    tree = reader.expression()
    reader.expect_end()
    return tree


class _Reader:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, found: tuple[Token, ...]) -> None:
        self._tokens = found
        self._next = 0
        self._depth = 0
        self._bound: list[str] = []

    def expression(self, least: int = 1) -> Node:
        """Operands joined by operators that bind at least this tightly."""
        left = self._unary()
        while self._peek().kind == "sign" and (binding := _BINDING.get(self._peek().text, 0)) >= least:
            sign = self._take().text
            left = Operation(sign, (left, self.expression(binding + 1)))
        return left

    def expect_end(self) -> None:
        token = self._peek()
        if token.kind == "end":
            return
        if token.text in (")", "}"):
            raise FormulaError(f"a {token.text} that closes nothing", token.position)
        raise FormulaError(f"{token.text} stands after the end of the formula", token.position)

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormulaError(f"brackets and signs nest deeper than {MAX_DEPTH}", self._peek().position)
        node = self._signed()
        self._depth -= 1
        return node

    def _signed(self) -> Node:
        token = self._peek()
        if token.kind == "sign" and token.text in "+-@":
            self._take()
            operand = self._unary()
            return operand if token.text == "+" else Operation(token.text, (operand,))
        node = self._ranged()
        while self._is_sign("%"):
            self._take()
            node = Operation("%", (node,))
        return node

    def _ranged(self) -> Node:
        node = self._operand()
        while self._is_sign(":"):
            colon = self._take()
            other = self._operand()
            node = _span(node, other, colon.position)
        if self._is_sign("#") and isinstance(node, Area):
            self._take()
            node = Operation("#", (node,))
        return node

    def _operand(self) -> Node:  # noqa: PLR0911 - one return a kind of token
        token = self._take()
        match token.kind:
            case "number":
                return Literal(float(token.text))
            case "text":
                return Literal(token.text[1:-1].replace('""', '"'))
            case "error":
                return Literal(token.text, is_error=True)
            case "boolean":
                return Literal(token.text.upper() == "TRUE")
            case "sheet":
                return self._on_sheet(token)
            case "cell" | "columns" | "rows":
                return _to_area(token, "")
            case "function":
                return self._call(token)
            case "name":
                return self._name(token)
            case "end":
                raise FormulaError("the formula ends where a value should stand", token.position)
        if token.text == "(":
            return self._parenthesised(token)
        if token.text == "{":
            return self._array(token)
        raise FormulaError(f"{token.text} stands where a value should", token.position)

    def _parenthesised(self, opening: Token) -> Node:
        node = self.expression()
        if self._is_sign(","):
            raise FormulaError("a union of ranges", self._peek().position, "unsupported")
        self._close(")", opening)
        return node

    def _on_sheet(self, token: Token) -> Node:
        sheet = token.text[:-1].strip("'").replace("''", "'")
        if self._peek().kind not in ("cell", "columns", "rows"):
            raise FormulaError("a sheet's name needs a cell after it", token.position)
        return _to_area(self._take(), sheet)

    def _name(self, token: Token) -> Node:
        name = token.text.upper()
        if name in self._bound:
            return Name(name)
        raise FormulaError(f"{token.text} is no known name; a text needs straight double quotes", token.position)

    def _call(self, token: Token) -> Node:
        name = token.text.upper().removeprefix("_XLFN.").removeprefix("_XLWS.")
        if name in UNSAFE:
            raise FormulaError(f"{name} reaches out of the workbook", token.position, "unsafe")
        if name not in ARITY and name not in self._bound:
            raise FormulaError(f"{token.text} is no known function", token.position)
        opening = self._take()
        before = len(self._bound)
        args = self._arguments(name, opening)
        del self._bound[before:]
        _check_arguments(name, args, token)
        if name in ("TRUE", "FALSE"):
            return Literal(name == "TRUE")
        return Call(name, args)

    def _arguments(self, name: str, opening: Token) -> tuple[Node, ...]:
        args: list[Node] = []
        if self._is_sign(")"):
            self._take()
            return ()
        while True:
            args.append(self._argument(name, len(args)))
            if not self._is_sign(","):
                break
            self._take()
        self._close(")", opening)
        return tuple(args)

    def _argument(self, function: str, index: int) -> Node:
        if self._peek().text in (",", ")") and self._peek().kind == "sign":
            return Literal(None)
        binds = (function == "LET" and index % 2 == 0) or function == "LAMBDA"
        following = self._tokens[self._next + 1] if self._next + 1 < len(self._tokens) else self._peek()
        if binds and self._peek().kind == "name" and following.text == ",":
            name = self._take().text.upper()
            self._bound.append(name)
            return Name(name)
        return self.expression()

    def _array(self, opening: Token) -> Node:
        rows: list[list[Literal]] = [[]]
        while True:
            value = self._unary()
            if isinstance(value, Operation) and value.sign == "-" and isinstance(value.args[0], Literal):
                inner = value.args[0].value
                value = Literal(-inner) if isinstance(inner, float) else value
            if not isinstance(value, Literal):
                raise FormulaError("an array in braces holds constants only", opening.position)
            rows[-1].append(value)
            if self._is_sign(";"):
                rows.append([])
            elif not self._is_sign(","):
                break
            self._take()
        self._close("}", opening)
        if len({len(row) for row in rows}) != 1:
            raise FormulaError("the rows of an array differ in length", opening.position)
        return Array(tuple(map(tuple, rows)))

    def _close(self, sign: str, opening: Token) -> None:
        token = self._peek()
        if token.kind == "end":
            raise FormulaError(f"the {opening.text} is not closed", opening.position)
        if token.text != sign or token.kind != "sign":
            raise FormulaError(f"{token.text} stands where , or {sign} should", token.position)
        self._take()

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _is_sign(self, sign: str) -> bool:
        return self._peek().kind == "sign" and self._peek().text == sign

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token


def _check_arguments(name: str, args: tuple[Node, ...], token: Token) -> None:
    """Raise FormulaError for a wrong number of arguments, or a link that leaves the workbook."""
    if name not in ARITY:
        return
    least, most = ARITY[name]
    if not least <= len(args) <= most:
        wanted = str(least) if least == most else f"{least} or more" if most == MANY else f"{least} to {most}"
        raise FormulaError(f"{name} takes {wanted} arguments, not {len(args)}", token.position)
    if name in PAIRED and (len(args) - PAIRED[name]) % 2:
        raise FormulaError(f"{name} takes its conditions in pairs", token.position)
    if name == "HYPERLINK" and not (
        isinstance(args[0], Literal) and isinstance(args[0].value, str) and args[0].value.startswith("#")
    ):
        raise FormulaError("HYPERLINK reaches out of the workbook", token.position, "unsafe")


def _to_area(token: Token, sheet: str) -> Area:
    first, _, last = token.text.replace("$", "").partition(":")
    if token.kind == "columns":
        left, right = sorted((_column(first, token), _column(last, token)))
        return Area(sheet, 1, left, MAX_ROW, right)
    if token.kind == "rows":
        top, bottom = sorted((_row(first, token), _row(last, token)))
        return Area(sheet, top, 1, bottom, MAX_COLUMN)
    letters = first.rstrip("0123456789")
    row, column = _row(first[len(letters) :], token), _column(letters, token)
    return Area(sheet, row, column, row, column)


def _span(first: Node, last: Node, position: int) -> Node:
    """The range between two references; a computed end (INDEX) stays an operation."""
    if isinstance(first, Area) and isinstance(last, Area):
        if last.sheet not in ("", first.sheet):
            raise FormulaError("a range ends on another sheet than it starts", position)
        rows = sorted((first.top, first.bottom, last.top, last.bottom))
        columns = sorted((first.left, first.right, last.left, last.right))
        return Area(first.sheet, rows[0], columns[0], rows[-1], columns[-1])
    if all(isinstance(end, Area | Name) or (isinstance(end, Call) and end.name in _REFERRING) for end in (first, last)):
        return Operation(":", (first, last))
    raise FormulaError("a colon stands between what is no cell", position)


_REFERRING = frozenset({"CHOOSE", "IF", "INDEX", "INDIRECT", "OFFSET", "XLOOKUP"})


def _column(letters: str, token: Token) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    if number > MAX_COLUMN:
        raise FormulaError(f"{token.text} lies beyond the last column XFD", token.position)
    return number


def _row(digits: str, token: Token) -> int:
    number = int(digits)
    if not 1 <= number <= MAX_ROW:
        raise FormulaError(f"{token.text} lies beyond the last row {MAX_ROW}", token.position)
    return number
