"""The hot path of reading says what the fence and the decoding say record by record."""

from __future__ import annotations

import pytest

from projections.checkpoints import Standing
from projections.decoding import Unreadable, validators
from projections.tail import Stretch, Tail
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


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("start", [0, 150])
def test_what_counts_is_the_same_on_both_paths(seed: int, start: int) -> None:
    log = history(seed, 0, records=400)
    standing = Tail(0, Standing(), validators()).take(log.records[:start]).after
    found = Tail(0, standing, validators()).take(log.records)
    careful = carefully(log, standing)
    assert len(found.records) > 50
    assert told(found) == told(careful)


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
