"""A mapping is taken whole, or told what is wrong with which of its lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from mendline.whatsapp.importing.mapping import MappingError, read_mapping

JID = "6281100000001:12@s.whatsapp.net"


def test_mapping_names_a_device_for_each_session(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(f"jid,device_id\n{JID},front-desk\n")

    assert read_mapping(tmp_path / "m.csv") == {JID: "front-desk"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has to begin with the line jid,device_id"),
        ("device_id,jid\n", "has to begin with the line jid,device_id"),
        (f"jid,device_id\n{JID}\n", "line 2 has 1 cells"),
        ("jid,device_id\n628110000@s.whatsapp.net,d1\n", "line 2: '628110000@s.whatsapp.net' is no linked device's"),
        (f"jid,device_id\n{JID},a b\n", "line 2: 'a b' is no id"),
        (f"jid,device_id\n{JID},d1\n{JID},d2\n", f"line 3: {JID} stands there before"),
        (f"jid,device_id\n{JID},d1\n1{JID},d1\n", "line 3: d1 stands there before"),
        ("jid,device_id\n\udcff", "no CSV in UTF-8"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "m.csv").write_bytes(text.encode(errors="surrogateescape"))

    with pytest.raises(MappingError, match=told):
        read_mapping(tmp_path / "m.csv")


def test_mapping_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="No such file"):
        read_mapping(tmp_path / "none.csv")
