"""Which sessions Mendline can use, as which devices, and why it cannot use the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from mendline.whatsapp.importing.schema import NEWEST, OLDEST
from mendline.whatsapp.importing.sessions import Lack, Stored
from mendline.whatsapp.importing.standing import Standing
from streams.drivers.whatsapp.outcomes import number_of

State = Literal["usable", "copied", "paired", "unusable"]
"""copied: in Mendline's tables already, and no device's. paired: a device's already."""
USABLE: tuple[State, ...] = ("usable", "copied")
Why = (
    Lack
    | Literal[
        "schema_too_old", "schema_too_new", "not_asked_for", "made_by_stand_in", "not_made_by_stand_in", "number_twice",
        "other_keys", "number_taken", "device_of_other_driver", "device_paired",
    ]
)  # fmt: skip
STAND_IN = "stand-in"
"""The platform that a stand-in's phones give."""
WHATSAPP = "whatsapp"
WORDS: Mapping[Why, str] = {
    "no_device_row": "it has keys, and no row in whatsmeow_device: pair that number anew",
    "no_jid": "its JID is not a WhatsApp number's: sessions of other platforms cannot be used",
    "no_device_number": "its JID has no device number, which a linked device has: pair that number anew",
    "no_registration": "it has no registration id: pair that number anew",
    "damaged_keys": "its own keys are missing or damaged: pair that number anew",
    "no_account": "the account's signatures are missing or damaged: pair that number anew",
    "never_used": "it has neither sessions nor one-time keys: it never logged in; pair that number anew",
    "schema_too_old": f"whatsmeow's tables are older than version {OLDEST}: start its program once, of a newer version",
    "schema_too_new": f"whatsmeow's tables are newer than version {NEWEST}: it takes a newer Mendline",
    "not_asked_for": "the mapping does not name it",
    "made_by_stand_in": "a stand-in made it: WhatsApp does not know it",
    "not_made_by_stand_in": "this Mendline talks to a stand-in (MENDLINE_WHATSAPP_STAND_IN), which does not know it",
    "number_twice": "the source has a newer session of that number, which belongs to one device only; --mapping picks",
    "other_keys": "Mendline's tables have another session of that JID, with other keys: pair that number anew",
    "number_taken": "its number belongs to that device already: unpair that first",
    "device_of_other_driver": "that device is none of WhatsApp: --mapping or --device-prefix name another",
    "device_paired": "that device is paired with another session: --mapping or --device-prefix name another",
}


class Verdict(NamedTuple):
    """What is to be said of a session. device_id: the device that it is to be, or is."""

    stored: Stored
    state: State
    why: Why | None = None
    device_id: str | None = None


class Naming(NamedTuple):
    """Which device each session becomes: by a mapping, of which only those named are taken, or by prefix and number."""

    prefix: str
    mapping: Mapping[str, str] | None = None

    def device_of(self, jid: str) -> str | None:
        """The device's id; None: it is not wanted."""
        return f"{self.prefix}{number_of(jid)}" if self.mapping is None else self.mapping.get(jid)


def verdicts(stored: Sequence[Stored], version: int, naming: Naming, standing: Standing) -> list[Verdict]:
    """One a session, in their order."""
    newest: dict[str, str] = {}
    for each in stored:
        if each.lacks is None and naming.device_of(each.jid) is not None:
            number = number_of(each.jid)
            newest[number] = max(newest.get(number, each.jid), each.jid, key=_device_number)
    holders = {number_of(jid): (device, jid) for device, (_, jid) in standing.devices.items() if jid is not None}
    return [_verdict(each, version, naming, standing, newest, holders) for each in stored]


def _verdict(
    stored: Stored,
    version: int,
    naming: Naming,
    standing: Standing,
    newest: Mapping[str, str],
    holders: Mapping[str, tuple[str, str]],
) -> Verdict:
    number = number_of(stored.jid)
    holder, held = holders.get(number, (None, None))
    if held == stored.jid and standing.sessions.get(held) == stored.keys:
        return Verdict(stored, "paired", device_id=holder)
    device_id = naming.device_of(stored.jid)
    why = _of_source(stored, version) or _of_here(stored, device_id, newest, standing)
    if why is not None or device_id is None:
        return Verdict(stored, "unusable", why)
    if holder is not None:
        return Verdict(stored, "unusable", "number_taken", holder)
    why = _of_device(*standing.devices.get(device_id, (WHATSAPP, None)))
    if why is not None:
        return Verdict(stored, "unusable", why, device_id)
    return Verdict(stored, "copied" if stored.jid in standing.sessions else "usable", device_id=device_id)


def _of_source(stored: Stored, version: int) -> Why | None:
    if version < OLDEST:
        return "schema_too_old"
    return "schema_too_new" if version > NEWEST else stored.lacks


def _of_here(stored: Stored, device_id: str | None, newest: Mapping[str, str], standing: Standing) -> Why | None:
    if device_id is None:
        return "not_asked_for"
    if (stored.platform == STAND_IN) != standing.stand_in:
        return "not_made_by_stand_in" if standing.stand_in else "made_by_stand_in"
    if newest.get(number_of(stored.jid)) != stored.jid:
        return "number_twice"
    return "other_keys" if standing.sessions.get(stored.jid, stored.keys) != stored.keys else None


def _of_device(driver: str, jid: str | None) -> Why | None:
    if driver != WHATSAPP:
        return "device_of_other_driver"
    return None if jid is None else "device_paired"


def _device_number(jid: str) -> int:
    return int(jid.partition("@")[0].rpartition(":")[2])
