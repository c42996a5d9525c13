from __future__ import annotations

from pathlib import Path

from mendline.demo.run import OWN_DRIVER, Script, own_fleet, own_script
from streams.drivers.simulation.fleet_file import read_fleet


def test_each_device_of_a_file_is_registered_once(tmp_path: Path) -> None:
    file = tmp_path / "sends.csv"
    file.write_text("device,to,text\nb,1,x\na,1,x\nb,2,y\n")

    script = own_script(file)

    assert script.devices == [("b", OWN_DRIVER), ("a", OWN_DRIVER)]
    assert len(script.sends) == 3


def test_own_fleet_has_every_device_of_the_script(tmp_path: Path) -> None:
    devices = ["phone-1", "+62811", "=x", "a@b", "/slash"]
    file = tmp_path / "fleet.toml"
    file.write_text(own_fleet(Script([(device, OWN_DRIVER) for device in devices], [])))

    fleet = read_fleet(file)

    assert all(fleet.group_of(OWN_DRIVER, device) for device in devices)
