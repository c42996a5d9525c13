"""A snapshot as it lies in the log: an immutable set of chunks, and a manifest that makes them whole (design §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from streams.ownership.frames import StateDamagedError, framed, unframed
from streams.ownership.lineage import Marker

CHUNK_BYTES = 512 * 1024
MANIFEST = "manifest"
_NUMBER = "(0|[1-9][0-9]{0,18})"
_KEY = re.compile(f"([^/]+)/{_NUMBER}/([0-9a-f]{{16}})/{_NUMBER}/(manifest|{_NUMBER})")
"""Only keys as they are written: of longer numbers Python raises, and 007 would pass for 7."""


class BrokenSetError(Exception):
    """A set must be as it was written: one that is not is never used."""


class Place(NamedTuple):
    """Of which partition a set is, and up to which `position`, behind an event of that claim."""

    topic: str
    partition: int
    claim: str
    position: int

    def key(self, part: int | str) -> bytes:
        """The key of chunk number `part`, or of the manifest."""
        return f"{self.topic}/{self.partition}/{self.claim}/{self.position}/{part}".encode()


class Part(NamedTuple):
    """What a record of the snapshots topic is a part of; number: of a chunk, None: the manifest."""

    place: Place
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a partition's events before `place.position` amount to.

    version: of the state. markers: see `lineage.py`.
    """

    place: Place
    generation: int
    next_request: int
    version: str
    markers: Sequence[Marker]
    state: bytes


def part_of(key: bytes | None) -> Part | None:
    """What the key says; None where it is nobody's."""
    found = _KEY.fullmatch((key or b"").decode(errors="replace"))
    if found is None:
        return None
    topic, partition, claim, position, part, _ = found.groups()
    return Part(Place(topic, int(partition), claim, int(position)), None if part == MANIFEST else int(part))


def records_of(snapshot: Snapshot, chunk_bytes: int = CHUNK_BYTES) -> list[tuple[bytes, bytes]]:
    """Keys and values to write, in this order: the manifest is last."""
    whole = framed([orjson.dumps(snapshot.markers), snapshot.state])
    chunks = [whole[at : at + chunk_bytes] for at in range(0, len(whole), chunk_bytes)]
    place = snapshot.place
    told = {
        "generation": snapshot.generation,
        "claim": place.claim,
        "position": place.position,
        "next_request": snapshot.next_request,
        "chunks": len(chunks),
        "state_version": snapshot.version,
    }
    manifest = orjson.dumps(told | {"sha256": _digest(place, told, whole)})
    return [*((place.key(number), chunk) for number, chunk in enumerate(chunks)), (place.key(MANIFEST), manifest)]


def chunks_of(manifest: bytes) -> int:
    """How many chunks a manifest tells of; raises BrokenSetError."""
    count = _told(manifest).get("chunks")
    if type(count) is not int or count < 1:
        message = "its manifest does not say how many chunks it has"
        raise BrokenSetError(message)
    return count


def assembled(place: Place, manifest: bytes, chunks: Sequence[bytes]) -> Snapshot:
    """The snapshot in a whole set; raises BrokenSetError."""
    told, whole = _told(manifest), b"".join(chunks)
    if told.pop("sha256", None) != _digest(place, told, whole):
        message = "its SHA-256 is another: a part of it was changed, or is another set's"
        raise BrokenSetError(message)
    try:
        markers, state = unframed(whole)
        return Snapshot(
            place=place,
            generation=told["generation"],
            next_request=told["next_request"],
            version=told["state_version"],
            markers=orjson.loads(markers),
            state=state,
        )
    except (StateDamagedError, ValueError, KeyError) as error:
        message = f"it was not written by a snapshotter: {error!r}"
        raise BrokenSetError(message) from error


def _told(manifest: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(manifest)
    except orjson.JSONDecodeError as error:
        message = f"its manifest is no JSON: {error}"
        raise BrokenSetError(message) from error
    if not isinstance(told, dict):
        message = "its manifest is no JSON object"
        raise BrokenSetError(message)
    return told


def _digest(place: Place, told: Mapping[str, Any], whole: bytes) -> str:
    """Over everything: where the set belongs, what its manifest tells, and what it holds."""
    digest = sha256(orjson.dumps([place, dict(told)], option=orjson.OPT_SORT_KEYS, default=list))
    digest.update(whole)
    return digest.hexdigest()
