"""A QR code in a terminal: two rows of it a line, dark on light whatever colours the terminal has."""

from __future__ import annotations

import segno
from rich.console import Console
from rich.text import Text

BORDER = 2
HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def drawn(text: str) -> str:
    """The code as lines of half blocks, a dark module being a block."""
    rows = [
        [module & 1 for module in row] for row in segno.make(text, error="l", micro=False).matrix_iter(border=BORDER)
    ]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(HALVES[above, below] for above, below in zip(*pair, strict=True)) for pair in pairs)


def show_qr_code(text: str) -> None:
    """Draw it on stderr: stdout is for the command's answer."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(drawn(text), style="black on white"))
