"""Bodies of requests have a limit and a deadline, so that nobody fills a node's memory or holds its handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mendline.gateway.problems import ProblemError


class Bodies:
    """Reads at most so many bytes within so many seconds; limits: by how the path begins, the first that fits."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], longest_s: float) -> None:
        self._app = app
        self._limits = limits
        self._longest_s = longest_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        try:
            await self._app(scope, self._limited(scope, receive), send)
        except ProblemError as problem:  # raised before the application has begun to answer
            await problem.response()(scope, receive, send)

    def _limited(self, scope: Scope, receive: Receive) -> Callable[[], Awaitable[Message]]:
        most = next(most for begin, most in self._limits.items() if scope["path"].startswith(begin))
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if declared.isdigit() and int(declared) > most:
            raise _too_large(most)
        deadline = asyncio.get_running_loop().time() + self._longest_s
        seen, whole = 0, False

        async def limited() -> Message:
            nonlocal seen, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise ProblemError("body_too_slow", f"the body did not come within {self._longest_s:g} s") from None
            seen += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if seen > most:
                raise _too_large(most)
            return message

        return limited


def _too_large(most: int) -> ProblemError:
    return ProblemError("body_too_large", f"a body may have {most:,} bytes here: send fewer messages in one request")
