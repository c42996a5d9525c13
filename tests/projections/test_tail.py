"""The hot path of reading says what the fence and the decoding say record by record."""

from __future__ import annotations

from typing import Any

import pytest

from projections.applying import taken
from projections.catalogue import READ_MODELS
from projections.checkpoints import Standing
from projections.decoding import Unreadable, passing, validators
from projections.read_model import ReadModel
from projections.tail import Stretch, Tail
from schemas.topics import DEVICE
from tests.projections.events import REGISTERED, attempted, linking, send
from tests.projections.histories import history
from tests.projections.written_log import Record, WrittenPartition, claimed


def told(stretch: Stretch) -> tuple[object, ...]:
    """All that a stretch tells, with what is unreadable in words."""
    records = [
        (*r[:-1], (r.event.of_type, r.event.reason) if isinstance(r.event, Unreadable) else r.event)
        for r in stretch.records
    ]
    return stretch.before, records, stretch.after


def carefully(log: WrittenPartition, standing: Standing) -> Stretch:
    """What counts, with a proof due for ever, which keeps a tail off the hot path."""
    return Tail(log.number, standing, validators(), {2**62: "never"}).take(log.records)


def wanted_by(model: ReadModel[Any], stretch: Stretch) -> list[int]:
    """Where the events lie that a read model takes, or cannot do without."""
    classes = {r.event.__class__ for r in stretch.records}
    return [r.offset for r in taken(model, stretch.records, classes)]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("start", [0, 150])
def test_what_counts_is_the_same_on_both_paths(seed: int, start: int) -> None:
    log = history(seed, 0, records=400)
    standing = Tail(0, Standing(), validators()).take(log.records[:start]).after
    found = Tail(0, standing, validators()).take(log.records)
    careful = carefully(log, standing)
    assert len(found.records) > 50
    assert told(found) == told(careful)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_only_what_a_read_model_does_not_take_is_passed_over(seed: int, model: ReadModel[Any]) -> None:
    log, passed = history(seed, 0, records=400), passing(DEVICE, model.takes)
    found = Tail(0, Standing(), validators(), passing=passed).take(log.records)
    whole = carefully(log, Standing())
    assert wanted_by(model, found) == wanted_by(model, whole)
    assert known_to_all(found.after) == known_to_all(whole.after)
    assert passed is None or len(found.records) < len(whole.records)


def known_to_all(standing: Standing) -> Standing:
    """A standing without what only those know who pass nothing over."""
    return standing._replace(last_counted=None, decided=None)


def test_a_standing_knows_the_last_request_that_was_decided() -> None:
    log = claimed()
    log.add("d-1", REGISTERED, decides=3)
    log.add("d-1", REGISTERED, decides=7, claim="e" * 16)
    log.add("d-1", REGISTERED)
    tail = Tail(0, Standing(), validators())
    assert tail.take(log.records[:2]).after.decided == 3
    assert tail.take(log.records[2:]).after.decided == 3


def test_the_last_record_is_read_by_all_for_it_is_their_proof() -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, REGISTERED, REGISTERED)
    found = Tail(0, Standing(), validators(), passing=passing(DEVICE, frozenset())).take(log.records)
    assert [r.offset for r in found.records] == [0, 3]
    assert found.after.last_counted == 3


def test_the_fence_sees_markers_that_a_read_model_does_not_take() -> None:
    passed = passing(DEVICE, frozenset())
    assert passed is not None
    log = claimed()
    log.release()
    assert not [r for r in log.records if passed.match(r.value or b"")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"claim":"', b'"claim":"0'),
        (b'"claim":"', b'"claim":null,"x":"'),
        (b'"sequence":"1"', b'"sequence":"01"'),
        (b'"sequence":"1"', b'"sequence":1'),
        (b'"sequence":"1"', b'"sequence":"2"'),
        (b'"sequence":"1",', b""),
        (b'"subject":"', b'"subject":7,"x":"'),
        (b'"time":"2026', b'"time":"26'),
        (b"+00:00", b""),
        (b'"type":"device_registered"', b'"type":"device_unheard_of"'),
        (b'"type":"device_registered"', b'"type":"partition_released"'),
        (b'"type":"device_registered"', b'"type":["device_registered"]'),
        (b'"cause":', b'"because":'),
        (b'"cause":', b'"decides":"many","cause":'),
        (b'"linked":true', b'"linked":"perhaps"'),
        (b"Front desk", b"Front\\u0000desk"),
        (b"}}", b"}"),
    ],
)
def test_a_damaged_record_is_judged_the_same_on_both_paths(old: bytes, new: bytes) -> None:
    log = claimed()
    log.add_all("d-1", REGISTERED, *linking())
    log.add("d-1", attempted(1, send=send()))
    whole = log.records[1].value or b""
    assert old in whole
    log.records[1] = Record(1, whole.replace(old, new, 1))
    assert told(Tail(0, Standing(), validators()).take(log.records)) == told(carefully(log, Standing()))


def test_nothing_counts_before_the_first_claim() -> None:
    log = WrittenPartition()
    log.add("d-1", REGISTERED)
    value = (log.records[0].value or b"").replace(b'"claim":"0000000000000000"', b'"claim":null')
    log.records[0] = Record(0, value)
    assert Tail(0, Standing(), validators()).take(log.records).records == []
