"""A campaign's file: every line is checked, and each bad one named by line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from mendline.campaign.file import CampaignFileError, Line, read_campaign
from schemas.device.body import Body, Media

HEADING = "device,to,text\n"


def _read(folder: Path, text: str | bytes, campaign: str = "spring") -> list[Line]:
    file = folder / "x.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_campaign(file, campaign))


def test_every_line_is_a_send_of_the_campaign(tmp_path: Path) -> None:
    first, second = _read(tmp_path, f'{HEADING}d-1,62811,"hello, you"\nd-2,62812,bye\n')
    assert (first.number, first.device_id, first.request.to) == (2, "d-1", "62811")
    assert (first.request.body, first.request.campaign) == (Body(text="hello, you"), "spring")
    assert (second.number, second.device_id) == (3, "d-2")


def test_line_is_named_where_it_begins_also_behind_texts_of_many_lines(tmp_path: Path) -> None:
    lines = _read(tmp_path, f'{HEADING}d-1,1,"one\ntwo\nthree"\n\nd-2,2,x\n')
    assert [(line.number, line.request.body.text) for line in lines] == [(2, "one\ntwo\nthree"), (6, "x")]


def test_send_that_could_never_leave_is_a_bad_line(tmp_path: Path) -> None:
    times = "2026-11-25T08:00Z,2026-11-24T08:00Z"
    with pytest.raises(CampaignFileError, match="line 2: it could never leave"):
        _read(tmp_path, f"device,to,text,not_before,expires_at\nd-1,1,hi,{times}\n")


@pytest.mark.parametrize("text", ["\ufeffdevice;to;text\nd-1;1;a, b\n", "Device\tTO\ttext\r\nd-1\t1\ta, b\r\n"])
def test_files_of_spreadsheets_are_read(tmp_path: Path, text: str) -> None:
    (line,) = _read(tmp_path, text)
    assert (line.device_id, line.request.body.text) == ("d-1", "a, b")


def test_media_and_times_are_taken_where_given(tmp_path: Path) -> None:
    heading = "device,to,text,media_kind,media_url,filename,not_before,expires_at\n"
    cells = "d-1,1,hi,image,https://a/b.png,,2026-11-23T08:00:00+07:00,\nd-1,2,plain,,,,,\n"
    first, second = _read(tmp_path, heading + cells)
    assert first.request.body == Body(text="hi", media=Media(kind="image", url="https://a/b.png"))
    assert first.request.not_before is not None
    assert first.request.expires_at is None
    assert second.request.body == Body(text="plain")


BAD = {
    "no id": ("a b,1,x", "line 3: device 'a b' is no id"),
    "nobody": ("d-1,,x", 'line 3: "to" should have at least 1 character'),
    "nothing": ("d-1,1,", 'line 3: "body" is empty'),
    "too few": ("d-1,1", "line 3: it has more or fewer cells than line 1"),
    "too many": ("d-1,1,hello, you", "line 3: it has more or fewer cells than line 1"),
    "again": ("d-0,0,fine", "line 3: the same send as line 2"),
    "too long": (f"d-1,1,{'x' * 70_000}", 'line 3: "body" has'),
}


@pytest.mark.parametrize(("line", "says"), BAD.values(), ids=BAD)
def test_each_bad_line_is_named_with_its_reason(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(CampaignFileError) as caught:
        _read(tmp_path, f"{HEADING}d-0,0,fine\n{line}\n")
    heading, problem = str(caught.value).split("\n")
    assert heading.endswith("x.csv: 1 of 2 lines cannot be sent, so nothing was asked for")
    assert problem.startswith(says)


@pytest.mark.parametrize(("most", "told"), [(None, 61), (60, 61), (50, 52)])
def test_every_bad_line_is_named_but_where_only_so_many_are_wanted(tmp_path: Path, most: int | None, told: int) -> None:
    file = tmp_path / "x.csv"
    file.write_text(HEADING + "d-1,,x\n" * 60)
    with pytest.raises(CampaignFileError, match="60 of 60 lines") as caught:
        read_campaign(file, "spring", most)
    lines = str(caught.value).split("\n")
    assert (len(lines), "and 10 more" in lines[-1]) == (told, most == 50)


WHOLE = {
    "no such column": ("device,to,message\nd,1,x\n", "missing: text, unknown: message"),
    "a column twice": ("device,to,text,to\n", "give each column its name, once"),
    "empty": ("", "missing: device, to, text"),
    "no sends": (HEADING, "has no sends"),
    "no text": (b"\xff\xfe\x00", "cannot be read"),
    "quotes that do not end": (f'{HEADING}d-1,1,y\nd-1,1,"x', "line 3: what begins there is no CSV"),
    "quotes within quotes": (f'{HEADING}d-1,1,"x "y" z"\n', "line 2: what begins there is no CSV"),
}


@pytest.mark.parametrize(("text", "says"), WHOLE.values(), ids=WHOLE)
def test_file_that_is_none_is_refused_as_a_whole(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(CampaignFileError, match=says):
        _read(tmp_path, text)


@pytest.mark.parametrize("time", ["46349", "46349.5", "1764000000", "15:30"])
def test_number_of_days_is_no_time(tmp_path: Path, time: str) -> None:
    with pytest.raises(CampaignFileError, match=f"line 2: not_before '{time}' is no time"):
        _read(tmp_path, f"device,to,text,not_before\nd-1,1,x,{time}\n")


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CampaignFileError, match="cannot be read"):
        read_campaign(tmp_path / "nowhere.csv", "spring")


@pytest.mark.parametrize("campaign", ["", "two words", "x" * 96])
def test_name_that_is_none_is_refused(tmp_path: Path, campaign: str) -> None:
    with pytest.raises(CampaignFileError, match="is no campaign's name"):
        _read(tmp_path, f"{HEADING}d-1,1,x\n", campaign)


def test_same_send_has_the_same_id_wherever_it_stands(tmp_path: Path) -> None:
    one = _read(tmp_path, f"{HEADING}d-1,1,x\nd-1,2,y\n")
    moved = _read(tmp_path, f"{HEADING}d-1,2,y\nd-1,3,z\nd-1,1,x\n")
    assert {line.request_id for line in one} == {moved[0].request_id, moved[2].request_id}


@pytest.mark.parametrize("line", ["d-2,1,x", "d-1,2,x", "d-1,1,y"])
def test_other_content_has_another_id(tmp_path: Path, line: str) -> None:
    first, second = _read(tmp_path, f"{HEADING}d-1,1,x\n{line}\n")
    assert first.request_id != second.request_id


def test_other_campaign_has_other_ids(tmp_path: Path) -> None:
    (one,), (other,) = (_read(tmp_path, f"{HEADING}d-1,1,x\n", name) for name in ("a", "b"))
    assert (one.request_id[:2], other.request_id[:2], one.request_id[2:] == other.request_id[2:]) == ("a:", "b:", True)
