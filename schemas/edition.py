"""What can be edited of something, as one short name: whoever edits says what he saw, and its owner compares."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Annotated, Any

import orjson
from pydantic import Field

OF_CLIENTS = ("name", "email", "phone", "company", "userId")
OF_DEVICES = ("driver", "name", "credential", "pace_min_s", "pace_max_s")
EDITED = "it was edited since you read it: read it again, and decide anew"

Edition = Annotated[
    str,
    Field(pattern="^[0-9a-f]{16}$", description="what the editor saw; refused if it is another now"),
]


def edition_of(fields: Mapping[str, Any]) -> str:
    """16 hex digits that change with any of the fields; the same for the log's and the read models' values."""
    return blake2b(orjson.dumps(dict(fields), option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
