"""Unique values under keys that tell nobody what they are."""

from __future__ import annotations

import hmac
import re
import unicodedata
from functools import partial
from typing import Protocol

UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
"""Categories of characters that leave nothing to be seen: with one more of them the same address would be another."""
ALSO_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Joiners, fillers and selectors, which are letters and marks by their categories."""


class ValueOf(Protocol):
    """Names a value of some kind by its uniqueness key."""

    def __call__(self, kind: str, text: str) -> str:
        """64 hex digits; the same for every way to write the value."""


def normalised(text: str) -> str:
    """One way to write what people write in several: `Ana@Shop.example` is `ana@shop.example`."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def unseen_in(text: str) -> str | None:
    """A character of an address, by its number, that nobody sees: people would take two different addresses for one."""
    found = (c for c in text.strip() if unicodedata.category(c) in UNSEEN or ALSO_UNSEEN.match(c))
    return next((f"U+{ord(c):04X}" for c in found), None)


def values_of(installation_key: bytes) -> ValueOf:
    """The names of values in an installation: HMAC-SHA256(installation key, kind + normalised value)."""
    return partial(_value_of, installation_key)


def _value_of(installation_key: bytes, kind: str, text: str) -> str:
    return hmac.new(installation_key, f"{kind}\0{normalised(text)}".encode(), "sha256").hexdigest()
