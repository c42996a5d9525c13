"""One stored record of every message type, as it lay in the log when the type was new: readable for ever."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent


@cache
def samples() -> dict[str, dict[str, Any]]:
    """The envelope of each sample, by message type."""
    return {file.stem: orjson.loads(file.read_bytes()) for file in sorted(FOLDER.glob("*/*.json"))}
