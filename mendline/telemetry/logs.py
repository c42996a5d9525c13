"""How log lines look: one line each, as text or JSON, with ids where there are some, and nothing of persons."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from pydantic import ValidationError
from structlog.typing import EventDict

from mendline.telemetry.traceparent import parsed

Form = Literal["text", "json"]
IDS = ("request_id", "device_id", "client_id", "user_id", "trace_id", "span_id")
"""What may stand beside a line's words; what else libraries give is left out, for nobody knows what it tells."""
INVALID = "(what was found stands in no log)"


def formatter(form: Form) -> logging.Formatter:
    """Of all handlers of a process, for our own lines and libraries'."""
    render = structlog.processors.JSONRenderer() if form == "json" else _as_text
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.ExtraAdder(IDS)],
        processors=[_told, render],
        pass_foreign_args=False,
    )


def configure() -> None:
    """Have structlog's own loggers write through the standard ones."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


@contextmanager
def logged_apart() -> Iterator[None]:
    """What is logged inside, by this task and those it begins, is about nothing that was said before or is after."""
    before = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**before)


def log_about(
    *,
    request_id: str | None = None,
    device_id: str | None = None,
    client_id: str | None = None,
    user_id: str | None = None,
    traceparent: str | None = None,
) -> None:
    """From here on what this task and those it begins log says what it is about; what is None stays as it was."""
    found = None if traceparent is None else parsed(traceparent)
    trace_id = None if found is None else found.trace_id
    whose = {"device_id": device_id, "client_id": client_id, "user_id": user_id}
    ids = {"request_id": request_id, **whose, "trace_id": trace_id}
    structlog.contextvars.bind_contextvars(**{name: value for name, value in ids.items() if value is not None})


def _told(_logger: Any, _method: str, line: EventDict) -> EventDict:
    record: logging.LogRecord = line["_record"]
    told = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": str(line["event"]),
        **{name: line[name] for name in IDS if name in line},
    }
    info = line.get("exc_info") or record.exc_info
    return told | ({"exception": _exception(info[1])} if isinstance(info, tuple) else {})


def _exception(error: BaseException | None) -> str:
    """A trace, without the values that pydantic found wrong."""
    text = "".join(traceback.format_exception(error)).rstrip()
    for each in _chain(error):
        if isinstance(each, ValidationError):
            text = text.replace(str(each), f"{each.error_count()} errors in {each.title} {INVALID}")
    return text


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _as_text(_logger: Any, _method: str, line: EventDict) -> str:
    at = datetime.fromisoformat(line["time"]).astimezone()
    ids = "".join(f" {name}={line[name]}" for name in IDS if name in line)
    trace = f" | {line['exception']}" if "exception" in line else ""
    head = f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} {line['level'].upper()} {line['logger']}"
    return " | ".join(f"{head} {line['event']}{ids}{trace}".splitlines())
