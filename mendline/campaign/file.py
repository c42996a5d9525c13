"""A campaign's file: CSV, one send a line; every line is checked before anything is asked for."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import orjson

from mendline.errors import InputInvalidError
from schemas.device.check import InvalidRequestError, parse_request
from schemas.device.requests import SendRequested
from schemas.marks import ID_CHARACTERS, USE_ID, is_id

NEEDED = ("device", "to", "text")
MEDIA = ("media_kind", "media_url", "filename")
TIMES = ("not_before", "expires_at")
LONGEST_NAME = 95
"""Of a campaign that is asked for from a file: its name and 32 hex digits make a request's id."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]", re.ASCII)


class CampaignFileError(InputInvalidError):
    """A campaign's file is CSV with a header, and every line is a send."""

    code = "campaign_file"


@dataclass(frozen=True, slots=True)
class Line:
    """A send of a campaign. number: of the file's line on which it begins."""

    number: int
    device_id: str
    request_id: str
    request: SendRequested


@dataclass(slots=True)
class Reading:
    """What was found in a file so far: lines, what is wrong with others, and which contents there were."""

    campaign: str
    lines: list[Line] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)

    def take(self, number: int, row: dict[str, str] | None) -> None:
        """Check one row; a line that stands twice would reach its recipient twice."""
        try:
            line = _line(self.campaign, number, row)
        except (InvalidRequestError, InputInvalidError, ValueError) as error:
            self.problems.append(f"line {number}: {error}")
            return
        earlier = self.first.setdefault(line.request_id, number)
        if earlier != number:
            self.problems.append(f"line {number}: the same send as line {earlier}: take one of them out")
        else:
            self.lines.append(line)


def read_campaign(path: Path, campaign: str, most_told: int | None = None) -> Sequence[Line]:
    """Every send of a file; raises CampaignFileError, which names each bad line and why, or the first `most_told`."""
    if not is_id(campaign) or len(campaign) > LONGEST_NAME:
        raise CampaignFileError(f"{campaign[:60]!r} is no campaign's name: use 1 to {LONGEST_NAME} of {ID_CHARACTERS}")
    reading = Reading(campaign)
    for number, row in _rows(path, _text(path)):
        reading.take(number, row)
    if reading.problems:
        raise CampaignFileError(_told(path, reading, most_told))
    if not reading.lines:
        raise CampaignFileError(f"{path} has no sends: give one a line, below the line of column names")
    return reading.lines


def check_times(request: SendRequested) -> None:
    """Raise InputInvalidError for a send that could never leave: its fate would only say so later."""
    begin, end = request.not_before, request.expires_at
    if begin is not None and end is not None and begin >= end:
        raise InputInvalidError(f"it could never leave: it expires at {end} and is not to leave before {begin}")


def request_id_of(campaign: str, device_id: str, request: SendRequested) -> str:
    """The same for the same content to the same recipient through the same device, in whatever line, whenever."""
    media = request.body.media
    content = [device_id, request.to, request.body.text, media and [media.kind, media.url, media.filename]]
    return f"{campaign}:{sha256(orjson.dumps(content)).hexdigest()[:32]}"


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")  # spreadsheets put a mark in front of UTF-8
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CampaignFileError(f"{path} cannot be read ({why}): give a file of CSV in UTF-8") from None


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Each row below the heading, and the line on which it begins; None for one with other cells than the heading."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text.partition("\n")[0]), strict=True)
    begins = 1
    try:
        names = _names(path, next(reader, []))
        begins = reader.line_num + 1
        for cells in reader:
            if cells:
                yield begins, dict(zip(names, cells, strict=True)) if len(cells) == len(names) else None
            begins = reader.line_num + 1
    except csv.Error as error:
        raise CampaignFileError(
            f"{path}, line {begins}: what begins there is no CSV ({error}): put quotes around texts, and "
            "twice where they stand in one"
        ) from None


def _names(path: Path, heading: list[str]) -> list[str]:
    names = [name.strip().lower() for name in heading]
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name not in (*NEEDED, *MEDIA, *TIMES)]
    if missing or unknown or len({*names}) < len(names):
        raise CampaignFileError(
            f"{path}, line 1: give each column its name, once: {', '.join(NEEDED)}, and where wanted "
            f"{', '.join((*MEDIA, *TIMES))}; missing: {', '.join(missing) or 'none'}, unknown: "
            f"{', '.join(name[:40] for name in unknown) or 'none'}"
        )
    return names


def _delimiter(heading: str) -> str:
    """Spreadsheets write what their country's numbers leave free."""
    return max(",;\t", key=heading.count)


def _line(campaign: str, number: int, row: dict[str, str] | None) -> Line:
    if row is None:
        message = "it has more or fewer cells than line 1: put texts with the separator in them in quotes"
        raise ValueError(message)
    device_id = row["device"].strip()
    if not is_id(device_id):
        message = f"device {device_id[:60]!r} is no id: {USE_ID}"
        raise ValueError(message)
    request = parse_request("send_requested", _data(campaign, row))
    if not isinstance(request, SendRequested):
        raise TypeError(request)
    check_times(request)
    return Line(number, device_id, request_id_of(campaign, device_id, request), request)


def _data(campaign: str, row: dict[str, str]) -> dict[str, Any]:
    media = {"kind": row.get("media_kind"), "url": row.get("media_url"), "filename": row.get("filename") or None}
    body: dict[str, Any] = {"text": row["text"]}
    if any(media.values()):
        body["media"] = media
    times = {name: _time(name, row[name].strip()) for name in TIMES if row.get(name)}
    return {"to": row["to"].strip(), "body": body, "campaign": campaign} | times


def _time(name: str, text: str) -> str:
    """A spreadsheet's number of days would pass for seconds since 1970: long ago, so that the send leaves at once."""
    if _DATE.match(text) is None:
        message = f"{name} {text[:60]!r} is no time: write it as 2026-11-23T15:30:00+07:00"
        raise ValueError(message)
    return text


def _told(path: Path, reading: Reading, most: int | None) -> str:
    problems, lines = reading.problems, len(reading.lines) + len(reading.problems)
    left = 0 if most is None else max(len(problems) - most, 0)
    more = [f"and {left:,} more: `2> FILE` has them all"] if left else []
    heading = f"{path}: {len(problems):,} of {lines:,} lines cannot be sent, so nothing was asked for"
    return "\n".join([heading, *problems[:most], *more])
