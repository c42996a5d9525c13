"""Unique values under keys that tell nobody what they are."""

from __future__ import annotations

import hmac
import unicodedata
from functools import partial
from typing import Protocol


class ValueOf(Protocol):
    """Names a value of some kind by its uniqueness key."""

    def __call__(self, kind: str, text: str) -> str:
        """64 hex digits; the same for every way to write the value."""


def normalised(text: str) -> str:
    """One way to write what people write in several: `Ana@Shop.example` is `ana@shop.example`."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def values_of(installation_key: bytes) -> ValueOf:
    """The names of values in an installation: HMAC-SHA256(installation key, kind + normalised value)."""
    return partial(_value_of, installation_key)


def _value_of(installation_key: bytes, kind: str, text: str) -> str:
    return hmac.new(installation_key, f"{kind}\0{normalised(text)}".encode(), "sha256").hexdigest()
