"""Where a client finds the API, and by which key."""

from __future__ import annotations

import pytest

from mendline.client import Mendline, NotConfiguredError
from mendline.client.place import KEY, URL, addresses_of, key_of
from mendline.configuration import OF_CLIENTS


def test_both_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "http://one:1, http://two:2/")
    monkeypatch.setenv(KEY, "mdl_a_b\n")
    addresses = addresses_of(None)
    first = addresses.present
    addresses.leave(first)
    assert (first, addresses.present, key_of(None)) == ("http://one:1", "http://two:2", "mdl_a_b")


def test_without_an_address_it_is_this_machines() -> None:
    assert addresses_of(None).present == "http://127.0.0.1:8420"


def test_an_address_that_somebody_has_left_already_is_left_once() -> None:
    addresses = addresses_of(["http://a", "http://b", "http://c"])
    addresses.leave("http://a")
    addresses.leave("http://a")
    assert addresses.present == "http://b"


@pytest.mark.parametrize("url", ["", "localhost:8420", "ftp://a", "http://", "http://a?b=c", "http://[::1", ","])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NotConfiguredError, match="is no address of the API"):
        Mendline(url, "mdl_a_b")


@pytest.mark.parametrize(("key", "said"), [(None, "no API key"), ("", "no API key"), ("two words", "is no API key")])
def test_what_is_no_key_is_refused(key: str | None, said: str) -> None:
    with pytest.raises(NotConfiguredError, match=said):
        Mendline("http://a", key)


def test_mendline_itself_takes_neither_variable_for_a_setting() -> None:
    assert OF_CLIENTS == (URL, KEY)
