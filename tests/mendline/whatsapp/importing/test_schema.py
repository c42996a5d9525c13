"""What is known of whatsmeow's tables is what its own code makes: a host of this version, and upgrades before it."""

from __future__ import annotations

import pytest

from mendline.whatsapp.importing.schema import BY_NAME, NEWEST, OLDEST, TABLES, differences
from mendline.whatsapp.importing.source import opened, version_of

NOW = {table.name: frozenset(table.columns_of(NEWEST)) for table in TABLES}


def test_tables_are_those_that_whatsmeow_makes(source: str) -> None:
    with opened(source) as found:
        made = {name: columns for name, columns in found.tables().items() if name != "whatsmeow_version"}

        assert made == NOW
        assert version_of(found) == NEWEST


@pytest.mark.parametrize(
    ("table", "version", "column"),
    [("device", 7, "lid"), ("device", 15, "companion_meta_nonce"), ("contacts", 11, "redacted_phone")],
)
def test_column_of_a_later_version_is_not_expected_of_an_earlier_one(table: str, version: int, column: str) -> None:
    described = BY_NAME[f"whatsmeow_{table}"]

    assert column in described.columns_of(version)
    assert column not in described.columns_of(version - 1)


def test_tables_of_the_oldest_version_lack_what_came_later() -> None:
    old = {table.name: frozenset(table.columns_of(OLDEST)) for table in TABLES if table.columns_of(OLDEST)}

    assert differences(old, OLDEST) == []
    assert "whatsmeow_lid_map" not in old


def test_every_difference_is_told() -> None:
    found = NOW | {"whatsmeow_device": NOW["whatsmeow_device"] ^ {"lid", "nickname"}, "whatsmeow_own": frozenset("a")}
    del found["whatsmeow_sessions"]

    assert differences(found, NEWEST) == [
        "whatsmeow_device has no column lid",
        "whatsmeow_device has a column nickname",
        "there is a table whatsmeow_own",
        "there is no table whatsmeow_sessions",
    ]
