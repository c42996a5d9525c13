"""The page /live as a node serves it."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

from mendline.gateway.routes.live import headers_of
from tests.mendline.gateway.made_up_node import asking, made_up_node

ROOT = Path(__file__).parents[3]
NO_KEY = {"Authorization": ""}


async def test_the_page_is_open_to_all() -> None:
    async with asking(made_up_node()) as api:
        page = await api.get("/live", headers=NO_KEY)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_whatever_the_page_names_is_there() -> None:
    async with asking(made_up_node()) as api:
        named = set(re.findall(r'(?:src|href)="(/live/[^"]+)"', (await api.get("/live")).text))
        answers = [await api.get(path) for path in sorted(named)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]


async def test_the_page_may_run_and_show_only_what_the_node_serves() -> None:
    async with asking(made_up_node()) as api:
        page = await api.get("/live")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert policy.endswith("; connect-src 'self' wss://hub.example")
    assert "unsafe" not in policy
    assert re.findall(r"<script>|<style|\son[a-z]+=|style=", page.text) == []


def test_a_hub_below_a_path_may_be_asked() -> None:
    policy = headers_of("wss://example.com/mendline")["Content-Security-Policy"]
    assert policy.endswith("; connect-src 'self' wss://example.com")


async def test_the_client_is_the_one_of_the_repository() -> None:
    async with asking(made_up_node()) as api:
        served = await api.get("/live/mendline.js")
    assert served.content == (ROOT / "clients" / "javascript" / "mendline.js").read_bytes()
    assert served.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_what_a_browser_has_already_is_not_sent_again() -> None:
    async with asking(made_up_node()) as api:
        etag = (await api.get("/live/live.css")).headers["etag"]
        again = await api.get("/live/live.css", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_nothing_else_of_the_machine_is_served() -> None:
    async with asking(made_up_node()) as api:
        answers = [await api.get(f"/live/{name}") for name in ("nothing.js", "..%2Fnode.py", "%2Fetc%2Fpasswd")]
    assert {answer.json()["code"] for answer in answers} == {"no_such_place"}


def test_an_installed_package_has_the_page_and_the_client(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    served = zipfile.ZipFile(wheel).read("mendline/gateway/live/mendline.js")
    assert served == (ROOT / "clients" / "javascript" / "mendline.js").read_bytes()
