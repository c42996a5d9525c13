"""Where a campaign began in the log: what a second run reads from, to ask for nothing twice."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from mendline.errors import SetupError


class CampaignBusyError(SetupError):
    """One process at a time asks for a campaign, or cancels it."""

    code: ClassVar[str] = "campaign_busy"


class CampaignRecordError(SetupError):
    """What was kept of a campaign can be read."""

    code: ClassVar[str] = "campaign_record"


class Beginning:
    """A file in the data folder: the offsets at which the requests topic ended before the campaign's first request."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ends(self) -> list[int] | None:
        """The offsets by partition; None where the campaign has not begun here. Raises CampaignRecordError."""
        try:
            ends = json.loads(self._path.read_text())["ends"]
            return [int(end) for end in ends]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{self._path} cannot be read ({type(error).__name__}): bring it back, or take another name"
            raise CampaignRecordError(message) from None

    def keep(self, ends: list[int]) -> None:
        """Write them, for good: whoever asks for anything does so after this."""
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, suffix=".writing")
        with open(descriptor, "w") as file:
            json.dump({"ends": ends}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._path)


@contextmanager
def beginning_of(campaign: str, topic: str, data: Path) -> Iterator[Beginning]:
    """The campaign's beginning, for this process alone while the context lasts; raises CampaignBusyError."""
    folder = data / "campaigns"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{quote(f'{topic} {campaign}', safe='')}.json"
        lock = path.with_suffix(".lock").open("a")
    except OSError as error:
        message = f"{folder} cannot be written to ({error.strerror}): set MENDLINE_DATA to a folder that can"
        raise CampaignRecordError(message) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"campaign {campaign} is being asked for or cancelled by another process: wait for it, or end it"
            raise CampaignBusyError(message) from None
        yield Beginning(path)
