"""Groups, and the patterns that a token gives a right to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hub.groups import Group, group_of, pattern_of, permitted
from schemas.marks import ID_PATTERN

IDS = st.from_regex(ID_PATTERN, fullmatch=True)


@given(IDS, st.sampled_from(["device", "client", "campaign", "user"]))
def test_a_group_is_read_as_it_is_written(name: str, kind: str) -> None:
    found = group_of(f"{kind}:{name}")
    assert found == (kind, name)
    assert str(found) == f"{kind}:{name}"


@pytest.mark.parametrize(
    "text", ["", "fleet:", "fleet:x", "device", "device:", "device:*", "device:a b", "link:7", "*"]
)
def test_what_is_no_group_is_none(text: str) -> None:
    assert group_of(text) is None


@pytest.mark.parametrize("text", ["device:*", "user:*", "fleet", "client:C1"])
def test_a_pattern_is_read_as_it_is_written(text: str) -> None:
    assert str(pattern_of(text)) == text


@pytest.mark.parametrize(
    ("patterns", "group", "may"),
    [
        (["device:*"], "device:7", True),
        (["device:7"], "device:7", True),
        (["device:7"], "device:8", False),
        (["device:*"], "client:7", False),
        (["fleet"], "fleet", True),
        (["device:*"], "fleet", False),
        ([], "user:ann", True),
        ([], "user:bob", False),
        (["user:*"], "user:bob", True),
    ],
)
def test_a_token_gives_a_right_to_what_its_patterns_match_and_to_its_own_user(
    patterns: list[str], group: str, may: bool
) -> None:
    found = group_of(group)
    assert found is not None
    assert permitted(patterns, "ann", found) is may


def test_a_right_to_one_device_is_no_right_to_all_of_them() -> None:
    assert not permitted(["device:7"], "ann", Group("device", "*"))
