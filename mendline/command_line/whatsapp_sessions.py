"""What is told of another program's WhatsApp sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from mendline.command_line.confirming import confirm
from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import Format, Row, Shape, print_facts, print_rows, say
from mendline.command_line.whatsapp_pairing import paired
from mendline.running import known_postgres, postgres_address
from mendline.settings import Settings
from mendline.whatsapp.greeting import greeted, host_of
from mendline.whatsapp.importing.copying import copies
from mendline.whatsapp.importing.mapping import read_mapping
from mendline.whatsapp.importing.report import Report, examined, facts_of, row_of
from mendline.whatsapp.importing.source import opened, version_of
from mendline.whatsapp.importing.standing import Standing, standing_in
from mendline.whatsapp.importing.verdicts import USABLE, Naming, Verdict

TOLD = ("jid", "state", "why", "device_id", "lid", "sessions", "pre_keys", "identities")
SHAPE = Shape(columns=TOLD, id="{device_id}", fields=(*TOLD, "detail"))
IMPORTED = "imported"
QUESTION = "Take over {} sessions of {}? The program that used them has to be stopped, for good; is it?"
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
    _write(report, [row_of(each) for each in report.verdicts], output)
    for notice in (*report.notices, ONE_PROGRAM):
        say(notice)


def _write(report: Report, rows: Sequence[Row], output: Format) -> None:
    match output:
        case Format.TABLE:
            print_facts(facts_of(report), output)
            typer.echo()
            print_rows(rows, SHAPE, output)
            for why, detail in dict.fromkeys((row["why"], row["detail"]) for row in rows if row["why"]):
                say(f"{why}: {detail}")
        case Format.JSON | Format.JSONL:
            print_facts({**facts_of(report), "notices": report.notices, "of_each": rows}, output)
        case Format.CSV:
            print_rows(rows, SHAPE, output)
        case Format.IDS:
            print_rows([row for row in rows if row["state"] in (*USABLE, IMPORTED)], SHAPE, output)


@dataclass(frozen=True, slots=True)
class Using:
    """How sessions are taken over: how long to wait, how to answer, why, and whether somebody has agreed to it."""

    timeout_s: float
    output: Format
    reason: str | None
    agreed: bool


def use(settings: Settings, source: str, report: Report, using: Using) -> None:
    """Copy what is usable and make it devices; exit code 1 where one of them was not done."""
    database = postgres_address(settings)
    wanted = [each for each in report.verdicts if each.state in USABLE]
    for notice in report.notices:
        say(notice)
    if wanted:
        confirm(QUESTION.format(len(wanted), report.source), yes=using.agreed)
    problems = _used(settings, source, database, wanted, using) if wanted else {}
    _write(report, [_row(each, problems) for each in report.verdicts], using.output)
    if any(problems.values()):
        raise typer.Exit(ExitCode.FAILED)


def _used(
    settings: Settings, source: str, database: str, wanted: Sequence[Verdict], using: Using
) -> dict[str, str | None]:
    """Of each session: why it was not taken over; None: it was."""
    asyncio.run(greeted(host_of(settings, database), "import"))
    new = [each.stored.jid for each in wanted if each.state == "usable"]
    with opened(source) as found:
        problems = {each.jid: each.problem for each in copies(found, version_of(found), new, database)}
    devices = {v.device_id: v.stored.jid for v in wanted if v.device_id and problems.get(v.stored.jid) is None}
    return problems | paired(settings, devices, using.timeout_s, using.reason)


def _row(verdict: Verdict, problems: Mapping[str, str | None]) -> Row:
    row = dict(row_of(verdict))
    if verdict.stored.jid not in problems:
        return row
    problem = problems[verdict.stored.jid]
    return row | ({"state": IMPORTED} if problem is None else {"state": "failed", "why": "failed", "detail": problem})


def _standing(settings: Settings) -> Standing:
    stand_in, database = settings.whatsapp_stand_in is not None, known_postgres(settings)
    if database is None:
        say("no database of Mendline's is known (MENDLINE_POSTGRES): what it has already is not compared")
        return Standing(stand_in=stand_in)
    return standing_in(database, stand_in=stand_in)
