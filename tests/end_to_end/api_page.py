"""The examples of docs/api.md: found, run in order in one shell, and compared with what stands below them.

`python -m tests.end_to_end.api_page` runs them against a new `mendline up` and writes what was answered into the page.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path("docs/api.md")
FENCED = re.compile(r"^```([a-z]+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
RUN = ("sh", "python")
ANSWERS = ("json", "http", "text")
ADDRESS = "http://127.0.0.1:8420"
DATA = ".local/share/mendline"
"""Below the home of whoever reads the page."""
SEPARATOR = "\x1e"
PATIENCE_S = 200
VOLATILE = (
    (r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)", "TIME"),
    (r"(device|client|connection)-(events|requests)/\d+/\d+", r"\1-\2/P/O"),
    (r"\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b", "UUID"),
    (r"\b[0-9a-f]{16}\.[0-9a-f]{16}\b", "ETAG"),
    (r"\b[0-9a-f]{32}\b", "HEX"),
    (r"worker-[0-9a-f]{8}", "WORKER"),
    (r"admin-[0-9a-f]{8}", "ADMIN"),
    (r"mdl_[0-9a-f]{12}_", "mdl_ID_"),
    (r"\bkey:[0-9a-f]{12}\b", "key:ID"),
    (r"127\.0\.0\.1:\d+", "HERE"),
    (r"simulated-[0-9a-f-]{4,}", "SIMULATED"),
    (r"(?m)^(date|content-length): .*", r"\1: ..."),
)
NUMBERED = frozenset({"partition", "offset", "request", "requests", "decides", "cause", "first"})
"""Fields that count from the log's beginning."""


class Example(NamedTuple):
    """A block that is run, and the block below it that shows what it answers, if there is one."""

    kind: str
    code: str
    shown_as: str | None
    shown: str
    place: tuple[int, int]


def examples(page: str) -> Sequence[Example]:
    """Every example of a page, in order."""
    blocks = list(FENCED.finditer(page))
    following = [*blocks[1:], None]
    return [_example(page, block, after) for block, after in zip(blocks, following, strict=True) if block[1] in RUN]


def _example(page: str, block: re.Match[str], after: re.Match[str] | None) -> Example:
    # An answer stands right below, with nothing but a blank line between.
    if after is None or after[1] not in ANSWERS or page[block.end() : after.start()].strip():
        return Example(block[1], block[2], None, "", (block.end(), block.end()))
    return Example(block[1], block[2], after[1], after[2], after.span(2))


def run(all_examples: Sequence[Example], address: str, data: Path) -> Sequence[str]:
    """What each example prints, all in one shell, for somebody whose installation this is."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, DATA)
        folder.parent.mkdir(parents=True)
        folder.symlink_to(data)
        script = Path(home, "examples.sh")
        script.write_text("".join(map(_part, all_examples)).replace(ADDRESS, address))
        ran = subprocess.run(
            ["bash", str(script)],
            env=_environment(home),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE_S,
            text=True,
            check=False,
        )
    return ran.stdout.split(SEPARATOR)[1:]


def _part(example: Example) -> str:
    begin = f"printf '{SEPARATOR}'\n"
    if example.kind == "python":
        return f"{begin}python - <<'END_OF_EXAMPLE'\n{example.code}END_OF_EXAMPLE\n"
    return f"{begin}{example.code}"


def _environment(home: str) -> Mapping[str, str]:
    programs = Path(sys.executable).parent
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MENDLINE_", "XDG_"))}
    return kept | {
        "HOME": home,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.getcwd(),
        "COLUMNS": "200",
    }


def plain(shown_as: str | None, text: str) -> Any:
    """A text without what differs every time."""
    if shown_as is None:
        return None
    return [_json(line) for line in _parts(shown_as, text)]


def _parts(shown_as: str, text: str) -> Sequence[str]:
    if shown_as == "json":
        return [text]
    return text.replace("\r", "").strip().splitlines()


def _json(text: str) -> Any:
    try:
        return _steady(json.loads(text))
    except ValueError:
        return _steady(text.strip())


def _steady(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _steady(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_steady(inner, name) for inner in value]
    if name == "next" and value is not None:
        return "CURSOR"
    if name in NUMBERED and not isinstance(value, bool):
        return re.sub(r"\d+", "N", str(value)) if not isinstance(value, str) or "/" not in value else _worded(value)
    return _worded(value) if isinstance(value, str) else value


def _worded(text: str) -> str:
    for pattern, instead in VOLATILE:
        text = re.sub(pattern, instead, text)
    return text


def written(page: str, all_examples: Sequence[Example], answers: Sequence[str]) -> str:
    """The page with these answers."""
    for example, answer in reversed(list(zip(all_examples, answers, strict=True))):
        if example.shown_as is not None and plain(example.shown_as, example.shown) != plain(example.shown_as, answer):
            begin, end = example.place
            page = page[:begin] + _laid_out(example.shown_as, answer) + page[end:]
    return page


def _laid_out(shown_as: str, answer: str) -> str:
    text = answer.replace("\r", "").strip()
    if shown_as == "json":
        try:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except ValueError:
            print(f"no JSON: {text}", file=sys.stderr)
    return text + "\n"


def begun(page: str) -> str:
    """What the page says that `mendline up` prints."""
    return page.partition("```\n")[2].partition("```\n")[0]


def main() -> None:
    """Write the page anew."""
    from tests.end_to_end.conftest import RunningUp

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        up = RunningUp(Path(folder), {**os.environ, "MENDLINE_DATA": str(data)})
        try:
            up.wait()
            page = PAGE.read_text()
            found = examples(page)
            PAGE.write_text(written(page, found, run(found, up.address(), data)))
        finally:
            up.close()


if __name__ == "__main__":
    main()
