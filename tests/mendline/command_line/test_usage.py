"""What somebody is told who uses a command in a wrong way."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from unittest.mock import Mock

import pytest

from mendline.command_line import main
from tests.mendline.command_line.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["send", "d-1", "+62"], "Missing argument 'TEXT'"),
        (["send", "--file", "x.csv"], "a file needs --campaign"),
        (["send", "d-1", "--file", "x.csv", "--campaign", "c"], "only --campaign and --dry-run go with it"),
        (["send", "--file", "nowhere.csv", "--campaign", "c"], "nowhere.csv cannot be read"),
        (["send", "d-1", "+62", "hi", "--not-before", "2h", "--expires", "1h"], "it could never leave"),
        (["send", "--file", "nowhere.csv", "--campaign", "c"], "(No such file or directory)"),
        (["campaign", "show", "two words"], "is no id"),
        (["send", "two words", "+62", "hi"], "is no id"),
        (["send", "d" * 129, "+62", "hi"], "is no id"),
        (["send", "d-1", "+62", "hi", "--request-id", "é"], "is no id"),
        (["send", "d-1", "+62", "hi", "--not-before", "later"], "'later' is no time"),
        (["send", "d-1", "+62", "hi", "--expires-in", "5 minutes"], "'5 minutes' is no time"),
        (["send", "d-1", "+62", "hi", "--timeout", "0"], "--timeout"),
        (["send", "d-1", "+62", ""], '"body" is empty'),
        (["send", "d-1", "a\nb", "hi"], '"to" should match pattern'),
        (["send", "d-1", "+62", "x" * 70_000], "at most 65536 may enter the log"),
        (["send", "d-1", "+62", "hi", "--campaign", "two words"], '"campaign" should match pattern'),
        (["device", "add", "d-1"], "Missing option '--driver'"),
        (["device", "add", "d-1", "--driver", "x", "--pace-min", "5", "--pace-max", "2"], '"pace_min_s" is more'),
        (["device", "add", "d-1", "--driver", "x", "--pace-min", "4000"], '"pace_min_s" should be less'),
        (["device", "park", "d-1", "--reason", "x" * 501], '"reason" should have at most 500'),
        (["--kafka", "nowhere", "refresh", "d-1"], "'nowhere' is no broker"),
        (["send", "d-1", "+62", "hi", "--expires", "yesterday-ish"], "'yesterday-ish' is no time"),
        (["timeline", "d-1", "--during", "1h..2h"], "ends before it begins"),
        (["timeline", "d-1", "--during", "today", "--since", "2h"], "leave --since and --until out"),
        (["tail", "--type", "send_rejcted"], "did you mean send_rejected?"),
        (["tail", "--type", "x*"], "docs/messages.md lists them"),
        (["send", "d-1", "+62", "h\udcff"], "text: 'h\\udcff' is not UTF-8"),
        (["client", "list", "--email", "\udcff"], "is not UTF-8"),
        (["client", "add", "--idempotency-key", ""], "is a variable not set?"),
        (["key", "make", "shop"], "Missing option '--scope'"),
        (["key", "make", "shop", "--scope", "fly"], "'fly' is not one of 'send', 'read', 'operate', 'audit', 'admin'"),
        (["key", "make", "shop", "--scope", "send", "--scope", "send"], "and none twice"),
        (["key", "make", "", "--scope", "send"], '"name" should have at least 1 character'),
        (["key", "make", "shop", "--scope", "send", "-o", "ids"], "-o json has both"),
        (["key", "revoke", "a_b"], "'a_b' is no key's id"),
        (["key", "revoke", "abc"], "Revoke key:abc? Nobody can be asked here"),
        (["device", "change", "d-1"], "nothing is to be changed"),
        (["device", "show", "two words"], "is no id"),
        (["send", "resolve", "order-1"], "Missing option '--as'"),
        (["doctor", "--last", "0"], "--last"),
        (["mend", "d-1"], "No such command 'mend'"),
        (["dvice", "list"], "Did you mean 'device'?"),
        (["device", "lst"], "Did you mean 'list'?"),
        (["device", "list", "--stat", "parked"], "--state"),
    ],
)
def test_wrong_usage_is_explained_and_ends_with_2(run: Run, arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", [("send", "d-1", "+62", "-"), ("device", "show", "-")])
def test_stdin_that_is_no_text_is_told_and_ends_with_2(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, stdin=b"h\xff\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "stdin is not UTF-8" in result.stderr


def test_a_command_without_a_running_mendline_says_what_to_start(run: Run, tmp_path: Path) -> None:
    result = run("--data", str(tmp_path), "refresh", "d-1")
    assert (result.exit_code, result.stdout) == (5, "")
    assert f"nothing runs in {tmp_path}: start `mendline up`" in result.stderr


def test_absent_brokers_are_told_on_stderr(run: Run, unused_tcp_port: int) -> None:
    result = run("--kafka", f"127.0.0.1:{unused_tcp_port}", "refresh", "d-1")
    assert (result.exit_code, result.stdout) == (5, "")
    assert f"127.0.0.1:{unused_tcp_port} does not take requests" in result.stderr


def test_ctrl_c_before_a_command_begins_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mendline.command_line.application.application", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_the_help_lists_exit_codes(run: Run) -> None:
    assert "4 not found, 5 away" in run("--help").stdout


def test_a_state_that_devices_do_not_have_is_refused(run: Run) -> None:
    result = run("device", "list", "--state", "nonsense")
    assert (result.exit_code, "'parked'" in result.output) == (2, True)


def test_the_version_is_told(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"mendline {metadata.version('mendline')}\n")
