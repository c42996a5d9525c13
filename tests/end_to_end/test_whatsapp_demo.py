"""`mendline demo --fleet whatsapp`: sessions of whatsmeow drop at a stand-in, sends mend them, the ledger agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIMIT_S = 500
SENDS = 180

pytestmark = [pytest.mark.slow, pytest.mark.broker, pytest.mark.timeout(LIMIT_S + 60)]


@pytest.fixture
def environment(tmp_path: Path, kafka_jars_setting: Path | None) -> dict[str, str]:
    """Its temporary folder is the test's."""
    jars = {"MENDLINE_JARS": str(kafka_jars_setting)} if kafka_jars_setting else {}
    return {**os.environ, **jars, "MENDLINE_DATA": str(tmp_path / "data")}


def told(environment: dict[str, str]) -> Any:
    command = ["demo", "--fleet", "whatsapp", "--devices", "5", "--sends", str(SENDS), "-o", "json"]
    ran = subprocess.run(
        [sys.executable, "-m", "mendline", *command], env=environment, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert ran.returncode == 0, ran.stderr[-4000:] + ran.stdout[-4000:]
    return json.loads(ran.stdout)


def test_demonstration_mends_what_drops_and_is_proven_by_the_ledger(environment: dict[str, str]) -> None:
    result = told(environment)

    figures, ledger = result["figures"], result["verify"]["figures"]["ledger"]
    assert result["verify"]["violations"] == []
    assert figures["devices_mended"] == 5
    assert figures["refreshes"]["succeeded"] > 5
    assert figures["sends"]["accepted"] <= ledger["left"] <= SENDS
