"""Who asks, and whether he may: an API key in the header `Authorization: Bearer mdl_ID_SECRET`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from mendline.gateway.naming import log_about_path
from mendline.gateway.node import node_of
from mendline.gateway.problems import ProblemError
from schemas.control.rights import Caller, Scope

NO_KEY = "no API key came with the request: send it as `Authorization: Bearer mdl_…`; `mendline key make` makes one"
BAD_KEY = "this API key is unknown or revoked: `mendline key list` shows which there are"


def may(scope: Scope) -> Callable[[Request], Awaitable[Caller]]:
    """Who asks, if he has that right and has not asked too often; a dependency of routes."""

    async def caller_who_may(request: Request) -> Caller:
        caller = _known(request)
        if not caller.may(scope):
            have = ", ".join(sorted(caller.scopes))
            raise ProblemError(
                "not_allowed",
                f"the key {caller.name!r} has {have}, this needs {scope}: `mendline key make` makes one that has it",
            )
        return _counted(request, caller)

    return caller_who_may


async def any_key(request: Request) -> Caller:
    """Who asks, whatever his rights, if he has not asked too often; a dependency of routes."""
    return _counted(request, _known(request))


def _counted(request: Request, caller: Caller) -> Caller:
    node_of(request).limits.spend(caller.key_id)
    log_about_path(request.path_params)
    return caller


def _known(request: Request) -> Caller:
    keys = node_of(request).keys
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError("key_missing", NO_KEY)
    caller = keys.caller(token.strip())
    if caller is None:
        # Before all keys are read an unknown one may be a good one.
        if (why := keys.not_ready()) is not None:
            raise ProblemError("not_ready", f"{why}: ask again soon")
        raise ProblemError("key_invalid", BAD_KEY)
    return caller
