"""What a long-running command writes while it works."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

MOST_BYTES = 32 * 1024 * 1024
"""Of a log file, before it is put aside and another begun; the one put aside before goes."""


def write_logs(level: str, file: Path | None = None) -> None:
    """Write to stderr what is logged from `level` on, or to `file`, and then only warnings to stderr as well.

    aiokafka's own words are written only when debugging: while a broker is away it says so some hundred times a second,
    and our own modules once. The HTTP client's never are: when debugging they hold headers.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if file is not None:
        handlers[0].setLevel(logging.WARNING)
        handlers.append(RotatingFileHandler(file, maxBytes=MOST_BYTES, backupCount=1, delay=True))
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=level.upper(), format=form, handlers=handlers)
    logging.getLogger("aiokafka").setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
