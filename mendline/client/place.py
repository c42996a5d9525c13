"""Where the nodes answer and what lets us in, from arguments or from the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

from mendline.client.errors import NotConfiguredError

URL, KEY = "MENDLINE_URL", "MENDLINE_API_KEY"
USUAL_URL = "http://127.0.0.1:8420"
"""Where `mendline up` answers."""


class Addresses:
    """The nodes of an installation; one is asked as long as it answers."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)
        self._asked = 0

    def __len__(self) -> int:
        return len(self._urls)

    @property
    def present(self) -> str:
        """The one to ask."""
        return self._urls[self._asked]

    def leave(self, url: str) -> None:
        """Go on to the next one, unless another call has done so already."""
        if url == self.present:
            self._asked = (self._asked + 1) % len(self._urls)


def addresses_of(url: str | Sequence[str] | None) -> Addresses:
    """The addresses given, else those of MENDLINE_URL, several with commas; raises NotConfiguredError."""
    named = os.environ.get(URL) or USUAL_URL if url is None else url
    urls = named.split(",") if isinstance(named, str) else named
    return Addresses([_checked(each.strip()) for each in urls if each.strip()] or [_checked("")])


def key_of(key: str | None) -> str:
    """The key given, else that of MENDLINE_API_KEY; raises NotConfiguredError."""
    found = (os.environ.get(KEY, "") if key is None else key).strip()
    if not found:
        raise NotConfiguredError(f"no API key: give api_key=, or set {KEY}; `mendline key make` makes one")
    if not found.isascii() or not found.isprintable() or " " in found:
        raise NotConfiguredError("this is no API key: one looks like mdl_ID_SECRET")
    return found


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    except ValueError:
        whole = False
    if not whole:
        raise NotConfiguredError(f"{url!r} is no address of the API: give one as {USUAL_URL}, or set {URL}")
    return url.rstrip("/")
