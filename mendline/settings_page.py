"""The page docs/settings.md, written from the settings: `python -m mendline.documentation`."""

from __future__ import annotations

from pathlib import Path

from pydantic.fields import FieldInfo

from mendline.configuration import FILE, PROFILE
from mendline.settings import PREFIX, Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

_HEAD = f"""# Settings

Generated from `mendline/settings.py` by `python -m mendline.documentation`: change that and run it again.

Each is an environment variable, or stands under its name in small letters and without `{PREFIX}` in a file or a profile
of it ([command-line.md](command-line.md#settings-and-profiles)). `{FILE}` and `{PROFILE}` choose file and
profile. `mendline config show` tells what holds, and where it comes from.

| variable | default | meaning |
|---|---|---|"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_row(name, field) for name, field in Settings.model_fields.items()), ""])


def _row(name: str, field: FieldInfo) -> str:
    default = "" if field.default_factory or field.default in (None, "") else f"{field.default}"
    return f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |"
