"""Mixes real faults on a real cluster, from a seed, then proves what is left: `make soak MINUTES=n SEED=s`.

Prints each fault with its time as it happens; exit status 1 on any violation, with all evidence in a folder.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from mendline.embedded.jars import jars_of
from mendline.settings import load_settings
from tests.faults.arguments import at_least, positive
from tests.faults.cluster.kinds.catalogue import ALONE
from tests.faults.cluster.opening import Load, opened
from tests.faults.cluster.soak import Soak
from tests.faults.cluster.verdict import outcome, write_events

FAILED, INTERRUPTED = 1, 130


def main() -> None:
    """Read the arguments, soak, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.cluster", description=__doc__)
    parser.add_argument("--minutes", type=positive, default=5.0, help="how long; starting and proving come on top")
    parser.add_argument("--seed", type=at_least(0), default=1, help="what the faults are drawn from")
    parser.add_argument("--rate", type=positive, default=60.0, help="sends asked for a second")
    names = [fault.name for fault in ALONE]
    parser.add_argument("--only", metavar="FAULT", choices=names, help="again and again one of: " + ", ".join(names))
    parser.add_argument("--keep", action="store_true", help="keep the folder of evidence also when all is well")
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the soak's own reader meets every fault, too
    folder = Path(tempfile.mkdtemp(prefix="mendline-soak-"))
    try:
        whole = asyncio.run(_soak(folder, asked))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stdout.write(f"interrupted; evidence: {folder}\n")
        sys.exit(INTERRUPTED)
    except BaseException:
        sys.stdout.write(f"evidence: {folder}\n")
        raise
    if whole and not asked.keep:
        shutil.rmtree(folder)
    else:
        sys.stdout.write(f"evidence: {folder}\n")
    sys.exit(0 if whole else FAILED)


async def _soak(folder: Path, asked: argparse.Namespace) -> bool:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    jars = jars_of(load_settings().jars, print)
    async with opened(folder, jars, Load(asked.seed, asked.rate, asked.minutes * 60)) as system:
        problems = await Soak(system, asked.seed, asked.minutes * 60, asked.only).play()
        found = await outcome(system)
        words = found.text()
        await asyncio.to_thread(write_events, system.log, folder / "events.jsonl")
        system.say("the end")
    (folder / "outcome.txt").write_text(words + "\n")
    sys.stdout.write(f"seed {asked.seed}, {asked.minutes:g} minutes\n{words}\n")
    return not problems and not found.problems


if __name__ == "__main__":
    main()
