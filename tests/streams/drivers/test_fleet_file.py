"""Fleet files: what is read, and what is said of a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.drivers.simulation.demo import TooFewDevicesError, demo_fleet
from streams.drivers.simulation.fleet_file import FleetFileError, read_fleet
from streams.drivers.simulation.latency import Constant, Lognormal, Uniform
from tests.streams.drivers.fleet_process import FLEETS

PHONES = '[[devices]]\ndriver = "simulated"\nprefix = "phone-"\ncount = 2\n'
PLATFORMS = '[[devices]]\ndriver = "simulated-platform"\nprefix = "p-"\ncount = 2\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fleet.toml"


@pytest.mark.parametrize("name", ["four_kinds.toml", "hard_times.toml"])
def test_examples_can_be_read(name: str) -> None:
    assert read_fleet(FLEETS / name).devices


def test_devices_are_named_by_prefix_and_number(file: Path) -> None:
    file.write_text(PHONES)
    assert [*read_fleet(file).devices[0].device_ids()] == ["phone-00001", "phone-00002"]


@pytest.mark.parametrize(
    ("text", "latency"),
    [
        ("10", Constant(10)),
        ("[50, 300]", Uniform(50, 300)),
        ("{ median = 10, sigma = 0.3 }", Lognormal(10, 0.3)),
    ],
)
def test_latency_has_three_forms(file: Path, text: str, latency: object) -> None:
    file.write_text(f"{PHONES}send_ms = {text}\n")
    assert read_fleet(file).devices[0].send_ms == latency


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "devices: is missing: add a [[devices]] table"),
        ("seed = 1\nx = [", "is not TOML: Invalid value"),
        (f"sed = 1\n{PHONES}", "sed: is not a field; did you mean seed?"),
        (f"{PHONES}send_mss = 1\n", "devices[1].send_mss: is not a field; did you mean send_ms?"),
        (f"{PHONES}qqqq = 1\n", "devices[1].qqqq: is not a field; remove it"),
        (f"{PHONES}lost_share = 1.4\n", "devices[1].lost_share: input should be less than or equal to 1, but"),
        (f"{PHONES}lost_share = nan\n", "devices[1].lost_share: input should be"),
        (f"{PHONES}send_ms = -1\n", "devices[1].send_ms: give milliseconds: 10, or [50, 300]"),
        (f"{PHONES}send_ms = [3, 2]\n", "devices[1].send_ms: give milliseconds"),
        (f"{PHONES}send_ms = true\n", "devices[1].send_ms: give milliseconds"),
        (f"{PHONES}send_ms = {{ median = 1, sigma = 9 }}\n", "devices[1].send_ms: sigma must lie between 0 and 3"),
        (f"{PHONES}lost_share = 0.6\ndrop_share = 0.6\n", "devices[1]: lost_share + drop_share is 1.2: lower"),
        (f"{PLATFORMS}connect_ms = 1\n", "devices[1]: simulated-platform devices have no link: remove connect_ms"),
        (f"{PHONES}report_lag_ms = 1\n", "devices[1]: simulated devices answer no asks: remove report_lag_ms"),
        (f"{PHONES}{PHONES}", "fleet: two groups of simulated have the prefix 'phone-': change one"),
        ('[[devices]]\ndriver = "simulated"\ncount = 2\n', "devices[1].prefix: is missing: add it"),
        ("devices = []", "fleet: there are no devices: add a [[devices]] table"),
        (PHONES.replace("simulated", "real"), "devices[1].driver: input should be 'simulated',"),
        (PHONES.replace("phone-", "a b"), "devices[1].prefix: string should match pattern"),
        (PHONES.replace("2", '"many"'), "devices[1].count: input should be a valid integer"),
    ],
)
def test_bad_file_is_told_what_where_and_what_to_do(file: Path, content: str, said: str) -> None:
    file.write_text(content)
    with pytest.raises(FleetFileError) as caught:
        read_fleet(file)
    assert str(file) in str(caught.value)
    assert any(problem.startswith(said) for problem in caught.value.problems), caught.value


def test_every_problem_is_told_at_once(file: Path) -> None:
    file.write_text(f"{PHONES}lost_share = 2\nsend_ms = -1\n")
    with pytest.raises(FleetFileError) as caught:
        read_fleet(file)
    assert len(caught.value.problems) == 2


def test_missing_file_is_named(file: Path) -> None:
    with pytest.raises(FleetFileError, match=r"cannot be read \(No such file or directory\)"):
        read_fleet(file)


def test_file_in_another_encoding_is_named(file: Path) -> None:
    file.write_bytes(b"# \xff\n")
    with pytest.raises(FleetFileError, match="byte 2 is not UTF-8"):
        read_fleet(file)


def test_longest_prefix_decides_the_group(file: Path) -> None:
    file.write_text(PHONES + PHONES.replace("phone-", "phone-x"))
    group = read_fleet(file).group_of("simulated", "phone-x1")
    assert group is not None
    assert group.prefix == "phone-x"


@pytest.mark.parametrize("devices", [3, 10, 3000])
def test_demo_fleet_has_as_many_devices_as_asked(devices: int) -> None:
    assert sum(group.count for group in demo_fleet(devices).devices) == devices


def test_third_of_the_demo_fleet_is_platform() -> None:
    counts = {group.driver: group.count for group in demo_fleet(3000).devices}
    assert counts == {"simulated-platform": 1000, "simulated": 1000, "simulated-repeatable": 1000}


def test_demo_fleet_of_two_is_refused() -> None:
    with pytest.raises(TooFewDevicesError, match="ask for 3 or more, not 2"):
        demo_fleet(2)
