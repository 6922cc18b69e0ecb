from __future__ import annotations

import pytest

from genesys_sandbox.world.instants import from_text, http_date, to_text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-03-16T12:00:00.123Z", "2026-03-16T12:00:00.123Z"),
        ("2026-03-16T12:00:00Z", "2026-03-16T12:00:00.000Z"),
        ("2026-03-16T12:00", "2026-03-16T12:00:00.000Z"),
        ("2026-03-16", "2026-03-16T00:00:00.000Z"),
        ("2026-03-16T13:30:00+01:30", "2026-03-16T12:00:00.000Z"),
        ("2026-03-16T07:00:00-0500", "2026-03-16T12:00:00.000Z"),
        ("2026-03-16T12:00:00.123456789Z", "2026-03-16T12:00:00.123Z"),
    ],
)
def test_an_instant_is_read_in_any_iso_form_and_written_in_one(text, same):
    assert to_text(from_text(text)) == same


def test_what_is_no_instant_is_refused():
    with pytest.raises(ValueError, match="not an ISO 8601 instant"):
        from_text("yesterday")


def test_a_date_header_is_written_as_http_wants_it():
    assert http_date(from_text("2026-03-16T12:00:00Z")) == "Mon, 16 Mar 2026 12:00:00 GMT"
