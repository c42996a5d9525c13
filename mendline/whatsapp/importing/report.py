"""What is to be said of a source before anything of it is taken over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mendline.whatsapp.importing.mapping import MappingError
from mendline.whatsapp.importing.schema import NEWEST
from mendline.whatsapp.importing.sessions import Stored, stored_sessions
from mendline.whatsapp.importing.source import Source, opened, understood, version_of
from mendline.whatsapp.importing.standing import Standing
from mendline.whatsapp.importing.verdicts import USABLE, WORDS, Naming, Verdict, verdicts


@dataclass(frozen=True, slots=True)
class Report:
    """A source as it was found. version: of whatsmeow's schema. notices: what to mind before anything is used."""

    source: str
    version: int
    notices: Sequence[str]
    verdicts: Sequence[Verdict]

    def count(self, *states: str) -> int:
        """How many sessions are in one of these states."""
        return sum(each.state in states for each in self.verdicts)


def examined(source: str, naming: Naming, standing: Standing) -> Report:
    """Read a source, and change nothing; raises what `opened` and `version_of` do, and MappingError."""
    with opened(source) as found:
        version = version_of(found)
        stored = stored_sessions(found, version) if understood(version) else _unread(found)
    if unknown := [jid for jid in naming.mapping or () if jid not in {each.jid for each in stored}]:
        raise MappingError(f"the mapping names {unknown[0]}, which {found.name} does not have: take that line out")
    return Report(found.name, version, found.notices, verdicts(stored, version, naming, standing))


def facts_of(report: Report) -> Mapping[str, object]:
    """The source as a whole."""
    return {
        "source": report.source,
        "schema": report.version,
        "newest_schema": NEWEST,
        "sessions": len(report.verdicts),
        "usable": report.count(*USABLE),
        "paired": report.count("paired"),
        "unusable": report.count("unusable"),
    }


def row_of(verdict: Verdict) -> Mapping[str, object]:
    """One session."""
    stored = verdict.stored
    return {
        "jid": stored.jid,
        "state": verdict.state,
        "why": verdict.why,
        "device_id": verdict.device_id,
        "lid": stored.lid,
        "sessions": stored.sessions,
        "pre_keys": stored.pre_keys,
        "identities": stored.identities,
        "detail": None if verdict.why is None else WORDS[verdict.why],
    }


def _unread(source: Source) -> list[Stored]:
    """Sessions whose tables are not understood: their names alone."""
    return [
        Stored(jid=str(jid), lid=None, platform="", keys=(), sessions=0, pre_keys=0, identities=0, lacks=None)
        for (jid,) in source.rows("whatsmeow_device", ["jid"])
    ]
