"""A mapping file: which session becomes which device, as CSV with the columns jid and device_id."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from mendline.errors import InputInvalidError
from mendline.whatsapp.importing.sessions import JID
from schemas.marks import USE_ID, is_id

COLUMNS = ["jid", "device_id"]


class MappingError(InputInvalidError):
    """A mapping names each session and each device once."""

    code = "mapping"


def read_mapping(path: Path) -> Mapping[str, str]:
    """Read it; raises MappingError, which names the line and what is wrong with it."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else "it is no CSV in UTF-8"
        raise MappingError(f"{path} cannot be read: {why}") from error
    if not rows or rows[0] != COLUMNS:
        raise MappingError(f"{path} has to begin with the line {','.join(COLUMNS)}")
    found: dict[str, str] = {}
    for number, row in enumerate(rows[1:], 2):
        if row:
            _take(found, f"{path}, line {number}", row)
    return found


def _take(found: dict[str, str], where: str, row: list[str]) -> None:
    if len(row) != len(COLUMNS):
        raise MappingError(f"{where} has {len(row)} cells: give jid and device_id")
    jid, device_id = row
    if JID.fullmatch(jid) is None:
        raise MappingError(f"{where}: {jid[:60]!r} is no linked device's JID: write 6281234567:12@s.whatsapp.net")
    if not is_id(device_id):
        raise MappingError(f"{where}: {device_id[:60]!r} is no id: {USE_ID}")
    if jid in found or device_id in found.values():
        raise MappingError(f"{where}: {jid if jid in found else device_id} stands there before: name each once")
    found[jid] = device_id
