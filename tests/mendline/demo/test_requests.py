from __future__ import annotations

import json
from pathlib import Path

import pytest

from mendline.demo.requests import RequestsFileError, made_sends, pairings, read_sends, records


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    return tmp_path / "sends.csv"


@pytest.fixture
def json_file(tmp_path: Path) -> Path:
    return tmp_path / "sends.jsonl"


def test_csv_is_read_by_its_header(csv_file: Path) -> None:
    csv_file.write_text("to,device,text\n62811,phone-1,Halo\n")

    assert read_sends(csv_file) == [{"device": "phone-1", "to": "62811", "text": "Halo"}]


def test_line_end_inside_quotes_belongs_to_the_text(csv_file: Path) -> None:
    csv_file.write_bytes(b'device,to,text\r\nphone-1,62811,"two\nlines"\r\n')

    assert read_sends(csv_file)[0]["text"] == "two\nlines"


def test_mark_of_a_spreadsheet_is_passed_over(csv_file: Path) -> None:
    csv_file.write_bytes("\ufeffdevice,to,text\nphone-1,62811,Halo\n".encode())

    assert read_sends(csv_file)[0]["device"] == "phone-1"


def test_json_lines_may_have_empty_lines_between(json_file: Path) -> None:
    json_file.write_text('{"device": "a", "to": "1", "text": "x"}\n\n{"device": "b", "to": "2", "text": "y"}\n')

    assert [send["device"] for send in read_sends(json_file)] == ["a", "b"]


def test_only_a_line_feed_ends_a_json_line(json_file: Path) -> None:
    json_file.write_text('{"device": "a", "to": "1", "text": "x\u2028y"}\n', encoding="utf-8")

    assert read_sends(json_file)[0]["text"] == "x\u2028y"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"device": "a", "to": "1", "text": "x"}\n{"device": "a"', "line 2: no JSON"),
        ("[]", "line 1: give device, to and text"),
        ('{"device": "a", "to": 62811, "text": "x"}', "line 1: give device, to and text"),
        ('{"device": "\uff41", "to": "1", "text": "x"}', "line 1: device '\uff41' is no id"),
        ('{"device": "a", "to": "1", "text": "x", "request_id": "no id"}', "request_id 'no id' is no id"),
        ('{"device": "a", "to": "1", "text": "x", "expires_at": "soon"}', 'line 1: "expires_at"'),
        ("", "has no requests"),
    ],
)
def test_mistake_is_told_with_its_line(json_file: Path, content: str, words: str) -> None:
    json_file.write_text(content, encoding="utf-8")

    with pytest.raises(RequestsFileError, match=words):
        read_sends(json_file)


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RequestsFileError, match=r"none\.csv cannot be read"):
        read_sends(tmp_path / "none.csv")


def test_devices_are_registered_before_their_sends() -> None:
    send = {"device": "a", "to": "1", "text": "x", "campaign": "spring"}

    lines = [json.loads(line) for line in records([("a", "simulated")], [send], "2026-11-23T00:00:00Z")]

    assert [line["event"]["type"] for line in lines] == ["device_registration_requested", "send_requested"]
    assert lines[1]["event"]["data"] == {"to": "1", "body": {"text": "x"}, "campaign": "spring"}


def test_every_third_send_of_the_demonstration_is_of_a_campaign() -> None:
    sends = list(made_sends([("a", "simulated"), ("b", "simulated")], 7))
    assert [send.get("campaign") for send in sends] == ["parcels", None, None, "parcels", None, None, "parcels"]


def test_every_device_is_asked_to_pair_by_qr_code() -> None:
    asked = [json.loads(line) for line in pairings([("phone-1", "whatsapp"), ("phone-2", "whatsapp")], "2026-01-01")]

    assert [record["key"] for record in asked] == ["phone-1", "phone-2"]
    assert {record["event"]["type"] for record in asked} == {"device_pairing_requested"}
    assert asked[0]["event"]["data"] == {"method": "qr"}
