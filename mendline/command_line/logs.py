"""What a long-running command writes while it works."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from mendline.settings import Settings

MOST_BYTES = 32 * 1024 * 1024
"""Of a log file, before it is put aside and another begun; the one put aside before goes."""


def write_logs(settings: Settings, file: Path | None = None) -> None:
    """Write to stderr what is logged, from a level on, or to `file`, and then only warnings to stderr as well.

    aiokafka's own words are written only when debugging: while a broker is away it says so some hundred times a second,
    and our own modules once. What it and the HTTP client say of single requests never is: that holds records, headers.
    """
    from mendline.telemetry.logs import configure, formatter  # other commands start faster without it

    level = settings.log_level
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if file is not None:
        handlers[0].setLevel(logging.WARNING)
        handlers.append(RotatingFileHandler(file, maxBytes=MOST_BYTES, backupCount=1, delay=True))
    for handler in handlers:
        handler.setFormatter(formatter(settings.log_format))
    logging.basicConfig(level=level.upper(), handlers=handlers)
    configure()
    logging.getLogger("aiokafka").setLevel(logging.INFO if level == "debug" else logging.CRITICAL)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
