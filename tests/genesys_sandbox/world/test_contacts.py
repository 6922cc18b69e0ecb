from __future__ import annotations

import re
import time
from collections import Counter

import pytest

from genesys_sandbox.options import SandboxOptions
from genesys_sandbox.world.instants import DAY, from_text
from genesys_sandbox.world.organization import Organization
from genesys_sandbox.world.overlay import View


@pytest.fixture(scope="module")
def organization():
    return Organization(SandboxOptions(contacts=200))


@pytest.fixture(scope="module")
def records(organization):
    return {record["id"]: record for record in organization.contacts(organization.view)}


def test_merges_make_new_records_and_some_are_merged_again(records):
    made = [record for record in records.values() if "mergedFrom" in record]
    assert made
    assert any("mergedFrom" in records[member["id"]] for record in made for member in record["mergedFrom"])
    assert all(record["mergeOperation"] is None for record in made)


def test_a_merge_set_is_told_the_same_by_each_of_its_members(records):
    for record in records.values():
        if "mergeSet" in record:
            members = [each["id"] for each in record["mergeSet"]]
            assert all(records[member]["mergeSet"] == record["mergeSet"] for member in members)
            assert record["canonicalContact"]["id"] in members
            assert "mergedTo" not in records[record["canonicalContact"]["id"]]


def test_ancestors_point_upwards_and_results_downwards(records):
    for record in records.values():
        for member in record.get("mergedFrom", ()):
            assert records[member["id"]]["mergedTo"]["id"] == record["id"]


def test_unmerged_records_say_nothing_of_merges(records):
    alone = [record for record in records.values() if "mergeSet" not in record]
    assert alone
    assert not any({"canonicalContact", "mergedTo", "mergedFrom"} & set(record) for record in alone)


def test_every_type_of_contact_occurs_and_a_merge_with_a_curated_one_is_curated(records):
    assert set(Counter(record["type"] for record in records.values())) == {
        "Curated",
        "Identified",
        "Ephemeral",
    }
    mixed = [
        record
        for record in records.values()
        if {records[member["id"]]["type"] for member in record.get("mergedFrom", ())}
        == {"Curated", "Identified"}
    ]
    assert mixed
    assert {record["type"] for record in mixed} == {"Curated"}


def test_a_merged_record_keeps_the_keys_and_numbers_of_both(records):
    pair = next(record for record in records.values() if len(record.get("mergedFrom", ())) == 2)
    members = [records[member["id"]] for member in pair["mergedFrom"]]
    keys = [each["value"] for member in members for each in member.get("externalIds", ())]
    assert [each["value"] for each in pair.get("externalIds", ())] == keys
    assert {pair["cellPhone"]["e164"], pair["otherPhone"]["e164"]} == {
        m["cellPhone"]["e164"] for m in members
    }


def test_people_are_plainly_made_up(records):
    for record in records.values():
        phones = [record[name] for name in ("cellPhone", "homePhone", "otherPhone") if name in record]
        assert all(re.fullmatch(r"\+1\d{3}55501\d\d", phone["e164"]) for phone in phones)
        mails = [record[name] for name in ("personalEmail", "workEmail", "otherEmail") if name in record]
        assert all(mail.lower().endswith("@example.com") for mail in mails)


def test_numbers_were_typed_in_many_ways_and_some_cannot_be_read(records):
    typed = {re.sub(r"\d", "0", record["cellPhone"]["userInput"]) for record in records.values()}
    assert len(typed) == 5
    unreadable = [record["workPhone"] for record in records.values() if "workPhone" in record]
    assert unreadable
    assert all("e164" not in phone for phone in unreadable)


def test_a_household_shares_a_number(records):
    cells = Counter(
        phone
        for record in records.values()
        for phone in {record[n]["e164"] for n in ("cellPhone", "homePhone") if n in record}
        if "mergeSet" not in record
    )
    assert cells.most_common(1)[0][1] == 2


def test_contacts_change_and_merge_as_the_clock_goes_on(records):
    organization = Organization(SandboxOptions(contacts=200))
    organization.set_clock(organization.now + 3 * DAY)
    later = {record["id"]: record for record in organization.contacts(organization.view)}
    assert len(later) > len(records)
    changed = [each for each in records if later[each]["modifyDate"] > records[each]["modifyDate"]]
    assert changed
    assert all(from_text(later[each]["modifyDate"]) > from_text("2026-03-16T12:00:00Z") for each in changed)


def test_nobody_exists_before_the_record_was_made(organization, records):
    identity, record = next(iter(records.items()))
    created = from_text(record["createDate"])
    assert organization.book.record(identity, View(created - 1)) is None
    assert organization.book.record(identity, View(created)) is not None


def test_two_hundred_contacts_take_milliseconds():
    began = time.process_time()
    organization = Organization(SandboxOptions())
    assert sum(1 for _ in organization.contacts(organization.view)) >= 200
    assert time.process_time() - began < 0.5
