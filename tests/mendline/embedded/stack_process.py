"""A process that runs a stack, says when it is ready, and waits to be killed."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from mendline.embedded.stack import Stack
from mendline.settings import load_settings

if __name__ == "__main__":
    with Stack(load_settings(data=Path(sys.argv[1]), jars=Path(sys.argv[2]))):
        print("ready", flush=True)
        signal.pause()
