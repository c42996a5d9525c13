"""What is kept of a waiting send without its body, in 48 bytes.

Offsets of its request and its fate, when it comes due and expires in microseconds since 1970, the digest, the recipient
if it is a number of at most 18 digits, and a hash of the campaign.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from struct import Struct

from schemas.device.body import Body
from schemas.device.sends import Send
from streams.device.facts import Entry

KEY = 6
"""Bytes of a row by which it is sorted: the offset of its request."""
TIME = 8
"""Bytes of a time."""
EXPIRES_AT = 20
"""Where in a row its expiry stands."""
_ROW = Struct(">HIHIQQ8sQI")
WIDTH = _ROW.size
_DIGEST_AT = 28
_HIGHEST_KEY = b"\xff" * KEY
_LOW = (1 << 32) - 1
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST_DIGITS = 18
NO_BODY = Body()


def row_of(entry: Entry) -> bytes:
    """The row of a send."""
    if entry.row:
        return entry.row
    send, request, place = entry.send, entry.request, entry.place
    return _ROW.pack(
        request >> 32,
        request & _LOW,
        place >> 32,
        place & _LOW,
        micros(entry.due),
        micros(send.expires_at),
        bytes.fromhex(send.digest),
        _number_of(send.to),
        campaign_of(send.campaign),
    )


def without_body(row: bytes, request_id: str = "") -> Entry:
    """What a row tells of a send; of the recipient only one that is a number."""
    request_high, request, place_high, place, due, expires, digest, to, _ = _ROW.unpack(row)
    send = Send(to=str(to)[1:], body=NO_BODY, expires_at=moment_of(expires), digest=digest.hex())
    due_at = moment_of(due)
    return Entry(request_high << 32 | request, request_id, send, due_at, place=place_high << 32 | place, row=row)


def key_of(request: int) -> bytes:
    """By what the row of that request is found."""
    return request.to_bytes(KEY)


def request_in(packed: bytes) -> int:
    """The request of a row."""
    return int.from_bytes(packed[:KEY])


def place_in(packed: bytes) -> int:
    """The offset of the event that states the whole send of a row."""
    return int.from_bytes(packed[KEY : 2 * KEY])


def digest_in(packed: bytes) -> bytes:
    """The digest of a row."""
    return packed[_DIGEST_AT : _DIGEST_AT + 8]


def when_due(packed: bytes) -> bytes:
    """When the send of a row comes due, and its request: what orders those that wait."""
    return packed[2 * KEY : 2 * KEY + TIME] + packed[:KEY]


def last_due(at: datetime) -> bytes:
    """No send that comes due by `at` has a higher `when_due`."""
    return micros(at).to_bytes(TIME) + _HIGHEST_KEY


def time_in(when: bytes) -> datetime:
    """The time in a `when_due`."""
    return moment_of(int.from_bytes(when[:TIME]))


def campaign_in(packed: bytes) -> int:
    """The campaign of a row."""
    return int.from_bytes(packed[-4:])


def campaign_of(campaign: str | None) -> int:
    """A campaign in 32 bits: of four billion pairs of campaigns, one share them."""
    if campaign is None:
        return 0
    return int.from_bytes(blake2b(campaign.encode(), digest_size=4).digest()) or 1


def micros(moment: datetime) -> int:
    """A time in microseconds since 1970."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment_of(microseconds: int) -> datetime:
    """The time, UTC."""
    return _EPOCH + microseconds * _MICROSECOND


def _number_of(to: str) -> int:
    """With a 1 before it, so that zeros in front are kept."""
    return int("1" + to) if len(to) <= _MOST_DIGITS and to.isdecimal() and to.isascii() else 0
