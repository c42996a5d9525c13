"""What a long-running command writes to stderr while it works."""

from __future__ import annotations

import logging


def write_logs(level: str) -> None:
    """Write what is logged from `level` on; aiokafka's own words only when debugging.

    While a broker is away aiokafka says so some hundred times a second; our own modules say it once. The HTTP client's
    are never written: when debugging they hold headers.
    """
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
