"""The sessions that a source has: whose they are, whether they are whole, how much they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mendline.whatsapp.importing.schema import BY_NAME, DEVICES
from mendline.whatsapp.importing.source import Source

Lack = Literal[
    "no_device_row", "no_jid", "no_device_number", "no_registration", "damaged_keys", "no_account", "never_used"
]
JID = re.compile(r"[0-9]{5,20}:[1-9][0-9]{0,4}@s\.whatsapp\.net")
BARE = re.compile(r"[0-9]{5,20}(:0)?@s\.whatsapp\.net")
KEYS = {"noise_key": 32, "identity_key": 32, "signed_pre_key": 32, "signed_pre_key_sig": 64}
ACCOUNT = {"adv_account_sig": 64, "adv_account_sig_key": 32, "adv_device_sig": 64}
"""The lengths that whatsmeow wants of each."""
REGISTRATIONS, SIGNED_KEYS = 2**32, 2**24
COUNTED = ("sessions", "pre_keys", "identity_keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A session of a source. lacks: what is missing for it to be used. keys: what tells it from another of its JID."""

    jid: str
    lid: str | None
    platform: str
    keys: tuple[bytes, ...]
    sessions: int
    pre_keys: int
    identities: int
    lacks: Lack | None


def stored_sessions(source: Source, version: int) -> list[Stored]:
    """Every JID that its tables name, in their order; those without a row of their own come last."""
    counts = [source.counts(f"whatsmeow_{name}", BY_NAME[f"whatsmeow_{name}"].key or "") for name in COUNTED]
    columns = BY_NAME[DEVICES].columns_of(version)
    devices = [dict(zip(columns, row, strict=True)) for row in source.rows(DEVICES, columns)]
    known = {device["jid"] for device in devices}
    orphans = sorted({str(jid) for each in counts for jid in each} - {str(jid) for jid in known})
    devices.sort(key=lambda device: str(device["jid"]))
    return [*(_stored(device, counts) for device in devices), *(_orphan(jid, counts) for jid in orphans)]


def _stored(device: Mapping[str, Any], counts: Sequence[Mapping[str, int]]) -> Stored:
    sessions, pre_keys, identities = (each.get(device["jid"], 0) for each in counts)
    return Stored(
        jid=str(device["jid"]),
        lid=device.get("lid") or None,
        platform=str(device["platform"]),
        keys=keys_of(device["noise_key"], device["identity_key"]),
        sessions=sessions,
        pre_keys=pre_keys,
        identities=identities,
        lacks=_lack(device) or (None if sessions or pre_keys else "never_used"),
    )


def _orphan(jid: str, counts: Sequence[Mapping[str, int]]) -> Stored:
    sessions, pre_keys, identities = (each.get(jid, 0) for each in counts)
    return Stored(
        jid=jid, lid=None, platform="", keys=(), sessions=sessions, pre_keys=pre_keys, identities=identities,
        lacks="no_device_row",
    )  # fmt: skip


def keys_of(*keys: object) -> tuple[bytes, ...]:
    """The keys that are some."""
    return tuple(bytes(key) for key in keys if isinstance(key, bytes))


def _lack(device: Mapping[str, Any]) -> Lack | None:
    jid = str(device["jid"])
    if JID.fullmatch(jid) is None:
        return "no_device_number" if BARE.fullmatch(jid) else "no_jid"
    if not _is_number(device["registration_id"], REGISTRATIONS):
        return "no_registration"
    if not (_have(device, KEYS) and _is_number(device["signed_pre_key_id"], SIGNED_KEYS)):
        return "damaged_keys"
    if not (_have(device, ACCOUNT) and _is_some(device["adv_key"]) and _is_some(device["adv_details"])):
        return "no_account"
    return None


def _have(device: Mapping[str, Any], lengths: Mapping[str, int]) -> bool:
    return all(isinstance(device[name], bytes) and len(device[name]) == length for name, length in lengths.items())


def _is_some(value: object) -> bool:
    return isinstance(value, bytes) and bool(value)


def _is_number(value: object, below: int) -> bool:
    return isinstance(value, int) and 0 <= value < below
