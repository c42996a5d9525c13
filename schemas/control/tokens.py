"""How an API key looks to whoever has it, `mdl_ID_SECRET`, and what the log knows of it: `key:ID` and a hash."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

KEY = "key:"
"""What the `stream_id` of every API key begins with."""
KEY_ID_CHARACTERS = "A-Z a-z 0-9 -"
USE_KEY_ID = f"use 1 to 64 of {KEY_ID_CHARACTERS}"
"""What somebody is told who gave what is no key's id."""
_ID = "[A-Za-z0-9-]{1,64}"
_KEY_ID = re.compile(_ID)
_TOKEN = re.compile(f"mdl_({_ID})_([A-Za-z0-9]{{16,128}})")


class Token(NamedTuple):
    """A key as its owner shows it: which one, and the secret that proves it."""

    key_id: str
    secret: str

    def __str__(self) -> str:
        return f"mdl_{self.key_id}_{self.secret}"

    def __repr__(self) -> str:
        return f"Token({self.key_id!r})"


def token_of(text: str) -> Token | None:
    """The token that somebody shows; None: it cannot be one. Costs no more for a long text than for a short one."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else Token(*found.groups())


def hash_of(secret: str) -> str:
    """What the log has of a secret; 128 random bits need no slow hash."""
    return sha256(secret.encode()).hexdigest()


def is_key_id(text: str) -> bool:
    """Whether a key may be called so."""
    return _KEY_ID.fullmatch(text) is not None


def subject_of(key_id: str) -> str:
    """The `stream_id` of a key."""
    return KEY + key_id


def key_id_of(subject: str) -> str | None:
    """The key that a `stream_id` names; None: it names none."""
    key_id = subject.removeprefix(KEY)
    return key_id if subject.startswith(KEY) and is_key_id(key_id) else None
