"""Following given customers as processes on both surfaces: what arrives, what is asked and remembered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

import duckdb
import pytest
from support.loopback import Loopback, organization, reply, settings
from support.processes import command, discovered, run_forked, selecting, started_tap, upserted
from support.wire_facts import contacts as contacts_on

from genesys_sandbox import Sandbox, SandboxOptions
from genesys_sandbox.options import Faults

SURFACES = ("platform", "guide")
SOURCE = {"platform": {"external_source": "Sandbox CRM"}, "guide": {}}
PEOPLE = ["CRM-000000", "CRM-000001", "CRM-000002"]
"""Three who were never merged."""

MERGED = "CRM-000012"
"""One whose contact was merged, and what came of that once more."""

NOBODY = ["CRM-999998", "CRM-999999"]
LOOK_UP = {
    "platform": "/api/v2/externalcontacts/identifierlookup/contacts",
    "guide": "/api/v2/external-contacts",
}
SIZE = {"contacts": 60, "conversations": 120}
on_both = pytest.mark.parametrize("api", SURFACES)


@pytest.fixture(scope="module")
def sandbox():
    """An organization that no test changes, of which every customer has a few conversations."""
    with Sandbox(SandboxOptions(days=6, job_polls=0, requests_per_minute=0, **SIZE)) as running:
        yield running


@pytest.fixture(scope="module")
def whole(sandbox, tmp_path_factory):
    """Gives a run over the whole organization."""
    folder = tmp_path_factory.mktemp("whole")
    return {api: run_forked(command(folder, sandbox.config | {"api": api})) for api in SURFACES}


@pytest.fixture(scope="module")
def catalog():
    return discovered()


def follow(sandbox, folder, api, *, state=None, catalog=None, **given):
    """A run that follows customers; external ids are those of the CRM."""
    source = SOURCE[api] if {"external_ids", "external_ids_file"} & set(given) else {}
    config = sandbox.config | {"api": api} | source | given
    run = run_forked(command(folder, config, state=state, catalog=catalog))
    assert run.exit_code == 0, run.log
    return run


def holders(sandbox, *external_ids):
    """The contacts that hold these ids, and everything that was merged with them."""
    canonical = sandbox.truth.canonical_ids()
    found = {
        canonical[record["id"]]
        for record in sandbox.truth.contacts()
        if {each["value"] for each in record.get("externalIds", ())} & set(external_ids)
    }
    return {identity for identity, last in canonical.items() if last in found}


def ids(run, stream):
    return {row["conversation_id" if stream == "conversations" else "id"] for row in run.rows(stream)}


def table(run, owners):
    """Rows of timelines that belong to these contacts."""
    return table_of(upserted(run), owners)


def table_of(rows, owners):
    columns = {"timeline_events": "contact_id", "timelines": "contactId"}
    return {key: row for key, row in rows.items() if row.get(columns.get(key[0])) in owners}


def looked_up(sandbox):
    """How often an external id was asked for since the log was cleared."""
    return sum(
        request.path.endswith("/identifierlookup/contacts") or "externalId=" in request.query
        for request in sandbox.requests()
    )


def warnings(run):
    return [line.split(" | ", 3)[3] for line in run.log.splitlines() if "| WARNING" in line]


# --- what arrives


@on_both
def test_all_streams_narrow_to_the_customers_and_their_timelines_are_those_of_a_whole_run(
    sandbox, whole, tmp_path, api
):
    run = follow(sandbox, tmp_path, api, external_ids=[*PEOPLE, MERGED])

    theirs = holders(sandbox, *PEOPLE, MERGED)
    assert len(theirs) > 4
    assert ids(run, "external_contacts") == theirs
    assert {row["contact_id"] for row in run.rows("contact_aliases")} == theirs
    assert table(run, theirs) == table(whole[api], theirs)
    assert len(table(run, theirs)) > 20
    carried = {
        row["conversationId"] for row in sandbox.truth.conversations() if set(contacts_on(row)) & theirs
    }
    adopted = {row["conversation_id"] for row in run.rows("timeline_events") if row["is_adopted"]}
    assert carried <= ids(run, "conversations")
    if api == "guide":
        assert ids(run, "conversations") == carried
    else:
        assert adopted <= ids(run, "conversations")


@on_both
def test_lists_and_files_of_ids_and_ids_of_contacts_lead_to_the_same_rows(sandbox, tmp_path, api):
    lines, columns = tmp_path / "ids.txt", tmp_path / "ids.csv"
    lines.write_text("".join(f"{each}\r\n\r\n" for each in PEOPLE))
    columns.write_text('name,external_id\n"Made Up, One",' + "\nX,".join(PEOPLE) + "\n")
    contacts = sorted(holders(sandbox, *PEOPLE))
    expected = upserted(follow(sandbox, tmp_path, api, external_ids=PEOPLE))

    assert upserted(follow(sandbox, tmp_path, api, external_ids_file=str(lines))) == expected
    assert upserted(follow(sandbox, tmp_path, api, contact_ids=contacts)) == expected
    both = follow(sandbox, tmp_path, api, external_ids_file=str(columns), contact_ids=contacts[:2])
    assert upserted(both) == expected


@on_both
def test_an_id_merged_away_leads_to_the_whole_merge_set_under_the_last_contact(sandbox, whole, tmp_path, api):
    family = holders(sandbox, MERGED)
    canonical = sandbox.truth.canonical_ids()
    (last,) = {canonical[identity] for identity in family}
    given = min(family - {last})

    run = follow(sandbox, tmp_path, api, contact_ids=[given])

    assert len(family) == 5
    assert {row["contact_id"] for row in run.rows("contact_aliases")} == family
    assert {row["canonical_contact_id"] for row in run.rows("contact_aliases")} == {last}
    (document,) = (row for row in run.rows("timelines") if row["contactId"] == last)
    assert document["metadata"]["mergedFromIds"] == sorted(family - {last})
    assert table(run, family) == table(whole[api], family)


@on_both
def test_a_merge_is_asked_for_at_once_and_moves_the_timeline_to_the_survivor(start, tmp_path, api):
    sandbox = start(**SIZE)
    given = {"external_ids": PEOPLE[:2], "store_path": str(tmp_path / "store.duckdb")}
    first = follow(sandbox, tmp_path, api, **given)
    before = sorted(holders(sandbox, *PEOPLE[:2]))
    survivor = sandbox.control.merge_contacts(before)
    sandbox.control.advance(3600)
    sandbox.clear_requests()

    second = follow(sandbox, tmp_path, api, state=first.state, **given)

    assert looked_up(sandbox) == 2
    documents = {row["contactId"]: row for row in second.rows("timelines")}
    assert documents[survivor]["metadata"]["mergedFromIds"] == before
    assert {documents[each]["metadata"]["mergedInto"] for each in before} == {survivor}
    assert [documents[each]["timeline"] for each in before] == [[], []]
    fresh = follow(sandbox, tmp_path, api, external_ids=PEOPLE[:2])
    assert table(second, {survivor}) == table(fresh, {survivor})
    assert len(table(fresh, {survivor})) > 5


@on_both
def test_a_merge_in_the_middle_of_a_run_is_whole_after_the_next_one(start, tmp_path, api):
    sandbox = start(**SIZE)
    everybody = sorted(crm_ids(sandbox))
    given = {"external_ids": everybody, "store_path": str(tmp_path / "store.duckdb"), "page_size": 10}
    config = sandbox.config | {"api": api} | SOURCE[api] | given
    with started_tap(tmp_path, config) as tap:
        tap.read(lambda output: b'"RECORD","stream":"conversations"' in output)
        survivor = sandbox.control.merge_contacts(sorted(holders(sandbox, *PEOPLE[:2])))
        first = tap.finish()
    sandbox.control.advance(3600)

    second = follow(sandbox, tmp_path, api, state=first.state, **given)

    assert first.exit_code == 0
    fresh = follow(sandbox, tmp_path, api, external_ids=everybody)
    owners = holders(sandbox, *everybody)
    assert survivor in owners
    assert table_of(upserted(first, second), owners) == table(fresh, owners)


def crm_ids(sandbox):
    held = (each["value"] for record in sandbox.truth.contacts() for each in record.get("externalIds", ()))
    return {value for value in held if value.startswith("CRM-")}


@pytest.mark.parametrize("merged", ["canonical", "redirect", "stored"])
def test_the_guides_ways_to_answer_for_a_merged_contact_lead_to_the_same_timeline(
    start, whole, tmp_path, merged
):
    """And none of its other ways makes a difference, of which the run over the whole has the other half."""
    bare = {"guide_null_token": True, "guide_bare_contact": False, "guide_redirects_history": False}
    other = start(**SIZE, guide_merged=merged, **bare)
    family = holders(other, MERGED)

    run = follow(other, tmp_path, "guide", external_ids=[MERGED])

    assert table(run, family) == table(whole["guide"], family)


# --- who is not found


@on_both
def test_ids_that_lead_to_nobody_are_counted_and_listed_beside_the_store_and_fail_nothing(
    sandbox, tmp_path, api
):
    store = tmp_path / "store.duckdb"

    kept = follow(sandbox, tmp_path, api, external_ids=[*NOBODY, PEOPLE[0]], store_path=str(store))
    unkept = follow(sandbox, tmp_path, api, external_ids=[*NOBODY, PEOPLE[0]])

    listed = tmp_path / "store.duckdb.unresolved.txt"
    assert listed.read_text().splitlines() == NOBODY
    assert f"External ids that lead to no contact: 2; they are listed in {listed}" in warnings(kept)
    assert "External ids that lead to no contact: 2" in warnings(unkept)
    assert upserted(kept) == upserted(unkept)
    assert not [each for each in NOBODY if each in kept.log]


@on_both
def test_a_run_none_of_whose_ids_lead_to_anybody_is_complete_and_empty(sandbox, tmp_path, api):
    run = follow(sandbox, tmp_path, api, external_ids=NOBODY)

    assert upserted(run) == {}
    assert run.messages[-1]["type"] == "STATE"


@on_both
def test_contact_ids_that_nobody_has_are_counted_as_gone(sandbox, tmp_path, api):
    run = follow(sandbox, tmp_path, api, contact_ids=["nobody"])

    assert upserted(run) == {}
    assert "Contacts that the API does not know: 1" in warnings(run)


def test_an_id_that_two_contacts_hold_leads_to_none_of_them_on_the_guides_surface(start, tmp_path):
    sandbox = start()
    source = {"externalSource": {"id": "source-1"}, "value": "CRM-TWICE"}
    holding = [sandbox.control.add_contact(firstName=name, externalIds=[source]) for name in ("One", "Two")]

    run = follow(sandbox, tmp_path, "guide", external_ids=["CRM-TWICE", PEOPLE[0]])

    assert not ids(run, "external_contacts") & set(holding)
    assert ids(run, "external_contacts") == holders(sandbox, PEOPLE[0])
    assert "External ids that lead to no contact: 1 (1 of them held by several)" in warnings(run)


def test_two_holders_who_were_merged_are_one_contact(start, tmp_path):
    sandbox = start()
    source = {"externalSource": {"id": "source-1"}, "value": "CRM-TWICE"}
    holding = [sandbox.control.add_contact(firstName=name, externalIds=[source]) for name in ("One", "Two")]
    survivor = sandbox.control.merge_contacts(holding)

    run = follow(sandbox, tmp_path, "guide", external_ids=["CRM-TWICE"])

    assert ids(run, "external_contacts") == {survivor, *holding}


def test_an_unknown_external_source_is_one_line_that_names_those_there_are(sandbox, tmp_path):
    config = sandbox.config | {"external_ids": PEOPLE, "external_source": "Sandbox CRN"}

    run = run_forked(command(tmp_path, config))

    assert run.exit_code == 1
    (error,) = run.errors
    assert error == (
        "external_source: no such source; allowed: one of the organization's sources: "
        "Retired Source, Sandbox CRM, Sandbox ERP"
    )
    assert run.rows("external_contacts") == []


# --- what is asked


def asked(sandbox):
    """How often each endpoint was asked since the log was cleared; ids in paths are left out."""
    counted = Counter[str]()
    for request in sandbox.requests():
        path = request.path.removeprefix("/api/v2/")
        if path.endswith("/unresolved") and request.method == "GET":
            path = "external-contacts/*/unresolved"
        if "details/jobs/" in path and not path.endswith("/availability"):
            path = "jobs/*/results" if path.endswith("/results") else "jobs/*"
        if path == "external-contacts":
            path += "?externalId" if "externalId=" in request.query else ""
        counted[path] += 1
    return dict(counted)


FIRST = {
    "platform": {
        "/oauth/token": 1,
        "externalcontacts/externalsources": 1,
        "externalcontacts/identifierlookup/contacts": 5,
        "externalcontacts/bulk/contacts/unresolved": 1,
        "analytics/conversations/details/jobs/availability": 1,
        "analytics/conversations/details/jobs": 1,
        "jobs/*": 1,
        "jobs/*/results": 1,
    },
    "guide": {
        "/oauth/token": 1,
        "external-contacts?externalId": 5,
        "external-contacts/*/unresolved": 3,
        "conversations": 3,
    },
}
"""Three customers are found and two are not: many share one job on the platform."""

OF_LOOKING_UP = {
    "externalcontacts/externalsources",
    "externalcontacts/identifierlookup/contacts",
    "external-contacts?externalId",
}


@on_both
def test_what_is_remembered_is_not_asked_again_and_what_has_aged_is(sandbox, tmp_path, catalog, api):
    store = tmp_path / "store.duckdb"
    given = {"external_ids": [*PEOPLE, *NOBODY], "store_path": str(store), "contact_id_ttl_hours": 24}
    chosen = selecting(catalog, "external_contacts", "conversations")
    state = None

    def run_and_count():
        nonlocal state
        sandbox.clear_requests()
        state = follow(sandbox, tmp_path, api, state=state, catalog=chosen, **given).state
        return asked(sandbox)

    assert run_and_count() == FIRST[api]
    assert run_and_count() == {name: n for name, n in FIRST[api].items() if name not in OF_LOOKING_UP}
    age(store, hours=2)
    run_and_count()
    assert looked_up(sandbox) == len(NOBODY)
    age(store, hours=23)
    run_and_count()
    assert looked_up(sandbox) == len([*PEOPLE, *NOBODY])


def age(store: Path, *, hours: int) -> None:
    """Let what the store remembers of external ids be that much older."""
    with duckdb.connect(str(store)) as opened:
        opened.execute("update resolved_ids set resolved_at_utc = resolved_at_utc - to_hours(?)", [hours])


@on_both
def test_an_id_given_a_thousand_times_in_list_and_file_is_asked_for_once(sandbox, tmp_path, api):
    path = tmp_path / "ids"
    path.write_text(f"{PEOPLE[0]}\n" * 1000)
    sandbox.clear_requests()

    run = follow(sandbox, tmp_path, api, external_ids_file=str(path), external_ids=[*PEOPLE, *PEOPLE])

    assert looked_up(sandbox) == len(PEOPLE)
    assert ids(run, "external_contacts") == holders(sandbox, *PEOPLE)


def test_a_customer_is_never_looked_up_by_phone_or_mail(sandbox, tmp_path):
    sandbox.clear_requests()

    follow(sandbox, tmp_path, "guide", external_ids=PEOPLE)

    queries = [parse_qs(request.query) for request in sandbox.requests()]
    names = {name for query in queries for name in query}
    assert names == {"externalId", "externalContactId", "sortOrder", "pageSize"}


def test_the_platform_is_asked_by_external_id_alone(tmp_path):
    answers = organization()

    def answer(request):
        if request.path.endswith("/externalsources"):
            return reply('{"entities":[{"id":"source-1","name":"Sandbox CRM"}],"cursors":{}}')
        return reply(status=404) if "identifierlookup" in request.path else answers(request)

    with Loopback(answer) as server:
        run = run_forked(command(tmp_path, settings(server, external_ids=PEOPLE[:1])))

    bodies = [each.body for each in server.asked if "identifierlookup" in each.path]
    assert run.exit_code == 0
    assert bodies == [b'{"type": "ExternalId", "value": "CRM-000000", "externalSource": {"id": "source-1"}}']


# --- pages that repeat, tokens that lead nowhere


@on_both
def test_pages_that_repeat_rows_change_nothing(start, sandbox, tmp_path, api):
    given = {"external_ids": [*PEOPLE, MERGED], "page_size": 4}
    expected = follow(sandbox, tmp_path, api, **given)

    run = follow(start(**SIZE, faults=Faults(repeated_rows=1.0)), tmp_path, api, **given)

    assert upserted(run) == upserted(expected)
    assert times_emitted(run) == times_emitted(expected)
    assert len(times_emitted(run)) > 10


def times_emitted(run):
    """How often each conversation was; on the guide's surface once for every contact that it is asked of."""
    return Counter(row["conversation_id"] for row in run.rows("conversations"))


@on_both
def test_a_whole_organization_whose_pages_repeat_rows_is_the_same(start, whole, tmp_path, api):
    repeating = start(**SIZE, faults=Faults(repeated_rows=1.0))

    run = run_forked(command(tmp_path, repeating.config | {"api": api, "page_size": 10}))

    assert run.exit_code == 0
    assert upserted(run) == upserted(whole[api])


def test_a_token_of_a_contacts_conversations_that_comes_twice_ends_the_run(start, tmp_path):
    sandbox = start(**SIZE, faults=Faults(endless_token=1.0))
    (contact,) = holders(sandbox, PEOPLE[0])
    config = sandbox.config | {"api": "guide", "contact_ids": [contact], "page_size": 2}

    run = run_forked(command(tmp_path, config))

    assert run.exit_code == 1
    assert run.errors == [
        f"conversations of contact {contact}: the same cursor came twice, so the pages would never end"
    ]
    assert run.state["bookmarks"]["conversations"]["position"]["contact"]["contact_id"] == contact


def test_a_token_of_the_guides_listing_that_comes_twice_ends_the_run(start, tmp_path):
    sandbox = start(faults=Faults(endless_token=1.0))

    run = run_forked(command(tmp_path, sandbox.config | {"api": "guide", "page_size": 20}))

    assert run.exit_code == 1
    assert run.errors == ["the listing of contacts: the same cursor came twice, so the pages would never end"]


@pytest.mark.parametrize("name", ["scan", "results"])
def test_a_cursor_of_the_platform_that_comes_twice_ends_the_run(tmp_path, name):
    endless = {
        "scan": '{"entities":[],"cursors":{"after":"round"}}',
        "results": '{"conversations":[],"cursor":"round"}',
    }
    with Loopback(organization(**{name: lambda _: reply(endless[name])})) as server:
        run = run_forked(command(tmp_path, settings(server)))

    assert run.exit_code == 1
    (error,) = run.errors
    assert error.endswith("the same cursor came twice, so the pages would never end")
    assert len(server.asked) < 10


# --- files of ids


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "holds no id"), (b"\xff\xfeC\x00", "cannot be read (not UTF-8 text)"), (b"\n \n", "holds no id")],
)
def test_a_file_of_ids_that_holds_none_is_one_line_and_nothing_is_asked(sandbox, tmp_path, content, problem):
    path = tmp_path / "ids"
    path.write_bytes(content)
    sandbox.clear_requests()

    run = run_forked(command(tmp_path, sandbox.config | {"external_ids_file": str(path)}))

    assert run.exit_code == 1
    (error,) = run.errors
    assert error.startswith("external_ids_file: ")
    assert problem in error
    assert sandbox.requests() == []
