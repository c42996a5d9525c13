"""How answers are written."""

from __future__ import annotations

import csv
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendline.command_line.output import Format, Shape, print_facts, print_rows, shown

ROWS: list[dict[str, str | None]] = [{"device_id": "d-1", "name": "a"}, {"device_id": "d-10", "name": None}]
SHAPE = Shape(columns=("device_id", "name"), id="{device_id}")
WHOLE = Shape(columns=("id",), id="{id}", fields=("id", "at", "ok", "states"))


def test_a_table_has_one_line_a_row_and_no_blanks_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, SHAPE, Format.TABLE)
    assert capsys.readouterr().out == "device id  name\nd-1        a\nd-10\n"


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, SHAPE, Format.JSON)
    assert orjson.loads(capsys.readouterr().out) == ROWS


def test_jsonl_is_a_document_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, SHAPE, Format.JSONL)
    assert [orjson.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS


def test_json_of_nothing_is_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], SHAPE, Format.JSON)
    assert orjson.loads(capsys.readouterr().out) == []


def test_json_keeps_whatever_ends_a_line_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"name": "one\N{LINE SEPARATOR}two\N{NEXT LINE}"}
    print_rows([row], SHAPE, Format.JSON)
    assert orjson.loads(capsys.readouterr().out) == [row]


def test_ids_stand_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, SHAPE, Format.IDS)
    assert capsys.readouterr().out == "d-1\nd-10\n"


def test_csv_has_every_field_under_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    print_rows([{"id": 1, "at": at, "ok": True, "states": {"waiting": 2}}], WHOLE, Format.CSV)
    assert list(csv.DictReader(StringIO(capsys.readouterr().out))) == [
        {"id": "1", "at": "2026-11-23T00:00:00+00:00", "ok": "true", "states": '{"waiting":2}'}
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=4))
def test_csv_gives_every_text_back(cells: list[str]) -> None:
    names = [f"c{number}" for number, _ in enumerate(cells)]
    with redirect_stdout(StringIO(newline="")) as written:
        print_rows([dict(zip(names, cells, strict=True))], Shape(columns=names, id=""), Format.CSV)
    assert list(csv.reader(StringIO(written.getvalue(), newline=""))) == [names, cells]


def test_csv_of_nothing_has_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], WHOLE, Format.CSV)
    assert capsys.readouterr().out == "id,at,ok,states\n"


@pytest.mark.parametrize(
    ("output", "written"),
    [
        (Format.JSONL, '{"device_id":"d-1","sends":{"waiting":1}}\n'),
        (Format.CSV, 'device_id,sends\nd-1,"{""waiting"":1}"\n'),
        (Format.IDS, "d-1\n"),
    ],
)
def test_one_thing_is_written_for_programs(output: Format, written: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"device_id": "d-1", "sends": {"waiting": 1}}, output, "{device_id}")
    assert capsys.readouterr().out == written


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
