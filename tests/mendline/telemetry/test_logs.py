from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog
from pydantic import BaseModel

from mendline.telemetry.logs import Form, formatter, log_about, logged_apart

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
GIVEN = {"phone": "ana at home"}


class Contact(BaseModel):
    """What a person is reached by."""

    phone: int


def line(form: Form, message: str, *arguments: object, error: Exception | None = None, **extra: Any) -> str:
    """A line as it is logged."""
    info = None if error is None else (type(error), error, None)
    record = logging.getLogger("streams").makeRecord(
        "streams", logging.INFO, "f.py", 1, message, arguments, info, extra=extra
    )
    return formatter(form).format(record)


def told(*arguments: Any, **named: Any) -> dict[str, Any]:
    """A line of JSON."""
    read: dict[str, Any] = json.loads(line("json", *arguments, **named))
    return read


def test_a_line_of_json_says_when_who_and_what() -> None:
    read = told("link %d", 3)
    assert (read["level"], read["logger"], read["event"]) == ("info", "streams", "link 3")
    assert read["time"].endswith("+00:00")


@pytest.mark.parametrize("form", ["text", "json"])
def test_whatever_is_logged_is_one_line(form: Form) -> None:
    logged = line(form, "first\nsecond\r\nthird", error=ValueError("fourth\nfifth"))
    assert len(logged.splitlines()) == 1
    assert all(word in logged for word in ("first", "third", "fifth"))


def test_ids_stand_beside_the_words() -> None:
    assert told("hi", device_id="d1")["device_id"] == "d1"
    assert line("text", "hi", device_id="d1").endswith("INFO streams hi device_id=d1")


def test_what_else_a_library_gives_is_left_out() -> None:
    assert "62811" not in line("json", "hi", recipient="62811")


def test_lines_of_a_request_say_which_and_of_which_trace() -> None:
    with logged_apart():
        log_about(request_id="r1", traceparent=TRACEPARENT)
        log_about(device_id="d1")
        read = told("hi")
    assert {name: read[name] for name in ("request_id", "device_id", "trace_id")} == {
        "request_id": "r1",
        "device_id": "d1",
        "trace_id": TRACE,
    }
    assert "request_id" not in told("hi")


def test_a_traceparent_that_is_none_is_left_out() -> None:
    with logged_apart():
        log_about(traceparent="00-none-such-01")
        assert "trace_id" not in told("hi")


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_pydantic_found_wrong_is_in_no_log(form: Form) -> None:
    try:
        Contact.model_validate(GIVEN)
    except ValueError as invalid:
        error = RuntimeError("a bug")
        error.__cause__ = invalid
    logged = line(form, "a bug", error=error)
    assert "ana at home" not in logged
    assert "1 errors in Contact" in logged


def test_structlogs_own_loggers_write_the_same_lines(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(formatter("json"))
    bound = structlog.wrap_logger(
        logging.getLogger("gateway.test"), processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    )
    logging.getLogger("gateway.test").addHandler(handler)
    bound.warning("asked", request_id="r1")
    logging.getLogger("gateway.test").removeHandler(handler)
    assert json.loads(capsys.readouterr().err)["request_id"] == "r1"
