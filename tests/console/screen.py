"""A terminal small enough to read: what a person would see after the bytes that a live view wrote."""

import re

_TOKEN = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|[\r\n]|[^\x1b\r\n]+")


class Screen:
    """Rows of text, a cursor, and whether it shows; fails on a sequence that it does not know."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0
        self.cursor = True

    def feed(self, written: str) -> "Screen":
        end = 0
        for token in _TOKEN.finditer(written):
            assert token.start() == end, f"unknown sequence at {written[end : end + 20]!r}"
            end = token.end()
            if token[3]:
                self._obey(token[1] + token[2] + token[3])
            elif token[0] == "\r":
                self.column = 0
            elif token[0] == "\n":  # a terminal's driver adds the carriage return
                self.row, self.column = self.row + 1, 0
                self.rows += [[] for _ in range(self.row + 1 - len(self.rows))]
            else:
                self._put(token[0])
        assert end == len(written)
        return self

    @property
    def text(self) -> str:
        """What is seen, without the empty rows at the end."""
        return "\n".join("".join(row).rstrip() for row in self.rows).rstrip()

    def _put(self, text: str) -> None:
        row = self.rows[self.row]
        row += [" "] * (self.column - len(row))
        row[self.column : self.column + len(text)] = text
        self.column += len(text)

    def _obey(self, code: str) -> None:
        match code:
            case "2K":
                self.rows[self.row] = []
            case "?25l" | "?25h":
                self.cursor = code == "?25h"
            case _ if code.endswith("A"):
                self.row = max(0, self.row - int(code[:-1] or 1))
            case _:
                assert code.endswith("m"), f"unknown sequence {code!r}"
