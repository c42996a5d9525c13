"""`mendline whatsapp import` without more: what of a database can be used, told without changing anything."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from tests.mendline.whatsapp.importing.conftest import FIRST, PROVISIONED, SECOND, THIRD
from tests.mendline.whatsapp.importing.copied_file import changed, write_file

Importing = Callable[..., Any]


def report(importing: Importing, *arguments: str) -> dict[str, Any]:
    result = importing(*arguments, "-o", "json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = orjson.loads(result.stdout)
    return told


def reasons(told: dict[str, Any]) -> dict[str, str | None]:
    return {each["jid"]: each["why"] for each in told["of_each"]}


def test_sessions_of_postgresql_are_told_with_what_they_hold(importing: Importing, source: str) -> None:
    told = report(importing, source)

    assert (told["schema"], told["newest_schema"], told["sessions"], told["usable"]) == (15, 15, PROVISIONED, 3)
    assert told["of_each"][0] == {
        "jid": FIRST, "state": "usable", "why": None, "device_id": "whatsapp-15550000001",
        "lid": "915550000001:1@lid", "sessions": 0, "pre_keys": 10, "identities": 0, "detail": None,
    }  # fmt: skip


def test_sessions_of_an_sqlite_file_are_told_alike(importing: Importing, source: str, file: Path) -> None:
    assert report(importing, str(file))["of_each"] == report(importing, source)["of_each"]


def test_file_may_be_named_as_whatsmeow_is_told_of_it(importing: Importing, file: Path) -> None:
    assert report(importing, f"file:{file}?_foreign_keys=on")["sessions"] == PROVISIONED


def test_people_get_a_table_and_the_warning(importing: Importing, file: Path) -> None:
    result = importing(str(file))

    assert [line.split()[:2] for line in result.stdout.splitlines()[-3:]] == [
        [jid, "usable"] for jid in (FIRST, SECOND, THIRD)
    ]
    assert "must never be used by two programs at once" in result.stderr


def test_file_is_read_without_a_trace(importing: Importing, file: Path, tmp_path: Path) -> None:
    changed(file, "PRAGMA journal_mode = wal")
    before, beside = hashlib.sha256(file.read_bytes()).digest(), sorted(tmp_path.glob("store*"))

    report(importing, str(file))

    assert (hashlib.sha256(file.read_bytes()).digest(), sorted(tmp_path.glob("store*"))) == (before, beside)


def test_what_a_running_program_has_not_written_back_is_read_and_told(importing: Importing, file: Path) -> None:
    changed(file, "PRAGMA journal_mode = wal")
    with closing(sqlite3.connect(file, isolation_level=None)) as owner:
        owner.execute("DELETE FROM whatsmeow_device WHERE jid = ?", [THIRD])
        told = report(importing, str(file))

    assert reasons(told)[THIRD] == "no_device_row"
    assert "the program that owns it runs" in told["notices"][0]


def test_open_connections_to_postgresql_are_told(importing: Importing, source: str) -> None:
    with psycopg.connect(source):
        told = report(importing, source)

    assert "other connections are open to it" in told["notices"][0]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE whatsmeow_device SET jid = '15550000001@s.whatsapp.net' WHERE jid = ?", "no_device_number"),
        ("UPDATE whatsmeow_device SET jid = '77@msgr' WHERE jid = ?", "no_jid"),
        ("UPDATE whatsmeow_device SET registration_id = NULL WHERE jid = ?", "no_registration"),
        ("UPDATE whatsmeow_device SET noise_key = x'00' WHERE jid = ?", "damaged_keys"),
        ("UPDATE whatsmeow_device SET signed_pre_key = 'text' WHERE jid = ?", "damaged_keys"),
        ("UPDATE whatsmeow_device SET adv_details = x'' WHERE jid = ?", "no_account"),
        ("UPDATE whatsmeow_device SET adv_device_sig = NULL WHERE jid = ?", "no_account"),
        ("DELETE FROM whatsmeow_pre_keys WHERE jid = ?", "never_used"),
        ("UPDATE whatsmeow_device SET platform = 'android' WHERE jid = ?", "not_made_by_stand_in"),
    ],
)
def test_session_that_cannot_be_used_says_why(importing: Importing, file: Path, statement: str, why: str) -> None:
    changed(file, statement, FIRST)

    told = report(importing, str(file))

    assert [(each["why"], bool(each["detail"])) for each in told["of_each"] if each["why"]][:1] == [(why, True)]
    assert told["usable"] == PROVISIONED - 1


def test_older_schema_is_read_as_far_as_it_goes(importing: Importing, file: Path) -> None:
    for table in ("retry_buffer", "nct_salt"):
        changed(file, f"DROP TABLE whatsmeow_{table}")
    changed(file, "ALTER TABLE whatsmeow_device DROP COLUMN companion_meta_nonce")
    changed(file, "UPDATE whatsmeow_version SET version = 12")

    assert report(importing, str(file))["usable"] == PROVISIONED


@pytest.mark.parametrize(("version", "why"), [(4, "schema_too_old"), (16, "schema_too_new")])
def test_schema_that_is_not_understood_is_told(importing: Importing, file: Path, version: int, why: str) -> None:
    changed(file, "UPDATE whatsmeow_version SET version = ?", version)

    assert set(reasons(report(importing, str(file))).values()) == {why}


def test_what_mendline_s_own_tables_have_is_told(importing: Importing, source: str, postgres: str) -> None:
    with psycopg.connect(postgres) as mendline, psycopg.connect(source) as other:
        mendline.execute("CREATE TABLE whatsmeow_device (jid text, noise_key bytea, identity_key bytea)")
        row = other.execute("SELECT jid, noise_key, identity_key FROM whatsmeow_device ORDER BY jid").fetchone()
        mendline.execute("INSERT INTO whatsmeow_device VALUES (%s, %s, %s)", row)
        mendline.execute("INSERT INTO whatsmeow_device VALUES (%s, '', '')", [SECOND])

    states = {each["jid"]: (each["state"], each["why"]) for each in report(importing, source)["of_each"]}

    assert (states[FIRST], states[SECOND]) == (("copied", None), ("unusable", "other_keys"))


def test_report_needs_no_mendline(importing: Importing, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MENDLINE_POSTGRES")

    assert report(importing, str(file))["usable"] == PROVISIONED


def test_mapping_picks_sessions_and_names_their_devices(importing: Importing, file: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(f"jid,device_id\n{SECOND},front-desk\n")

    result = importing(str(file), "--mapping", str(tmp_path / "m.csv"), "-o", "csv")

    assert [line.split(",")[:4] for line in result.stdout.splitlines()[1:]] == [
        [FIRST, "unusable", "not_asked_for", ""], [SECOND, "usable", "", "front-desk"],
        [THIRD, "unusable", "not_asked_for", ""],
    ]  # fmt: skip


def test_ids_are_the_devices_that_there_could_be(importing: Importing, file: Path) -> None:
    changed(file, "DELETE FROM whatsmeow_pre_keys WHERE jid = ?", SECOND)

    result = importing(str(file), "-o", "ids")

    assert result.stdout.split() == ["whatsapp-15550000001", "whatsapp-15550000003"]


def test_mapping_of_what_is_not_there_is_refused(importing: Importing, file: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(f"jid,device_id\n9{FIRST},front-desk\n")

    result = importing(str(file), "--mapping", str(tmp_path / "m.csv"))

    assert (result.exit_code, f"9{FIRST}" in result.stderr) == (2, True)


def test_source_that_does_not_answer_is_away(importing: Importing) -> None:
    result = importing("postgresql://somebody:secret@127.0.0.1:1/store")

    assert (result.exit_code, "secret" in result.output) == (5, False)
    assert "postgresql://127.0.0.1:1/store does not answer" in result.stderr


@pytest.mark.parametrize("url", ["postgresql://a:pa%zz@h/d", "postgres://[::1/d"])
def test_url_that_is_none_is_told_without_its_password(importing: Importing, url: str) -> None:
    result = importing(url)

    assert (result.exit_code, "%zz" in result.output) == (2, False)
    assert "the source's URL cannot be understood" in result.stderr


def test_database_without_whatsmeow_is_told(importing: Importing, source_postgres: str) -> None:
    result = importing(source_postgres)

    assert (result.exit_code, "it has none of whatsmeow's" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file"), (b"", "is no SQLite database"), (b"PK\3\4" * 99, "is no SQLite database"),
     (b"SQLite format 3\x00" + b"\xff" * 4096, "cannot be read as SQLite")],
)  # fmt: skip
def test_file_that_is_none_is_told(importing: Importing, tmp_path: Path, content: bytes | None, told: str) -> None:
    (tmp_path / "there").write_bytes(content or b"")

    result = importing(str(tmp_path / ("away" if content is None else "there")))

    assert (result.exit_code, told in result.stderr) == (2, True), result.output


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("ALTER TABLE whatsmeow_device ADD COLUMN nickname text", "whatsmeow_device has a column nickname"),
        ("ALTER TABLE whatsmeow_device DROP COLUMN adv_key", "whatsmeow_device has no column adv_key"),
        ("DROP TABLE whatsmeow_sessions", "there is no table whatsmeow_sessions"),
        ("CREATE TABLE whatsmeow_own (a)", "there is a table whatsmeow_own"),
        ("DELETE FROM whatsmeow_version", "has to hold one number"),
        ("UPDATE whatsmeow_version SET version = 'new'", "has to hold one number"),
        ("DROP TABLE whatsmeow_device", "has no table whatsmeow_device"),
    ],
)
def test_tables_that_are_not_whatsmeow_s_are_told(importing: Importing, file: Path, statement: str, told: str) -> None:
    changed(file, statement)

    result = importing(str(file))

    assert (result.exit_code, told in result.stderr) == (2, True), result.output


def test_damaged_file_is_told(importing: Importing, source: str, tmp_path: Path) -> None:
    file = write_file(source, tmp_path / "damaged.db")
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))

    result = importing(str(file))

    assert (result.exit_code, "cannot be read as SQLite" in result.stderr) == (2, True), result.output
