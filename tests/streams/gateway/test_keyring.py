"""Whom a token lets in, by what the log says."""

from __future__ import annotations

from datetime import datetime

import pytest

from schemas.control.events import KeyCreated, KeyRevoked
from schemas.control.rights import Caller
from schemas.control.tokens import Token, hash_of, subject_of
from schemas.device.lifecycle import DeviceParked
from schemas.envelope import Context, Position, encode_event
from schemas.marks import PARTITION
from schemas.message import Event, PartitionClaimed
from streams.gateway.keyring import Keyring
from streams.log.ports import LogRecord

AT = "2026-11-23T04:05:06+00:00"
SECRET, OTHER = "0123456789abcdef0123456789abcdef", "f" * 32
SHOP = str(Token("shop", SECRET))
CREATED = KeyCreated(name="the shop's", hash=hash_of(SECRET), scopes=("send", "read"))


class Log:
    """One partition of control events, as its owner writes it."""

    def __init__(self, claim: str = "1" * 16, generation: int = 1) -> None:
        self.keyring = Keyring()
        self.claim = claim
        self.end = 0
        marker = PartitionClaimed(
            generation=generation, claim=claim, owner="w", schema_level=1, partitions=8, installation="i"
        )
        self.tell(marker, PARTITION)

    def tell(self, event: Event, subject: str = subject_of("shop"), *, claim: str = "", off_by: int = 0) -> None:
        """An event is read."""
        position = Position("control-events", 0, self.end - off_by)
        context = Context(actor="user:ana")
        self.read(encode_event(event, position, subject, AT, claim or self.claim, "request:1", 1, context))

    def read(self, value: bytes) -> None:
        """A record is read."""
        self.keyring.fold(0, [LogRecord(self.end, 0, b"", value)])
        self.end += 1


def test_who_shows_a_keys_secret_comes_in_with_its_rights() -> None:
    log = Log()
    log.tell(CREATED)
    assert log.keyring.caller(SHOP) == Caller("shop", "the shop's", frozenset({"send", "read"}))


@pytest.mark.parametrize(
    "token",
    [str(Token("shop", OTHER)), str(Token("other", SECRET)), str(Token("key", hash_of(SECRET))), "", "x" * 10_000_000],
    ids=["another secret", "another key", "the hash", "nothing", "ten megabytes"],
)
def test_nobody_else_comes_in(token: str) -> None:
    log = Log()
    log.tell(CREATED)
    assert log.keyring.caller(token) is None


def test_a_revoked_key_lets_nobody_in() -> None:
    log = Log()
    log.tell(CREATED)
    log.tell(KeyRevoked())
    assert log.keyring.caller(SHOP) is None


def test_one_keys_revocation_leaves_the_others() -> None:
    log = Log()
    log.tell(CREATED)
    log.tell(CREATED, subject_of("bot"))
    log.tell(KeyRevoked(), subject_of("bot"))
    assert log.keyring.caller(SHOP) is not None


def test_a_key_that_an_owner_wrote_after_its_time_lets_nobody_in() -> None:
    log = Log()
    log.tell(CREATED, claim="2" * 16)
    log.tell(CREATED, off_by=1)
    assert log.keyring.keys() == []


def test_a_revocation_that_does_not_count_changes_nothing() -> None:
    log = Log()
    log.tell(CREATED)
    log.tell(KeyRevoked(), claim="2" * 16)
    assert log.keyring.caller(SHOP) is not None


@pytest.mark.parametrize(
    "strange",
    [b"", b"{}", encode_event(CREATED, Position("t", 0, 2), "key:bot", "never", "1" * 16, "request:1", 1, Context())],
    ids=["nothing", "no event", "no time"],
)
def test_what_nobody_can_read_is_passed_over(strange: bytes) -> None:
    log = Log()
    log.tell(CREATED)
    log.read(strange)
    log.tell(KeyRevoked())
    (key,) = log.keyring.keys()
    assert key.revoked_by == "user:ana"


def test_a_right_that_only_a_newer_program_knows_lets_nobody_in() -> None:
    log = Log()
    log.tell(KeyCreated(name="x", hash=hash_of(SECRET), scopes=("send", "fly")))  # type: ignore[arg-type]
    assert log.keyring.caller(SHOP) is None


@pytest.mark.parametrize("subject", ["job:shop", "shop"])
def test_what_is_no_key_lets_nobody_in(subject: str) -> None:
    log = Log()
    log.tell(CREATED, subject)
    log.tell(DeviceParked(reason="asked", by="person"), subject_of("shop"))
    log.tell(KeyRevoked(), subject)
    assert log.keyring.keys() == []


def test_keys_are_listed_with_who_made_and_who_revoked_them() -> None:
    log = Log()
    log.tell(CREATED)
    log.tell(KeyRevoked())
    (key,) = log.keyring.keys()
    at = datetime.fromisoformat(AT)
    assert key[:2] == ("shop", "the shop's")
    assert (key.created_at, key.created_by, key.revoked_at, key.revoked_by) == (at, "user:ana", at, "user:ana")
