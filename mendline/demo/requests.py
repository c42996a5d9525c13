"""What the demonstration asks for: its own requests, or those of a file, as records for a plain Kafka client."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from mendline.errors import InputInvalidError
from schemas.device.check import InvalidRequestError, parse_request
from schemas.marks import USE_ID, is_id
from streams.drivers.simulation.description import Fleet

SOURCE = "mendline-demo"
WANTED = ("device", "to", "text")
CAMPAIGN = "parcels"
OPTIONAL = ("campaign", "not_before", "expires_at")


class RequestsFileError(InputInvalidError):
    """A requests file has one request a line: JSON objects, or CSV with a header."""

    code = "requests_file"


Registration = tuple[str, str]
"""A device and its driver."""


def devices_of(fleet: Fleet) -> list[Registration]:
    """Every device of a fleet, those of different kinds mixed as the requests will be."""
    return [(device, group.driver) for group in fleet.devices for device in group.device_ids()]


def made_sends(devices: list[Registration], count: int) -> Iterator[dict[str, Any]]:
    """So many sends, dealt to the devices in turn; every third is of a campaign."""
    for number in range(count):
        device, _ = devices[number % len(devices)]
        text = f"Your parcel {number} is on its way: it will be with you tomorrow between 9 and 12."
        send = {"device": device, "to": f"62811{number:08d}", "text": text, "request_id": f"demo-{number}"}
        yield send | ({} if number % 3 else {"campaign": CAMPAIGN})


def read_sends(path: Path) -> list[dict[str, Any]]:
    """The sends of a person's file, .csv or JSON lines; raises RequestsFileError, naming the line."""
    try:
        # Spreadsheets put a mark in front of UTF-8; line ends inside quotes belong to the text.
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestsFileError(f"{path} cannot be read ({error}): give a file of JSON lines or CSV in UTF-8") from None
    rows = _csv_rows(text) if path.suffix.lower() == ".csv" else _json_rows(path, text)
    sends = [_checked(path, line, row) for line, row in rows]
    if not sends:
        raise RequestsFileError(f"{path} has no requests: give one a line")
    return sends


def _csv_rows(text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(StringIO(text, newline=""))
    return ((reader.line_num, row) for row in reader)


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise RequestsFileError(f"{path}, line {number}: no JSON ({error}): give one object a line") from None


def _checked(path: Path, line: int, row: Any) -> dict[str, Any]:
    where = f"{path}, line {line}"
    if not isinstance(row, dict) or not all(isinstance(row.get(f), str) and row[f] for f in WANTED):
        raise RequestsFileError(
            f"{where}: give device, to and text, each as text that is not empty; in CSV with commas between, and their "
            "names in the first line"
        )
    ids = {"device": row["device"], "request_id": str(row.get("request_id") or "none")}
    for name, value in ids.items():
        if not is_id(value):
            raise RequestsFileError(f"{where}: {name} {value[:60]!r} is no id: {USE_ID}")
    try:
        parse_request("send_requested", data_of(row))
    except InvalidRequestError as error:
        raise RequestsFileError(f"{where}: {error}") from None
    return row


def data_of(send: dict[str, Any]) -> dict[str, Any]:
    """What a request for this send says."""
    return {"to": send["to"], "body": {"text": send["text"]}} | {f: send[f] for f in OPTIONAL if send.get(f)}


def records(registrations: Iterable[Registration], sends: Iterable[dict[str, Any]], time: str) -> Iterator[str]:
    """One line of JSON a record: its key and its CloudEvent. Registrations come first."""
    for device, driver in registrations:
        yield _record(f"register-{device}", "device_registration_requested", device, {"driver": driver}, time)
    for number, send in enumerate(sends):
        request_id = str(send.get("request_id") or f"line-{number + 1}")
        yield _record(request_id, "send_requested", send["device"], data_of(send), time)


def pairings(registrations: Iterable[Registration], time: str) -> Iterator[str]:
    """A line of JSON a device: it is to be paired with a phone that scans a QR code."""
    for device, _ in registrations:
        yield _record(f"pair-{device}", "device_pairing_requested", device, {"method": "qr"}, time)


def _record(request_id: str, type_: str, device: str, data: dict[str, Any], time: str) -> str:
    event = {"specversion": "1.0", "id": request_id, "type": type_, "source": SOURCE, "subject": device}
    return json.dumps({"key": device, "event": event | {"time": time, "data": data}})
