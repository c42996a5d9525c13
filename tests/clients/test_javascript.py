"""The JavaScript client: its types, and its own tests under Node."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.conftest import CLIENT, ROOT, node_tests, run_in

SOURCE = ROOT / CLIENT


def test_types_of_the_client_and_of_the_page_are_right(javascript: Path) -> None:
    run_in(javascript, "npx", "--no-install", "tsc")


@pytest.mark.parametrize("name", node_tests(SOURCE))
def test_node_agrees(javascript: Path, name: str) -> None:
    run_in(javascript, "node", "--test", f"tests/{name}")


def test_the_module_stands_alone() -> None:
    lines = (SOURCE / "mendline.js").read_text().splitlines()
    assert [line for line in lines if line.startswith("import ") or "import(" in line] == []


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCE / "package-lock.json").read_text()


def test_a_machine_without_node_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="apt-get install nodejs npm"):
        run_in(tmp_path, "node", "--version")
