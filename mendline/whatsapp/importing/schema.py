"""What lies in whatsmeow's tables (its store/sqlstore), as far as sessions are read from them and copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OLDEST, NEWEST = 5, 15
"""Versions of whatsmeow's schema that are understood: JIDs have their form since 5; the host's own tables have 15."""
VERSION = "whatsmeow_version"
DEVICES = "whatsmeow_device"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. key: the column with the session's JID; none: sessions share it. later: columns of later versions."""

    name: str
    key: str | None
    columns: tuple[str, ...]
    since: int = 0
    later: Mapping[str, int] = field(default_factory=dict)

    def columns_of(self, version: int) -> tuple[str, ...]:
        """Its columns in a version of the schema; none where that version has no such table."""
        if version < self.since:
            return ()
        return (*self.columns, *(name for name, since in self.later.items() if since <= version))


def _table(name: str, key: str | None, columns: str, since: int = 0, **later: int) -> Table:
    return Table(f"whatsmeow_{name}", key, tuple(columns.split()), since, later)


TABLES = (
    _table(
        "device", "jid",
        "jid registration_id noise_key identity_key signed_pre_key signed_pre_key_id signed_pre_key_sig adv_key "
        "adv_details adv_account_sig adv_account_sig_key adv_device_sig platform business_name push_name",
        facebook_uuid=6, lid=7, lid_migration_ts=10, companion_meta_nonce=15,
    ),
    _table("identity_keys", "our_jid", "our_jid their_id identity"),
    _table("pre_keys", "jid", "jid key_id key uploaded"),
    _table("sessions", "our_jid", "our_jid their_id session"),
    _table("sender_keys", "our_jid", "our_jid chat_id sender_id sender_key"),
    _table("app_state_sync_keys", "jid", "jid key_id key_data timestamp fingerprint"),
    _table("app_state_version", "jid", "jid name version hash"),
    _table("app_state_mutation_macs", "jid", "jid name version index_mac value_mac"),
    _table("contacts", "our_jid", "our_jid their_jid first_name full_name push_name business_name", redacted_phone=11),
    _table("chat_settings", "our_jid", "our_jid chat_jid muted_until pinned archived"),
    _table("message_secrets", "our_jid", "our_jid chat_jid sender_jid message_id key", 3),
    _table("privacy_tokens", "our_jid", "our_jid their_jid token timestamp", 4, sender_timestamp=12),
    _table("nct_salt", "our_jid", "our_jid salt", 14),
    _table("event_buffer", "our_jid", "our_jid ciphertext_hash plaintext server_timestamp insert_timestamp", 9),
    _table("retry_buffer", "our_jid", "our_jid chat_jid message_id format plaintext timestamp", 13),
    _table("lid_map", None, "lid pn", 8),
)  # fmt: skip
"""All of them, each after those that it refers to."""
BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}


def differences(found: Mapping[str, frozenset[str]], version: int) -> list[str]:
    """How tables differ from what whatsmeow makes in that version; `found`: their columns, whatsmeow's tables only."""
    told = []
    for name in sorted(found.keys() | {table.name for table in TABLES if table.columns_of(version)}):
        expected = frozenset(BY_NAME[name].columns_of(version)) if name in BY_NAME else frozenset()
        if name not in found:
            told.append(f"there is no table {name}")
        elif not expected:
            told.append(f"there is a table {name}")
        else:
            told += [f"{name} has no column {column}" for column in sorted(expected - found[name])]
            told += [f"{name} has a column {column}" for column in sorted(found[name] - expected)]
    return told
