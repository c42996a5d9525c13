"""Which problem tells of which error."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import psycopg
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route

from mendline.gateway.measuring import template_of
from mendline.gateway.problems import KINDS, Fault, ProblemError, problem_of_faults
from projections.errors import ProjectionError
from schemas.device.check import InvalidRequestError
from streams.log.ports import LogError

log = logging.getLogger(__name__)
BROKERS_AWAY = (
    "the log did not acknowledge the request in time, so whether it was taken is unknown: ask again with the same "
    "Idempotency-Key or request_id, which is safe"
)
READING = frozenset({"GET", "HEAD"})
NOT_HEARD = "the log cannot be read now, since its brokers do not answer: ask again soon"
DATABASE_AWAY = "the read models' database does not answer: ask again soon; what you wrote is safe in the log"
NOT_STORED = "something in the query is no value that can be stored, such as a NUL character: leave it out"
BUG = "a bug of Mendline's own: it is in the gateway's log; please report it"
HTTP_CODES: Mapping[int, str] = {404: "no_such_place", 405: "method_not_allowed", 413: "body_too_large"}


def catch_problems(app: FastAPI) -> None:
    """Have the application answer every error with a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(InvalidRequestError, _not_valid_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(LogError, _log_away)
    app.add_exception_handler(KafkaError, _log_away)
    app.add_exception_handler(psycopg.DataError, _not_stored)
    app.add_exception_handler(psycopg.OperationalError, _database_away)
    app.add_exception_handler(psycopg.InterfaceError, _database_away)
    app.add_exception_handler(ProjectionError, _not_read)
    app.add_exception_handler(Exception, _bug)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


async def _not_valid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidRequestError)
    code = "body_too_large" if error.reason == "body_too_large" else "invalid"
    return ProblemError(code, error.detail, [Fault("body", error.pointer, error.detail)]).response()


async def _not_valid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_of_faults(error.errors()).response()


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTP_CODES.get(error.status_code, "malformed")
    if code == "no_such_place":
        return ProblemError(code, "there is nothing at this address: docs/api.md lists what there is").response()
    methods = ", ".join(sorted(_methods(request)))
    detail = f"this address takes {methods}, not {request.method}" if code == "method_not_allowed" else error.detail
    answer = ProblemError(code, str(detail)).response()
    answer.headers.update(error.headers or {})
    if methods:
        answer.headers["Allow"] = methods
    return answer


def _methods(request: Request) -> set[str]:
    """What may be asked of an address, over all of its routes: starlette tells of the first one only."""
    routes: Sequence[Route] = request.app.state.routes
    found = [route.methods or () for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for methods in found for method in methods}


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody reads it: who asked has gone."""
    return ProblemError("malformed", "the connection ended before the body").response()


async def _log_away(request: Request, error: Exception) -> Response:
    log.warning("the log did not answer: %s", error)
    why = NOT_HEARD if request.method in READING else BROKERS_AWAY
    return ProblemError("brokers_away", why).response()


async def _not_stored(_: Request, error: Exception) -> Response:
    log.info("the database cannot compare with what was asked for: %s", type(error).__name__)
    return ProblemError("invalid", NOT_STORED).response()


async def _database_away(_: Request, error: Exception) -> Response:
    log.warning("the database did not answer: %s", type(error).__name__)
    return ProblemError("database_away", DATABASE_AWAY).response()


async def _not_read(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProjectionError)
    code = error.code if error.code in KINDS else "database_away"
    return ProblemError(code, str(error)).response()


async def _bug(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, template_of(request.scope) or "?", exc_info=error)
    return ProblemError("internal_error", BUG).response()
