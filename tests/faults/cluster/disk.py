"""A small disk of its own for a broker, gone with this process: `python -m tests.faults.cluster.disk FOLDER BYTES`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

EMPTY = 64 * 1024 * 1024
OF_A_SEND = 4096
READY = "mounted"
BALLAST = "ballast"


def size_for(sends: float) -> int:
    """How many bytes a broker needs for so many sends."""
    return int(EMPTY + sends * OF_A_SEND)


def possible() -> bool:
    """Whether this process may mount: only root may."""
    return os.geteuid() == 0 and shutil.which("mount") is not None


def fill(folder: Path) -> None:
    """Take all the space that is left."""
    # Smaller and smaller pieces, as others write meanwhile.
    with (folder / BALLAST).open("wb", buffering=0) as file:
        for piece in (bytes(8 * 1024 * 1024), bytes(4096), bytes(1)):
            with suppress(OSError):
                while file.write(piece):
                    pass


def empty(folder: Path) -> None:
    """Give the space back."""
    (folder / BALLAST).unlink(missing_ok=True)


def main() -> None:
    """Mount, say so, wait for SIGTERM, and unmount."""
    folder, size = sys.argv[1], sys.argv[2]
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "mendline-soak", folder], check=True)
    try:
        sys.stdout.write(READY + "\n")
        sys.stdout.flush()
        signal.sigwait((signal.SIGTERM, signal.SIGINT))
    finally:
        # Lazily: whoever still has a file open there must not keep it mounted.
        subprocess.run(["umount", "-l", folder], check=True)


if __name__ == "__main__":
    main()
