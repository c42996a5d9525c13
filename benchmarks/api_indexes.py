"""What the indexes of `sends` that only lists need cost whoever writes: python -m benchmarks.api_indexes (--rounds).

The worst case: every send has a campaign and waits first, so that it enters each index and leaves it again. Each
variant is a table of its own, written as the projector writes: new rows at once, then changed ones by their keys,
10,000 a transaction. The variants take turns; printed: time (the least of all rounds) and bytes of WAL, which no
other work on the machine changes. Sends without a campaign that are accepted at once, those of benchmarks.projector,
enter none of these indexes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.api_reads import SENDS
from mendline.embedded.postgres import PostgresServer
from projections.migrations import migrate

STATES = "'waiting', 'attempting', 'reconciling', 'deferred', 'uncertain'"
ALWAYS = (
    "ADD PRIMARY KEY (partition, request)",
    "(decided_at)",
    "(device_id, decided_at)",
    "(request_id)",
    "(message_id)",
    "(device_id, provider_message_id)",
)
CAMPAIGN_BEFORE, STATE_BEFORE = "(campaign) WHERE campaign IS NOT NULL", f"(device_id, state) WHERE state IN ({STATES})"
CAMPAIGN = "(campaign, decided_at) INCLUDE (state) WHERE campaign IS NOT NULL"
STATE_OF_CAMPAIGN = "(campaign, state, decided_at) WHERE campaign IS NOT NULL AND state <> 'accepted'"
STATE = "(state, decided_at) WHERE state <> 'accepted'"
STATE_OF_DEVICE = "(device_id, state, decided_at) WHERE state <> 'accepted'"
VARIANTS = {
    "before": (CAMPAIGN_BEFORE, STATE_BEFORE),
    "campaign by time": (CAMPAIGN, STATE_BEFORE),
    "state of a campaign by time": (CAMPAIGN_BEFORE, STATE_BEFORE, STATE_OF_CAMPAIGN),
    "state by time": (CAMPAIGN_BEFORE, STATE_BEFORE, STATE),
    "state of a device by time": (CAMPAIGN_BEFORE, STATE_OF_DEVICE),
    "all": (CAMPAIGN, STATE_OF_CAMPAIGN, STATE, STATE_OF_DEVICE),
}
CHUNK = 10_000


def written(connection: psycopg.Connection, indexes: tuple[str, ...], total: int) -> tuple[float, float]:
    """Seconds and megabytes of WAL of writing so many sends and settling them."""
    connection.execute("DROP TABLE IF EXISTS written")
    connection.execute("CREATE TABLE written (LIKE sends) WITH (fillfactor = 80)")
    for index in (*ALWAYS, *indexes):
        made = f"ALTER TABLE written {index}" if index.startswith("ADD") else f"CREATE INDEX ON written {index}"
        connection.execute(made.encode())
    connection.execute("CHECKPOINT")
    wal, began = _wal(connection), time.perf_counter()
    for first in range(0, total, CHUNK):
        chunk = f"FROM source WHERE number >= {first} AND number < {first + CHUNK}"
        connection.execute(f"INSERT INTO written SELECT (row).* {chunk}".encode())
    for first in range(0, total, CHUNK):
        settled = (
            f"partition IN (0, 1, 2, 3, 4, 5, 6, 7) AND request >= {first // 8} AND request < {(first + CHUNK) // 8}"
        )
        connection.execute(f"UPDATE written SET state = 'accepted', settled_at = now() WHERE {settled}".encode())
    return time.perf_counter() - began, (_wal(connection) - wal) / 1e6


def _wal(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    return int(row[0]) if row else 0


def measure(dsn: str, total: int, rounds: int) -> None:
    """Write by turns, and print a row of a table for each variant."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in VARIANTS}
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SENDS.format(first=0, last=total - 1).encode())
        waiting = "UPDATE sends SET state = 'waiting', settled_at = NULL, campaign = coalesce(campaign, 'campaign-0')"
        connection.execute(waiting.encode())
        connection.execute("CREATE TABLE source AS SELECT request * 8 + partition AS number, sends AS row FROM sends")
        connection.execute("CREATE INDEX ON source (number)")
        for _ in range(rounds):
            for name, indexes in VARIANTS.items():
                found[name].append(written(connection, indexes, total))
    print("| indexes | us a send | WAL bytes a send |\n|---|---|---|")
    for name, figures in found.items():
        seconds, wal = min(s for s, _ in figures), min(m for _, m in figures)
        print(f"| {name} | {seconds / total * 1e6:.1f} | {wal * 1e6 / total:.0f} |", flush=True)


def main() -> None:
    """Measure in a PostgreSQL of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sends", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with PostgresServer(Path(folder) / "postgres") as postgres:
            asyncio.run(migrate(postgres.dsn))
            measure(postgres.dsn, given.sends, given.rounds)


if __name__ == "__main__":
    main()
