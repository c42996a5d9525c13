"""What the dashboard and the alert rules under docker/ ask of Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from tests.docker.compose_file import DOCKER

RULES = DOCKER / "prometheus" / "alerts.yml"
DASHBOARD = DOCKER / "grafana" / "dashboards" / "mendline.json"
NAME = re.compile(r"\b(?:mendline|process)_[a-z0-9_]+|\bup\b")
SELECTED = re.compile(r"([a-z0-9_]+)\{([^}]*)\}")
LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!=|!~|=)")
GROUPED = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")


class Asked(NamedTuple):
    """An expression, and whose it is."""

    whose: str
    expression: str

    @property
    def names(self) -> set[str]:
        """The samples it names."""
        return set(NAME.findall(self.expression))

    @property
    def selected(self) -> list[tuple[str, str]]:
        """Names with a label that a selector asks for."""
        found = SELECTED.findall(self.expression)
        return [
            (name, label) for name, selector in found for label in re.findall(r"([a-z_]+)\s*(?:=~|!=|!~|=)", selector)
        ]

    @property
    def grouped(self) -> set[str]:
        """The labels that it groups by."""
        return {label.strip() for labels in GROUPED.findall(self.expression) for label in labels.split(",")}


def rules() -> list[dict[str, Any]]:
    """Every alert."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """Every panel that shows something."""
    every: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return [panel for panel in every if panel["type"] != "row"]


def asked() -> Iterator[Asked]:
    """Every expression."""
    yield from (Asked(rule["alert"], rule["expr"]) for rule in rules())
    for panel in panels():
        yield from (
            Asked(panel["title"], target["expr"].replace("$__rate_interval", "1m")) for target in panel["targets"]
        )
