"""Bodies of requests: read once it is known that the caller may ask, and as strictly as a worker reads its requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from mendline.gateway.problems import ProblemError, problem_of_faults

JSON = "application/json"
NOT_JSON = "send the body as JSON, and say so: Content-Type: application/json"
NO_BODY = "the body is missing: send a JSON object, {} where there is nothing to say"
B = TypeVar("B", bound=BaseModel)


async def json_of(request: Request) -> bytes:
    """The whole body; raises ProblemError where it says of itself that it is something else than JSON."""
    named = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if named != JSON and not named.endswith("+json"):
        raise ProblemError("media_type", NOT_JSON)
    if not (body := await request.body()):
        raise ProblemError("malformed", NO_BODY)
    return body


def given(model: type[B]) -> Callable[[Request], Awaitable[B]]:
    """What a body says; a dependency of routes, to stand behind the one that asks for the key."""

    async def read(request: Request) -> B:
        body = await json_of(request)
        try:
            return model.model_validate_json(body, strict=True)
        except ValidationError as error:
            raise problem_of_faults(error.errors(include_url=False, include_input=False), "body") from None

    return read


def described_as(model: type[BaseModel]) -> dict[str, Any]:
    """What the description says of a route with such a body, which FastAPI does not see."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}
