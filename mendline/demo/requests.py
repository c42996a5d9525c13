"""What the demonstration asks for: its own requests, or those of a file, as records for a plain Kafka client."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mendline.errors import SetupError
from streams.drivers.simulation.description import Fleet

SOURCE = "mendline-demo"
FIELDS = ("request_id", "campaign", "not_before", "expires_at")


class RequestsFileError(SetupError):
    """A requests file has one request a line: JSON objects, or CSV with a header."""

    code = "requests_file"


Registration = tuple[str, str]
"""A device and its driver."""


def devices_of(fleet: Fleet) -> list[Registration]:
    """Every device of a fleet, those of different kinds mixed as the requests will be."""
    return [(device, group.driver) for group in fleet.devices for device in group.device_ids()]


def made_sends(devices: list[Registration], count: int) -> Iterator[dict[str, Any]]:
    """So many sends, dealt to the devices in turn."""
    for number in range(count):
        device, _ = devices[number % len(devices)]
        text = f"Your parcel {number} is on its way: it will be with you tomorrow between 9 and 12."
        yield {"device": device, "to": f"62811{number:08d}", "text": text, "request_id": f"demo-{number}"}


def read_sends(path: Path) -> list[dict[str, Any]]:
    """The sends of a person's file, .csv or JSON lines; raises RequestsFileError, naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RequestsFileError(f"{path} cannot be read ({error}): give a file of JSON lines or CSV") from None
    rows = csv.DictReader(lines) if path.suffix.lower() == ".csv" else _json_lines(path, lines)
    sends = [_checked(path, number, row) for number, row in enumerate(rows, 1)]
    if not sends:
        raise RequestsFileError(f"{path} has no requests: give one a line")
    return sends


def _json_lines(path: Path, lines: list[str]) -> Iterator[Any]:
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise RequestsFileError(f"{path}, line {number}: no JSON ({error}): give one object a line") from None


def _checked(path: Path, number: int, row: Any) -> dict[str, Any]:
    wanted = ("device", "to", "text")
    if not isinstance(row, dict) or not all(isinstance(row.get(f), str) and row[f] for f in wanted):
        raise RequestsFileError(f"{path}, request {number}: give device, to and text, each as text that is not empty")
    return row


def records(registrations: Iterable[Registration], sends: Iterable[dict[str, Any]], time: str) -> Iterator[str]:
    """One line of JSON a record: its key and its CloudEvent. Registrations come first."""
    for device, driver in registrations:
        yield _record(f"register-{device}", "device_registration_requested", device, {"driver": driver}, time)
    for number, send in enumerate(sends):
        data = {"to": send["to"], "body": {"text": send["text"]}}
        data |= {name: send[name] for name in FIELDS[1:] if send.get(name)}
        request_id = str(send.get("request_id") or f"line-{number + 1}")
        yield _record(request_id, "send_requested", send["device"], data, time)


def _record(request_id: str, type_: str, device: str, data: dict[str, Any], time: str) -> str:
    event = {"specversion": "1.0", "id": request_id, "type": type_, "source": SOURCE, "subject": device}
    return json.dumps({"key": device, "event": event | {"time": time, "data": data}})
