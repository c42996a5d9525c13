"""Between a call's steps and httpx."""

from __future__ import annotations

import httpx

from mendline.client.call import Answered, Failed
from mendline.client.exchange import Ask

CONNECT_S = 5.0
UNTAKEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Nothing of the request has left."""


def request_of(http: httpx.Client | httpx.AsyncClient, ask: Ask) -> httpx.Request:
    """The request to send."""
    timeout = httpx.Timeout(ask.timeout_s, connect=CONNECT_S)
    return http.build_request(
        ask.method, ask.url, params=ask.params, headers=ask.headers, content=ask.body, timeout=timeout
    )


def answered(response: httpx.Response) -> Answered:
    """What came; the names of headers are in lower case."""
    return Answered(response.status_code, dict(response.headers), response.content)


def failed(error: httpx.TransportError) -> Failed:
    """Why nothing came."""
    taken = False if isinstance(error, UNTAKEN) else None
    return Failed(f"{type(error).__name__}{f' ({error})' if str(error) else ''}", taken)
