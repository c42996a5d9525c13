"""What the API says of itself is what it does: schemathesis asks everything that its description allows, and more.

Longer, against a node that runs: `schemathesis --config-file tests/end_to_end/gateway/schemathesis.toml run
http://127.0.0.1:8080/api/openapi.json -H "Authorization: Bearer $KEY" -n 1000 --seed 7 --continue-on-failure`
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.gateway.installation import Installation

CONFIGURATION = Path(__file__).parent / "schemathesis.short.toml"
SCHEMATHESIS = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
EXAMPLES, SEED, LONGEST_S = 15, 7, 110


@pytest.mark.slow
@pytest.mark.timeout(240)  # with the installation, which another test may have begun
def test_the_api_answers_as_its_description_says(installation: Installation, admin_key: str, tmp_path: Path) -> None:
    asked = (f"{installation.address()}/api/openapi.json", "-H", f"Authorization: Bearer {admin_key}")
    bounds = ("-n", str(EXAMPLES), "--seed", str(SEED), "--generation-deterministic")
    how = ("--no-color", "--continue-on-failure", "--phases", "coverage,fuzzing")
    command = [SCHEMATHESIS, "--config-file", str(CONFIGURATION), "run", *asked, *bounds, *how]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
