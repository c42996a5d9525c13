"""Credentials: found by name, read again when they change, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.drivers.credentials import Credential, CredentialError, Credentials
from streams.drivers.wablas.account import account_of

SHOP = '[shop-1]\nurl = "https://jogja.wablas.com"\ntoken = "f4k3t0k3n"\nsecret = { environment = "SHOP_SECRET" }\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "credentials.toml"
    file.write_text(SHOP)
    return file


def test_value_may_stand_in_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "s3cr3t")
    account = account_of(Credentials(file).find("shop-1"))
    assert (account.url, account.authorization) == ("https://jogja.wablas.com", "f4k3t0k3n.s3cr3t")


def test_variable_that_is_not_set_is_named(file: Path) -> None:
    with pytest.raises(CredentialError, match="'shop-1': secret is to stand in SHOP_SECRET, which is not set"):
        Credentials(file).find("shop-1")


def test_changed_file_is_read_again(file: Path) -> None:
    credentials = Credentials(file)
    credentials.tables()
    file.write_text('[shop-2]\ntoken = "another"\n')
    assert credentials.find("shop-2").value("token") == "another"


def test_file_that_came_back_after_a_mistake_is_read_again(file: Path) -> None:
    credentials = Credentials(file)
    file.write_text("[shop-1\n")
    with pytest.raises(CredentialError):
        credentials.tables()
    file.write_text(SHOP)
    assert "shop-1" in credentials.tables()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (None, SHOP, "the device names no credential"),
        ("shop-2", SHOP, r"there is no credential 'shop-2' in .*credentials.toml: add a table \[shop-2\]"),
        ("shop-1", "shop-1 = 3\n", "there is no credential 'shop-1'"),
        ("shop-1", "[shop-1]\ntoken = 3\n", "token is neither a text nor"),
        ("shop-1", '[shop-1]\ntoken = "s3cr3t\n', r"credentials.toml is not TOML \(line 2, column 16\): correct it"),
    ],
)
def test_what_is_wrong_is_told_without_a_secret(file: Path, name: str | None, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(CredentialError, match=says) as caught:
        Credentials(file).find(name)
    assert "s3cr3t" not in str(caught.value)


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match=r"there is no .*/nowhere.toml: write it, or set MENDLINE_CREDENTIALS"):
        Credentials(tmp_path / "nowhere.toml").find("shop-1")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"url": "https://a.b"}, "has no token"),
        ({"token": "t"}, "has no url"),
        ({"url": "http://jogja.wablas.com", "token": "t"}, "http only on this machine"),
        ({"url": "jogja.wablas.com", "token": "t"}, "https://SERVER.wablas.com"),
        ({"url": "https://a.b:port", "token": "t"}, "https://SERVER.wablas.com"),
        ({"url": "https://a.b", "token": "t\n"}, "visible ASCII"),
    ],
)
def test_credential_that_is_no_wablas_account_is_refused(values: dict[str, str], says: str) -> None:
    with pytest.raises(CredentialError, match=says):
        account_of(Credential("shop-1", values))


def test_secrets_are_shown_neither_by_a_credential_nor_by_an_account() -> None:
    credential = Credential("shop-1", {"url": "https://a.b", "token": "f4k3t0k3n", "secret": "s3cr3t"})
    shown = f"{credential!r} {account_of(credential)!r}"
    assert "f4k3t0k3n" not in shown
    assert "s3cr3t" not in shown
