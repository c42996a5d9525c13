"""The client stands alone: importing it loads nothing that talks to Kafka or PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = "import sys, json, mendline.client; print(json.dumps(sorted(sys.modules)))"
HEAVY = {"streams", "projections", "faust", "aiokafka", "psycopg", "fastapi", "uvicorn", "typer", "orjson", "uvloop"}


def test_the_client_loads_http_and_the_schemas_only() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    loaded = json.loads(run.stdout)
    assert HEAVY.isdisjoint(loaded)
    assert [name for name in loaded if name.startswith("mendline.") and not name.startswith("mendline.client")] == []
    assert [name for name in loaded if name.startswith("schemas.device.")] == []
