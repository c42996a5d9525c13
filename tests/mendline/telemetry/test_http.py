from __future__ import annotations

from mendline.telemetry.catalogue import GATEWAY
from mendline.telemetry.http import HttpMetrics
from tests.mendline.telemetry.scrapes import scrape_of

SEND = "/api/sends/{request_id}"


def test_requests_are_counted_by_route_method_and_status() -> None:
    metrics = HttpMetrics()
    for status in (200, 200, 404):
        metrics.begun()
        metrics.ended(SEND, "GET", status, 0.01)

    scrape = scrape_of(metrics.registry)

    assert scrape.sum("mendline_http_requests_total", route=SEND, method="GET", status="200") == 2
    assert scrape.sum("mendline_http_request_seconds_count", route=SEND) == 3
    assert {name for metric in GATEWAY for name in metric.sample_names} <= scrape.names


def test_requests_that_are_not_answered_are_in_flight() -> None:
    metrics = HttpMetrics()
    metrics.begun()
    metrics.begun()
    metrics.ended(SEND, "GET", 200, 0.01)
    assert scrape_of(metrics.registry).sum("mendline_http_requests_in_flight") == 1


def test_what_a_caller_makes_up_becomes_no_label() -> None:
    metrics = HttpMetrics()
    metrics.begun()
    metrics.ended(None, "BREW", 404, 0.01)
    assert scrape_of(metrics.registry).sum("mendline_http_requests_total", route="(none)", method="(other)") == 1


def test_the_bytes_are_those_of_prometheus() -> None:
    content_type, body = HttpMetrics().rendered()
    assert content_type.startswith("text/plain")
    assert b"# TYPE mendline_http_requests_in_flight gauge" in body
