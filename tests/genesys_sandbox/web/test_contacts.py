from __future__ import annotations

import pytest
from support.sandbox_client import CONTACTS

SCAN = f"{CONTACTS}/scan/contacts"


def flat(pages):
    return [record for page in pages for record in page]


def test_a_scan_lists_curated_canonical_records_once_each(client, sandbox):
    listed = [record["id"] for record in flat(client.scan(limit=50))]
    expected = [
        record["id"]
        for record in sandbox.truth.contacts()
        if record["type"] == "Curated" and "mergedTo" not in record
    ]
    assert sorted(listed) == sorted(expected)
    assert len(set(listed)) == len(listed)


def test_a_scan_has_an_empty_and_a_short_page_before_its_end(client):
    sizes = [len(page) for page in client.scan(limit=40)]
    assert sizes[:3] == [40, 0, 20]
    assert len(sizes) > 4


@pytest.mark.parametrize("limit", ["9", "201", "many"])
def test_a_limit_out_of_bounds_is_refused(client, limit):
    answer = client.get(SCAN, limit=limit)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid.query.param.value")


def test_a_cursor_names_its_place_in_the_uris_too(client):
    page = client.get(SCAN, limit=50).json()
    assert page["nextUri"].endswith(f"cursor={page['cursors']['after']}")
    assert client.get(page["nextUri"]).status_code == 200


def test_a_foreign_cursor_is_refused(client):
    cursor = client.get(SCAN, limit=10).json()["cursors"]["after"]
    assert client.get(f"{CONTACTS}/externalsources", cursor=cursor).status_code == 400
    assert client.get(SCAN, cursor="rubbish").status_code == 400


def test_options_make_a_scan_list_ancestors_and_auto_created_contacts(start):
    client = start(contacts=100, scan_lists_ancestors=True, scan_lists_auto_created=True)
    listed = {record["id"] for record in flat(client.scan(limit=200))}
    assert listed == {record["id"] for record in client.sandbox.truth.contacts()}


def test_a_merged_id_answers_with_the_canonical_record_and_unresolved_with_itself(client, sandbox):
    merged = next(record for record in sandbox.truth.contacts() if "mergedTo" in record)
    resolved = client.get(f"{CONTACTS}/contacts/{merged['id']}").json()
    assert resolved["id"] == merged["canonicalContact"]["id"] != merged["id"]
    assert client.get(f"{CONTACTS}/contacts/{merged['id']}/unresolved").json() == merged


def test_an_unknown_contact_is_not_found(client):
    answer = client.get(f"{CONTACTS}/contacts/00000000-0000-4000-8000-000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "not.found")


def test_bulk_answers_each_id_by_itself(client, sandbox):
    merged = next(record for record in sandbox.truth.contacts() if "mergedTo" in record)
    body = {"entities": [{"id": merged["id"]}, {"id": "nobody"}]}
    page = client.post(f"{CONTACTS}/bulk/contacts", body).json()
    results = {result["id"]: result for result in page["results"]}
    assert results[merged["id"]]["entity"]["id"] == merged["canonicalContact"]["id"]
    assert results["nobody"]["error"]["code"] == "not.found"
    assert page["errorCount"] == 1
    assert [page["results"][number]["id"] for number in page["errorIndexes"]] == ["nobody"]


def test_bulk_unresolved_answers_the_ancestor(client, sandbox):
    merged = next(record for record in sandbox.truth.contacts() if "mergedTo" in record)
    page = client.post(f"{CONTACTS}/bulk/contacts/unresolved", {"entities": [{"id": merged["id"]}]}).json()
    assert page["results"][0]["entity"] == merged


def test_more_ids_than_the_limit_are_refused(client):
    body = {"entities": [{"id": str(number)} for number in range(51)]}
    assert client.post(f"{CONTACTS}/bulk/contacts", body).status_code == 400


def source_of(client, name):
    page = client.get(f"{CONTACTS}/externalsources", name=name).json()
    return page["entities"][0]["id"]


def look_up(client, **identifier):
    return client.post(f"{CONTACTS}/identifierlookup/contacts", identifier)


def test_an_external_id_finds_its_contact_in_its_own_source_only(client):
    crm, erp = source_of(client, "Sandbox CRM"), source_of(client, "Sandbox ERP")
    found = look_up(client, type="ExternalId", value="CRM-000001", externalSource={"id": crm})
    assert found.json()["externalIds"][0]["value"] == "CRM-000001"
    wrong = look_up(client, type="ExternalId", value="CRM-000001", externalSource={"id": erp})
    assert wrong.status_code == 404


def test_an_external_id_of_a_merged_contact_finds_the_canonical_one(client):
    crm = source_of(client, "Sandbox CRM")
    found = look_up(client, type="ExternalId", value="CRM-000007", externalSource={"id": crm}).json()
    assert "CRM-000007" in [each["value"] for each in found["externalIds"]]
    assert found["mergedFrom"]


def test_phones_and_mails_find_curated_contacts(client, sandbox):
    record = next(
        each for each in sandbox.truth.contacts() if each["type"] == "Curated" and "mergedTo" not in each
    )
    assert look_up(client, type="Phone", value=record["cellPhone"]["e164"]).json()["id"] == record["id"]
    assert look_up(client, type="Email", value=record["personalEmail"]).json()["id"] == record["id"]


def test_auto_created_contacts_are_not_found_by_identifier(client, sandbox):
    record = next(each for each in sandbox.truth.contacts() if each["type"] == "Ephemeral")
    assert look_up(client, type="Phone", value=record["cellPhone"]["e164"]).status_code == 404


def test_a_look_up_without_a_source_or_value_is_unprocessable(client):
    assert look_up(client, type="ExternalId", value="CRM-000001").status_code == 422
    assert look_up(client, type="Phone").status_code == 422


def test_external_sources_are_filtered_by_prefix_and_activity(client):
    def names(**query):
        return [
            each["name"] for each in client.get(f"{CONTACTS}/externalsources", **query).json()["entities"]
        ]

    assert names(name="sandbox") == ["Sandbox CRM", "Sandbox ERP"]
    assert names(active="false") == ["Retired Source"]


def test_external_organizations_are_scanned_with_a_cursor(client):
    pages = client.scan(f"{CONTACTS}/scan/organizations", limit=10)
    assert [len(page) for page in pages] == [10, 2]
