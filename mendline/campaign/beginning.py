"""Where a campaign began in the log: what a second run reads from, to ask for nothing twice."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, NamedTuple
from urllib.parse import quote

from mendline.errors import SetupError


class CampaignBusyError(SetupError):
    """One process at a time asks for a campaign, or cancels it."""

    code: ClassVar[str] = "campaign_busy"


class CampaignRecordError(SetupError):
    """What was kept of a campaign can be read."""

    code: ClassVar[str] = "campaign_record"


class Ends(NamedTuple):
    """Where the topics of requests and of events ended, by partition."""

    requests: list[int]
    events: list[int]


class Beginning:
    """A file in the data folder: where, in each cluster, the topics ended before the campaign's first request there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ends(self, cluster: str) -> Ends | None:
        """Those of a cluster; None where the campaign has not begun there from here. Raises CampaignRecordError."""
        return self._read().get(cluster)

    def keep(self, cluster: str, ends: Ends) -> None:
        """Write them, for good: whoever asks for anything does so after this."""
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, suffix=".writing")
        with open(descriptor, "w") as file:
            json.dump(self._read() | {cluster: ends}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._path)

    def _read(self) -> dict[str, Ends]:
        try:
            kept = json.loads(self._path.read_text())
            return {cluster: Ends(*([int(end) for end in ends] for ends in each)) for cluster, each in kept.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            message = f"{self._path} cannot be read ({type(error).__name__}): bring it back, or take another name"
            raise CampaignRecordError(message) from None


@contextmanager
def beginning_of(campaign: str, topic: str, data: Path) -> Iterator[Beginning]:
    """The campaign's beginning, for this process alone while the context lasts; raises CampaignBusyError."""
    folder = data / "campaigns"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / _file_name(f"{topic} {campaign}")
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


def _file_name(whose: str) -> str:
    """Names may be longer than a file's, and hold what no file's may."""
    return f"{quote(whose, safe='')[:100]}.{sha256(whose.encode()).hexdigest()[:16]}.json"
