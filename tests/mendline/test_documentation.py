"""docs/messages.md says what the schemas say."""

from __future__ import annotations

from mendline.documentation import PAGE, page
from schemas.catalogue import EVENT_CLASSES, REQUEST_CLASSES


def test_the_page_of_messages_is_current() -> None:
    assert PAGE.read_text() == page(), "run python -m mendline.documentation"


def test_every_message_has_its_section() -> None:
    sections = [line for line in page().splitlines() if line.startswith("### `")]
    assert sorted(sections) == sorted(f"### `{type_}`" for type_ in {**REQUEST_CLASSES, **EVENT_CLASSES})


def test_a_field_is_described_with_unit_and_personal_mark() -> None:
    assert "| `pace_min_s` | number, at least 0, at most 3600 | seconds |  | shortest pause after a send |  |" in page()
    assert "| `phone` | string or null, at most 500 characters |  |  | for method code | yes |" in page()
