"""`python -m streams.drivers.fleet`: runs a simulated fleet until it is told to end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvloop

from streams.drivers.fleet.address import SocketPathError
from streams.drivers.fleet.server import SocketTakenError, run
from streams.drivers.simulation.demo import BAN_S, TooFewDevicesError, demo_fleet
from streams.drivers.simulation.description import Fleet
from streams.drivers.simulation.fleet_file import FleetFileError, read_fleet


def main() -> None:
    """Read the arguments, serve, and end with a sentence when that cannot be."""
    asked = arguments().parse_args()
    try:
        uvloop.run(run(chosen(asked), asked.socket, asked.ledger))
    except (FleetFileError, SocketPathError, SocketTakenError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename or asked.ledger} cannot be used ({error.strerror}): choose another place")


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m streams.drivers.fleet", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="the unix socket to listen on")
    parser.add_argument("--ledger", type=Path, required=True, help="the file that gets one line an entry")
    described = parser.add_mutually_exclusive_group(required=True)
    described.add_argument("--fleet", type=Path, help="a TOML file (docs/drivers/simulator.md)")
    described.add_argument("--demo", type=int, metavar="DEVICES", help="the demo fleet of so many devices")
    parser.add_argument("--ban-s", type=float, default=BAN_S, help="how long the demo fleet's bans last, in seconds")
    return parser


def chosen(asked: argparse.Namespace) -> Fleet:
    """Read or make the fleet; raises FleetFileError."""
    if asked.fleet is not None:
        return read_fleet(asked.fleet)
    try:
        return demo_fleet(asked.demo, asked.ban_s)
    except TooFewDevicesError as error:
        sys.exit(f"--demo: {error}")


if __name__ == "__main__":
    main()
