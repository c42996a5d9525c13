"""What the verifier knows by its own lists, held against what there is."""

from __future__ import annotations

from mendline.verify.checks.catalogue import CHECKS
from mendline.verify.checks.fates import FATES
from schemas.catalogue import EVENT_CLASSES, REQUEST_CLASSES

OF_PARTITIONS = {"partition_claimed", "partition_released"}


def test_every_event_has_its_checks() -> None:
    assert CHECKS.keys() == EVENT_CLASSES.keys() - OF_PARTITIONS


def test_every_request_has_its_fates() -> None:
    assert FATES.keys() == REQUEST_CLASSES.keys()


def test_every_fate_is_an_event() -> None:
    assert set().union(*FATES.values()) <= EVENT_CLASSES.keys()
