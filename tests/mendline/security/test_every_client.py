"""Every client of Kafka comes in as the settings say: none is made from bare addresses."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]
OURS = ("schemas", "streams", "projections", "mendline")


def test_no_client_is_made_from_bare_addresses() -> None:
    modules = [path for folder in OURS for path in (ROOT / folder).rglob("*.py")]
    assert [path.name for path in modules if "bootstrap_servers" in path.read_text()] == ["cluster.py"]
