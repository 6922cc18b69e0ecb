"""What later runs over given customers ask of the platform, with a store and without one."""

from __future__ import annotations

import pytest
from support.processes import Run, command, run_forked, upserted

from genesys_sandbox import Sandbox, SandboxOptions

PEOPLE = [f"CRM-{n:06}" for n in range(12)]
JOBS = "/api/v2/analytics/conversations/details/jobs"
LOOKBACK_DAYS = 2
DAY_SECONDS = 86_400


@pytest.fixture
def sandbox():
    """Customers of twelve days, some of whom were merged, and orphans at their addresses."""
    options = SandboxOptions(days=12, job_polls=0, requests_per_minute=0, contacts=80, conversations=400)
    with Sandbox(options) as running:
        yield running


def follow(sandbox, folder, ids, *, state=None, api="platform", **given):
    config = {"external_ids": ids, "api": api, "lookback_days": LOOKBACK_DAYS}
    if api == "platform":
        config["external_source"] = "Sandbox CRM"
    run = run_forked(
        command(folder, sandbox.config | config | {"history_window_days": 1} | given, state=state)
    )
    assert run.exit_code == 0, run.log
    return run


def submissions(sandbox):
    return sum(request.method == "POST" and request.path == JOBS for request in sandbox.requests())


@pytest.fixture(params=["with a store", "without a store"])
def given(request, tmp_path):
    return {"store_path": str(tmp_path / "store.duckdb")} if request.param == "with a store" else {}


def test_a_run_in_which_nothing_changed_reads_the_lookback_and_no_history(sandbox, tmp_path):
    given = {"store_path": str(tmp_path / "store.duckdb")}
    first = follow(sandbox, tmp_path, PEOPLE, **given)
    sandbox.control.advance(2 * LOOKBACK_DAYS * DAY_SECONDS)  # after which nothing happens any more
    second = follow(sandbox, tmp_path, PEOPLE, state=first.state, **given)
    sandbox.clear_requests()

    third = follow(sandbox, tmp_path, PEOPLE, state=second.state, **given)

    by_contact_and_by_address = 2
    assert submissions(sandbox) == LOOKBACK_DAYS * by_contact_and_by_address
    assert not third.rows("conversations")
    assert not third.rows("timelines")
    assert upserted(first, second, third) == upserted(follow(sandbox, tmp_path, PEOPLE))


def test_a_store_knows_that_conversations_read_again_did_not_change(sandbox, tmp_path):
    store = {"store_path": str(tmp_path / "store.duckdb")}
    first = follow(sandbox, tmp_path, PEOPLE, **store)
    sandbox.clear_requests()

    second = follow(sandbox, tmp_path, PEOPLE, state=first.state, **store)

    assert submissions(sandbox) == LOOKBACK_DAYS * 2
    assert not second.rows("conversations")


@pytest.mark.parametrize("api", ["platform", "guide"])
def test_customers_added_to_the_list_end_where_a_first_run_with_all_of_them_does(
    sandbox, tmp_path, given, api
):
    sandbox.clear_requests()
    whole = follow(sandbox, tmp_path, PEOPLE, api=api)
    asked_by_a_first_run = submissions(sandbox)
    first = follow(sandbox, tmp_path, PEOPLE[:6], api=api, **given)
    sandbox.clear_requests()

    second = follow(sandbox, tmp_path, PEOPLE, api=api, state=first.state, **given)

    assert belonging(upserted(first, second)) == belonging(upserted(whole))
    if given:
        assert submissions(sandbox) <= 2 * asked_by_a_first_run
        assert not {row["conversation_id"] for row in first.rows("conversations")} & {
            row["conversation_id"] for row in second.rows("conversations")
        }


def test_on_the_guides_surface_the_pages_of_who_joins_are_asked_for_once(sandbox, tmp_path, given):
    first = follow(sandbox, tmp_path, PEOPLE[:6], api="guide", **given)
    sandbox.clear_requests()

    follow(sandbox, tmp_path, PEOPLE, api="guide", state=first.state, **given)

    pages = [each.query for each in sandbox.requests() if each.path == "/api/v2/conversations"]
    assert len(pages) == len(set(pages)) >= len(PEOPLE)


@pytest.mark.parametrize("place", [0, 0.5, 1], ids=["at first", "half way", "at last"])
def test_on_the_guides_surface_a_run_with_who_joined_that_was_cut_off_loses_nothing(
    sandbox, tmp_path, given, place
):
    whole = follow(sandbox, tmp_path, PEOPLE, api="guide")
    first = follow(sandbox, tmp_path, PEOPLE[3:9], api="guide", **given)
    second = follow(sandbox, tmp_path, PEOPLE, api="guide", state=first.state, page_size=2, **given)
    lines = second.output.splitlines(keepends=True)
    under_way = [number for number, line in enumerate(lines, 1) if b'"contact":' in line]
    cut = Run(0, b"".join(lines[: under_way[int(place * (len(under_way) - 1))]]), "")

    third = follow(sandbox, tmp_path, PEOPLE, api="guide", state=cut.state, **given)

    assert belonging(upserted(first, cut, third)) == belonging(upserted(whole))


def belonging(table):
    """The rows, but for those of timelines that say that a conversation belongs to nobody."""
    return {
        key: row for key, row in table.items() if key[0] != "timeline_events" or row["contact_id"] is not None
    }
