from __future__ import annotations

from pathlib import Path

from tests.faults.cluster.journal import Journal, remembered


def test_what_was_begun_and_not_kept_is_doubtful(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        journal.begin(4)
        journal.keep(1)
        journal.keep(3)
    assert remembered(tmp_path / "journal").doubtful == [2, 4]


def test_note_that_was_cut_short_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("+12\n=1")
    assert remembered(tmp_path / "journal").kept == frozenset()


def test_journal_goes_on_where_a_killed_producer_ended(tmp_path: Path) -> None:
    for number in (1, 2):
        with Journal(tmp_path / "journal") as journal:
            journal.begin(number)
            journal.keep(number)
    assert remembered(tmp_path / "journal") == (2, frozenset({1, 2}))


def test_nothing_is_remembered_before_the_first_note(tmp_path: Path) -> None:
    assert remembered(tmp_path / "journal") == (0, frozenset())
