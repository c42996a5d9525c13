"""What Python and the WhatsApp host say to each other is described once."""

from __future__ import annotations

from typing import get_args

import orjson
import pytest

from streams.drivers.whatsapp.go_source import FILE, go_source
from streams.drivers.whatsapp.lines import TYPES, HostMessageError, line_of, message_of
from streams.drivers.whatsapp.protocol import Connect, ConnectFailed, NotSent, SendWhy


def test_the_go_side_is_made_of_the_description() -> None:
    assert FILE.read_text() == go_source()


def test_every_message_has_a_type_of_its_own() -> None:
    assert len(set(TYPES.values())) == len(TYPES)


def test_a_message_to_the_host_is_one_line_that_names_its_type() -> None:
    line = line_of(Connect(id=7, device_id="phone\n1", link=2, jid="15550100001:3@s.whatsapp.net", deadline_ms=20_000))

    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert orjson.loads(line)["type"] == "connect"


def test_what_the_host_leaves_out_is_empty() -> None:
    message = message_of(b'{"type":"connect_failed","id":7,"device_id":"phone-1","link":2,"why":"cut"}')

    assert message == ConnectFailed(id=7, device_id="phone-1", link=2, why="cut", code=0, until=0, detail="")


def test_a_send_that_failed_was_not_written_unless_the_host_says_so() -> None:
    assert message_of(b'{"type":"not_sent","id":7,"why":"no_keys"}') == NotSent(id=7, why="no_keys", written=False)


def test_the_go_side_knows_every_reason() -> None:
    source = go_source()

    assert [why for why in get_args(SendWhy) if f'= "{why}"' not in source] == []


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"id":1}', b'{"type":"none"}', b'{"type":"closed","more":1}'])
def test_a_line_that_is_no_message_is_refused_with_what_to_do(line: bytes) -> None:
    with pytest.raises(HostMessageError, match="mendline whatsapp build"):
        message_of(line)
