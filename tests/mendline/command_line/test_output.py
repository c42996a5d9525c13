"""How answers are written."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from mendline.command_line.output import Format, print_facts, print_rows, shown

ROWS: list[dict[str, str | None]] = [{"device_id": "d-1", "name": "a"}, {"device_id": "d-10", "name": None}]


def test_a_table_has_one_line_a_row_and_no_blanks_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, ("device_id", "name"), Format.TABLE)
    assert capsys.readouterr().out == "device id  name\nd-1        a\nd-10\n"


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, ("device_id",), Format.JSON)
    assert orjson.loads(capsys.readouterr().out) == ROWS


def test_jsonl_is_a_document_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, ("device_id",), Format.JSONL)
    assert [orjson.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS


def test_long_values_stay_on_one_line_for_who_reads_from_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"reason": "long " * 100}, Format.TABLE)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_words_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"name": "[bold]Budi[/bold]"}, Format.TABLE)
    assert "[bold]Budi[/bold]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "as_shown"),
    [
        (None, ""),
        (0, "0"),
        ("two\nlines", "two\N{REPLACEMENT CHARACTER}lines"),
        ("\x1b[2J", "\N{REPLACEMENT CHARACTER}[2J"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}abc", "\N{REPLACEMENT CHARACTER}abc"),
    ],
)
def test_values_are_shown_without_what_could_steer_a_terminal(value: object, as_shown: str) -> None:
    assert shown(value) == as_shown


def test_times_are_shown_with_their_offset() -> None:
    assert datetime.fromisoformat(shown(datetime(2026, 11, 23, tzinfo=UTC))) == datetime(2026, 11, 23, tzinfo=UTC)
