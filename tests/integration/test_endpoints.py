"""What a run asks for, held against the table of endpoints that the documentation is written from."""

from __future__ import annotations

import re

import pytest
from support.processes import command, discovered, run_forked, selecting

from tap_genesys_journey.api.endpoints import ENDPOINTS, GUIDE_LIST_CONTACTS

SURFACES = ("platform", "guide")
STREAMS = ("external_contacts", "conversations", "timelines")
"""One of each set of streams that need the same."""

FOLLOWING = {
    "platform": {"external_ids": ["CRM-000001", "CRM-999999"], "external_source": "Sandbox CRM"},
    "guide": {"external_ids": ["CRM-000001", "CRM-999999"]},
}


@pytest.fixture(scope="module")
def catalog():
    return discovered()


def endpoint_of(request, api):
    """The one endpoint of the table that a request asks.

    Raises:
        ValueError: None, or several.
    """
    (found,) = (
        each
        for each in ENDPOINTS
        if each.surface == api
        and each.method == request.method
        and re.fullmatch(re.sub(r"\{\w+\}", r"(?!availability\\b)[^/]+", each.path), request.path)
    )
    return found


def asked(sandbox, folder, config, catalog):
    """The endpoints that a run asks, each once; the login aside."""
    sandbox.clear_requests()
    run = run_forked(command(folder, config, catalog=catalog))
    assert run.exit_code == 0, run.log
    requests = [request for request in sandbox.requests() if request.path != "/oauth/token"]
    return {endpoint_of(request, config["api"]) for request in requests}


@pytest.mark.parametrize("api", SURFACES)
@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_asks_exactly_the_endpoints_that_the_table_names_for_it(
    sandbox, tmp_path, catalog, api, stream
):
    found = asked(sandbox, tmp_path, sandbox.config | {"api": api}, selecting(catalog, stream))

    assert found == {each for each in ENDPOINTS if each.surface == api and stream in each.streams}


@pytest.mark.parametrize("api", SURFACES)
@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_of_followed_customers_asks_exactly_those_that_the_table_names_for_it(
    sandbox, tmp_path, catalog, api, stream
):
    config = sandbox.config | {"api": api} | FOLLOWING[api]

    found = asked(sandbox, tmp_path, config, selecting(catalog, stream))

    assert found == {each for each in ENDPOINTS if each.surface == api and stream in each.streams_following}


@pytest.mark.parametrize("api", SURFACES)
def test_all_streams_together_ask_nothing_that_is_not_in_the_table(sandbox, tmp_path, api):
    found = asked(sandbox, tmp_path, sandbox.config | {"api": api}, None)

    assert found == {each for each in ENDPOINTS if each.surface == api and each.streams}


def test_the_guides_listing_is_asked_by_token_and_never_by_page_number(sandbox, tmp_path):
    sandbox.clear_requests()
    run_forked(command(tmp_path, sandbox.config | {"api": "guide", "page_size": 20}))

    queries = [each.query for each in sandbox.requests() if each.path == GUIDE_LIST_CONTACTS.path]
    assert len(queries) > 2
    assert all("pageToken=" in query for query in queries[1:])
    assert not any("pageNumber" in each.query for each in sandbox.requests())
