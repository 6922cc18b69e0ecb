"""Pre-encoded pages: the same wire as ever, only faster."""

from __future__ import annotations

import json
import time

import pytest

from genesys_sandbox.options import SandboxOptions
from genesys_sandbox.pages import Pages
from genesys_sandbox.world.organization import Organization

OPTIONS = {"pre_encoded": True, "conversations": 480, "page_rows": 20, "days": 2, "record_bytes": 8192}


@pytest.fixture(scope="module")
def pages():
    options = SandboxOptions(**OPTIONS)
    return Pages(options, Organization(options))


def test_every_row_has_an_id_of_its_own_and_lies_within_the_hour_of_its_page(pages):
    seen = set()
    for number in range(pages.count):
        rows = json.loads(bytes(pages.page(number)))["conversations"]
        hours = {text[:13] for row in rows for text in (row["conversationStart"], row["conversationEnd"])}
        assert len(hours) == 1
        seen |= {row["conversationId"] for row in rows}
    assert len(seen) == 480


def test_rows_are_as_large_as_was_asked_for_and_most_of_it_is_metrics_and_attributes(pages):
    sizes = [len(row) for row in pages.conversations()]
    assert 7800 < sum(sizes) / len(sizes) < 8600
    row = json.loads(next(pages.conversations()))
    segments = [
        segment for part in row["participants"] for each in part["sessions"] for segment in each["segments"]
    ]
    assert 9 <= len(segments) <= 16


def test_rows_come_in_order_of_start(pages):
    starts = [json.loads(row)["conversationStart"] for row in pages.conversations()]
    assert starts == sorted(starts)


def test_more_pages_than_hours_are_refused():
    options = SandboxOptions(pre_encoded=True, conversations=1000, page_rows=10, days=2)
    with pytest.raises(ValueError, match="at least 5 days"):
        Pages(options, Organization(options))


def test_a_job_serves_the_pages_of_its_window_one_at_a_time(start):
    client = start(**OPTIONS)
    everything = client.conversations()
    assert everything == list(client.sandbox.truth.conversations())
    window = "2026-03-15T00:00:00Z/2026-03-15T12:00:00Z"
    rows = client.conversations(window)
    assert {row["conversationStart"][:11] for row in rows} == {"2026-03-15T"}
    assert rows == [row for row in everything if row in rows]
    assert client.conversations("2026-01-01/2026-01-02") == []


def test_a_page_is_made_in_about_the_time_of_a_copy():
    options = SandboxOptions(
        pre_encoded=True, conversations=20_000, days=2, record_bytes=8192, page_rows=1000
    )
    pages = Pages(options, Organization(options))
    best = float("inf")
    for number in range(5):
        began = time.perf_counter()
        size = len(pages.page(number))
        best = min(best, time.perf_counter() - began)
    assert size / best > 200_000_000
