from __future__ import annotations

from pathlib import Path

import pytest

from mendline.verify.rules import Rule

HERE = Path(__file__)
TESTS = "".join(path.read_text() for path in HERE.parent.glob("test_*.py") if path != HERE)
DOCUMENT = (HERE.parents[3] / "docs" / "auditing.md").read_text()


@pytest.mark.parametrize("rule", Rule)
def test_rule_has_a_log_that_breaks_it(rule: Rule) -> None:
    assert f"Rule.{rule.name}" in TESTS


@pytest.mark.parametrize("rule", Rule)
def test_rule_is_explained(rule: Rule) -> None:
    assert f"`{rule}`" in DOCUMENT
