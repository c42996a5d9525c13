"""The dashboard and the alert rules, as far as that goes without Prometheus and Grafana."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mendline.telemetry.catalogue import BY_PROCESS
from mendline.telemetry.metric import Described
from tests.docker.compose_file import DOCKER, composed, made_environment
from tests.docker.observed import Asked, asked, panels, rules

BY_SAMPLE: dict[str, Described] = {
    name: metric for metrics in BY_PROCESS.values() for metric in metrics for name in metric.sample_names
}
OF_PROMETHEUS = {"job", "instance"}
"""Labels that it gives itself."""
DURATION = re.compile(r"\d+[smh]")
EVERY = list(asked())


def labels_of(name: str) -> set[str]:
    """The labels of a sample."""
    found = BY_SAMPLE.get(name)
    return OF_PROMETHEUS | ({*found.labels, "le"} if found else set())


def jobs() -> list[dict[str, Any]]:
    """Whom Prometheus asks."""
    read: list[dict[str, Any]] = yaml.safe_load((DOCKER / "prometheus" / "prometheus.yml").read_text())[
        "scrape_configs"
    ]
    return read


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.whose)
def test_every_label_asked_for_is_one_of_its_metric(each: Asked) -> None:
    assert [(name, label) for name, label in each.selected if label not in labels_of(name)] == []
    known = set.union(*(labels_of(name) for name in each.names))
    assert each.grouped <= known


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.whose)
def test_expressions_are_whole(each: Asked) -> None:
    assert each.names != set()
    assert [each.expression.count(a) - each.expression.count(b) for a, b in ("()", "{}", "[]")] == [0, 0, 0]
    assert each.expression.count('"') % 2 == 0


@pytest.mark.parametrize("each", EVERY, ids=lambda each: each.whose)
def test_counters_and_histograms_are_asked_for_what_they_gained(each: Asked) -> None:
    counted = [name for name in each.names if re.search("_(total|count|sum|bucket)$", name)]
    gained = re.findall(r"(?:rate|increase)\(([a-z0-9_]+)(?:\{[^}]*\})?\[\d+m\]\)", each.expression)
    assert sorted(counted) == sorted(set(gained))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"].keys() == {"summary", "description"}
    assert DURATION.fullmatch(rule.get("for", "1m"))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_speaks_only_of_labels_that_it_has(rule: dict[str, Any]) -> None:
    (each,) = [each for each in EVERY if each.whose == rule["alert"]]
    spoken = set(re.findall(r"\$labels\.([a-z_]+)", str(rule["annotations"])))
    assert spoken <= (each.grouped or OF_PROMETHEUS)


def test_every_alert_has_its_line_in_the_book_of_operating() -> None:
    book = (DOCKER.parent / "docs" / "operating.md").read_text()
    assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in book] == []


def test_no_two_panels_share_a_place() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in panels()}) == len(places)


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    shown = {name for each in EVERY for name in each.names}
    metrics = [metric for process in BY_PROCESS.values() for metric in process]
    assert [metric.name for metric in metrics if not metric.sample_names & shown] == []


def test_prometheus_asks_every_service_that_tells(tmp_path: Path) -> None:
    services = composed(made_environment(tmp_path))["services"]
    stay = {name for name, each in services.items() if each["restart"] == "unless-stopped" and "build" in each}
    asked_for = {job["job_name"].removeprefix("mendline-") for job in jobs()}
    assert asked_for == stay - {"fleet"}


def test_prometheus_asks_the_services_that_there_are_where_they_answer(tmp_path: Path) -> None:
    services = composed(made_environment(tmp_path))["services"]
    found = {job["job_name"]: job["dns_sd_configs"][0] for job in jobs()}
    for name, place in found.items():
        assert (name, place["names"]) == (f"mendline-{place['names'][0]}", [place["names"][0]])
        assert services[place["names"][0]]["environment"]["MENDLINE_METRICS_PORT"] == str(place["port"])
