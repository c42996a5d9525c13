"""What is told of another program's WhatsApp sessions."""

from __future__ import annotations

from pathlib import Path

import typer

from mendline.command_line.output import Format, Shape, print_facts, print_rows, say
from mendline.running import known_postgres
from mendline.settings import Settings
from mendline.whatsapp.importing.mapping import read_mapping
from mendline.whatsapp.importing.report import Report, examined, facts_of, row_of
from mendline.whatsapp.importing.standing import Standing, standing_in
from mendline.whatsapp.importing.verdicts import USABLE, WORDS, Naming

TOLD = ("jid", "state", "why", "device_id", "lid", "sessions", "pre_keys", "identities")
SHAPE = Shape(columns=TOLD, id="{device_id}", fields=(*TOLD, "detail"))
ONE_PROGRAM = (
    "a session must never be used by two programs at once: stop the other one for good before Mendline connects, or "
    "WhatsApp ends one for the other (replaced)"
)


def found(settings: Settings, source: str, prefix: str, mapping: Path | None) -> Report:
    """Read the source, and what Mendline has already."""
    naming = Naming(prefix, None if mapping is None else read_mapping(mapping))
    return examined(source, naming, _standing(settings))


def tell(report: Report, output: Format) -> None:
    """Answer with it; what to mind goes to stderr."""
    rows = [row_of(each) for each in report.verdicts]
    match output:
        case Format.TABLE:
            print_facts(facts_of(report), output)
            typer.echo()
            print_rows(rows, SHAPE, output)
            for why in dict.fromkeys(each.why for each in report.verdicts if each.why):
                say(f"{why}: {WORDS[why]}")
        case Format.JSON | Format.JSONL:
            print_facts({**facts_of(report), "notices": report.notices, "of_each": rows}, output)
        case Format.CSV:
            print_rows(rows, SHAPE, output)
        case Format.IDS:
            print_rows([row for row in rows if row["state"] in USABLE], SHAPE, output)
    for notice in (*report.notices, ONE_PROGRAM):
        say(notice)


def _standing(settings: Settings) -> Standing:
    stand_in, database = settings.whatsapp_stand_in is not None, known_postgres(settings)
    if database is None:
        say("no database of Mendline's is known (MENDLINE_POSTGRES): what it has already is not compared")
        return Standing(stand_in=stand_in)
    return standing_in(database, stand_in=stand_in)
