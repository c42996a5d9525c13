"""The pages under docs/ that are generated, or can be held against what they are about."""

from __future__ import annotations

import re

from mendline import asyncapi, settings_page
from mendline.documentation import OPENAPI, PAGE, ROOT, openapi, page
from mendline.settings import Settings
from mendline.telemetry import page as metrics_page
from schemas.catalogue import EVENT_CLASSES, REQUEST_CLASSES
from schemas.hub.close_codes import CloseCode
from schemas.hub.frames import FROM_CLIENT, FROM_HUB


def test_the_page_of_messages_is_current() -> None:
    assert PAGE.read_text() == page(), "run python -m mendline.documentation"


def test_every_message_has_its_section() -> None:
    sections = [line for line in page().splitlines() if line.startswith("### `")]
    assert sorted(sections) == sorted(f"### `{type_}`" for type_ in {**REQUEST_CLASSES, **EVENT_CLASSES})


def test_a_field_is_described_with_unit_and_personal_mark() -> None:
    assert "| `pace_min_s` | number, at least 0, at most 3600 | seconds |  | shortest pause after a send |  |" in page()
    assert "| `phone` | string or null, at most 500 characters |  |  | for method code | yes |" in page()


def test_the_page_of_settings_is_current() -> None:
    assert settings_page.PAGE.read_text() == settings_page.page(), "run python -m mendline.documentation"


def test_the_description_of_the_http_api_is_current() -> None:
    assert OPENAPI.read_text() == openapi(), "run python -m mendline.documentation"


def test_the_description_of_the_hub_is_current() -> None:
    assert asyncapi.PAGE.read_text() == asyncapi.asyncapi(), "run python -m mendline.documentation"


def test_the_page_of_the_hub_names_every_frame_and_every_close_code() -> None:
    told = (ROOT / "docs" / "hub.md").read_text()
    frames = [frame.model_fields["type"].default for frame in (*FROM_CLIENT, *FROM_HUB)]
    assert [frame for frame in frames if f"`{frame}`" not in told] == []
    assert [code for code in CloseCode if f"| {int(code)} `{code.reason}` | {code.verdict} |" not in told] == []


def test_the_page_of_metrics_is_current() -> None:
    assert metrics_page.PAGE.read_text() == metrics_page.page(), "run python -m mendline.documentation"


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_variable_that_a_page_names_is_a_setting() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {name for path in pages for name in re.findall(r"MENDLINE_([A-Z_]*[A-Z])", path.read_text())}
    assert {name.lower() for name in named} - Settings.model_fields.keys() == {"config", "profile", "url", "api_key"}


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))
