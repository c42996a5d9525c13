"""A soak that is interrupted leaves nothing behind but its evidence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mendline.settings import PREFIX

WAIT_S = 60.0


def _soak(folder: Path, jars: Path | None) -> subprocess.Popen[str]:
    environment = os.environ | {"TMPDIR": str(folder)} | ({f"{PREFIX}JARS": str(jars)} if jars else {})
    command = [sys.executable, "-m", "tests.faults.cluster", "--minutes", "5", "--seed", "1"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("class_path")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_soak_ends_everything_it_started(
    number: signal.Signals, tmp_path: Path, kafka_jars_setting: Path | None
) -> None:
    with _soak(tmp_path, kafka_jars_setting) as soak:
        assert soak.stdout is not None
        assert "at work" in soak.stdout.readline()
        started = psutil.Process(soak.pid).children(recursive=True)
        soak.send_signal(number)
        assert "evidence" in soak.stdout.read()
    assert soak.returncode == 128 + signal.SIGINT
    assert psutil.wait_procs(started, timeout=WAIT_S)[1] == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
