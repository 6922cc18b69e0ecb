"""The platform surface loads in Genesys' own client: no unknown field, no unknown value, nowhere."""

from __future__ import annotations

import json

import PureCloudPlatformClientV2 as official  # noqa: N813 - a name one can read
import pytest
from support.official_models import client_of, oddities

INTERVAL = "2026-01-01T00:00:00Z/2026-12-31T00:00:00Z"


@pytest.fixture(scope="module")
def api(sandbox):
    return client_of(sandbox.url, sandbox.options.client_id, sandbox.options.client_secret)


@pytest.fixture(scope="module")
def contacts(api):
    return official.ExternalContactsApi(api)


def check(api, model):
    """The last answer holds nothing the client does not know; the model is handed on."""
    kind = type(model).__name__
    assert list(oddities(json.loads(api.last_response.data), kind, model)) == []
    return model


def answer_of(text):
    """What the client's own reader of answers takes."""
    return type("Answer", (), {"data": text, "getheader": lambda *_: "application/json"})()


def ids(contacts):
    return [entity.id for entity in contacts.get_externalcontacts_scan_contacts(limit=100).entities]


def test_every_page_of_the_contact_scan_loads(api, contacts):
    found, cursor = 0, None
    while True:
        query = {"cursor": cursor} if cursor else {}
        page = check(api, contacts.get_externalcontacts_scan_contacts(limit=50, **query))
        found += len(page.entities)
        cursor = page.cursors.after
        if cursor is None:
            break
    assert found > 100


def test_every_record_loads_whether_a_scan_lists_it_or_not(api, contacts, sandbox):
    everybody = [record["id"] for record in sandbox.truth.contacts()]
    for start in range(0, len(everybody), 50):
        body = {"entities": [{"id": identity} for identity in everybody[start : start + 50]]}
        page = check(api, contacts.post_externalcontacts_bulk_contacts_unresolved(body))
        assert page.error_count == 0


def test_resolved_bulk_answers_load_also_where_an_id_is_unknown(api, contacts):
    body = {"entities": [{"id": ids(contacts)[0]}, {"id": "00000000-0000-4000-8000-000000000000"}]}
    page = check(api, contacts.post_externalcontacts_bulk_contacts(body))
    assert (len(page.results), page.error_count) == (2, 1)


def test_a_contact_its_stored_form_and_its_identifiers_load(api, contacts):
    identity = ids(contacts)[0]
    check(api, contacts.get_externalcontacts_contact(identity))
    check(api, contacts.get_externalcontacts_contact_unresolved(identity))
    check(api, contacts.get_externalcontacts_contact_identifiers(identity))


def test_a_look_up_by_external_id_loads(api, contacts):
    entities = contacts.get_externalcontacts_scan_contacts(limit=100).entities
    known = next(entity for entity in entities if entity.external_ids)
    identifier = official.ContactIdentifier()
    identifier.type, identifier.value = "ExternalId", known.external_ids[0].value
    identifier.external_source = official.ExternalSource()
    identifier.external_source.id = known.external_ids[0].external_source.id
    found = check(api, contacts.post_externalcontacts_identifierlookup_contacts(identifier))
    assert found.id == known.id


def test_external_sources_and_organizations_load(api, contacts):
    assert check(api, contacts.get_externalcontacts_externalsources()).entities
    assert check(api, contacts.get_externalcontacts_scan_organizations()).entities


def test_a_details_job_loads_from_submission_to_the_last_page(api):
    analytics = official.AnalyticsApi(api)
    job = check(api, analytics.post_analytics_conversations_details_jobs({"interval": INTERVAL})).job_id
    states = []
    while "FULFILLED" not in states:
        states.append(check(api, analytics.get_analytics_conversations_details_job(job)).state)
    found, cursor = 0, None
    while found == 0 or cursor:
        query = {"cursor": cursor} if cursor else {}
        page = check(
            api, analytics.get_analytics_conversations_details_job_results(job, page_size=300, **query)
        )
        found += len(page.conversations)
        cursor = page.cursor
    assert found == 500
    assert check(
        api, analytics.get_analytics_conversations_details_jobs_availability()
    ).data_availability_date


@pytest.mark.parametrize(
    ("group", "call"),
    [
        ("UsersApi", "get_users"),
        ("RoutingApi", "get_routing_queues"),
        ("RoutingApi", "get_routing_wrapupcodes"),
        ("RoutingApi", "get_routing_skills"),
        ("RoutingApi", "get_routing_languages"),
        ("AuthorizationApi", "get_authorization_divisions"),
        ("ArchitectApi", "get_flows"),
        ("TeamsApi", "get_teams"),
    ],
)
def test_reference_lists_load(api, group, call):
    assert check(api, getattr(getattr(official, group)(api), call)()).entities


def test_organization_and_token_load(api):
    assert check(api, official.OrganizationApi(api).get_organizations_me()).name
    assert check(api, official.TokensApi(api).get_tokens_me()).organization.id


def test_an_error_loads_as_an_error_body(api, contacts):
    with pytest.raises(official.rest.ApiException) as caught:
        contacts.get_externalcontacts_contact("00000000-0000-4000-8000-000000000000")
    raw = json.loads(caught.value.body)
    body = api.deserialize(answer_of(caught.value.body), "ErrorBody")
    assert list(oddities(raw, "ErrorBody", body)) == []


def test_the_walk_itself_finds_unknown_fields_values_and_types(api):
    raw = {"id": 7, "type": "Imaginary", "nickname": "x", "createDate": "2026-01-01T00:00:00Z"}
    page = {"entities": [raw], "cursors": {}}
    made = api.deserialize(answer_of(json.dumps(page)), "CursorContactListing")
    found = list(oddities(page, "CursorContactListing", made))
    assert [each.partition(":")[0] for each in found] == [
        "$.entities[0].id",
        "$.entities[0].type",
        "$.entities[0].nickname",
    ]


def test_padded_rows_load_too(api, start):
    client = start(record_bytes=12_000, conversations=70)
    page = {"conversations": client.conversations()}
    kind = "AnalyticsConversationAsyncQueryResponse"
    assert list(oddities(page, kind, api.deserialize(answer_of(json.dumps(page)), kind))) == []


def test_journey_sessions_and_their_events_load(api, sandbox):
    journey = official.JourneyApi(api)
    kinds = set()
    for record in list(sandbox.truth.contacts())[:40]:
        page = check(api, journey.get_externalcontacts_contact_journey_sessions(record["id"]))
        for session in page.entities[:2]:
            kinds.add(check(api, journey.get_journey_session(session.id)).type)
            check(api, journey.get_journey_session_events(session.id))
    assert kinds == {"web", "conversation"}
