"""Random draws that depend on nothing but the seed, the device, the subject and how many came before."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from random import Random

Draw = Callable[[], float]
"""Draws a number from 0 to below 1."""


def draws(seed: int, device_id: str, subject: str) -> Draw:
    """Give one device's draws on one subject; those of another device or subject never shift them.

    `random()` of the Mersenne Twister gives the same numbers in every Python (docs.python.org, "random").
    """
    digest = blake2b(f"{seed} {subject} {device_id}".encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest, "big")).random
