"""What every conversation of the organization has in common."""

from __future__ import annotations

import itertools
import json
import time

import pytest
from support.wire_facts import contacts, segments, sessions

from genesys_sandbox.options import SandboxOptions
from genesys_sandbox.world.generator import CYCLE, PER_CYCLE
from genesys_sandbox.world.instants import DAY, HOUR, from_text
from genesys_sandbox.world.organization import Organization
from genesys_sandbox.world.overlay import View

SIZE = 6 * PER_CYCLE


@pytest.fixture(scope="module")
def organization():
    return Organization(SandboxOptions(conversations=SIZE, days=10))


@pytest.fixture(scope="module")
def rows(organization):
    return [json.loads(text) for text in organization.truth(organization.view)]


def test_as_many_have_started_as_were_asked_for_each_with_an_id_of_its_own(rows):
    assert len({row["conversationId"] for row in rows}) == len(rows) == SIZE


@pytest.mark.parametrize("size", [0, 1, 5, 7, 100])
def test_any_size_is_met_exactly(size):
    organization = Organization(SandboxOptions(conversations=size, contacts=10))
    assert len(list(organization.truth(organization.view))) == size


def test_the_same_seed_makes_the_same_organization_and_another_seed_another_one():
    def made(seed):
        organization = Organization(SandboxOptions(conversations=60, seed=seed))
        return [
            *organization.truth(organization.view),
            *map(json.dumps, organization.contacts(organization.view)),
        ]

    assert made(3) == made(3)
    assert set(made(3)).isdisjoint(made(4))


def test_an_end_is_the_latest_segment_end_and_missing_while_a_segment_is_open(rows):
    for row in rows:
        ends = [segment.get("segmentEnd") for _, _, segment in segments(row)]
        assert row.get("conversationEnd") == (None if None in ends else max(ends))


def test_nothing_ends_before_it_starts_or_starts_before_its_conversation(rows):
    for row in rows:
        for _, _, segment in segments(row):
            assert row["conversationStart"] <= segment["segmentStart"]
            assert segment["segmentStart"] <= segment.get("segmentEnd", segment["segmentStart"])


def test_segments_of_a_session_follow_one_another(rows):
    for row in rows:
        for _, session in sessions(row):
            starts = [segment["segmentStart"] for segment in session["segments"]]
            assert starts == sorted(starts)


def test_sessions_have_ids_of_their_own_and_lean_on_one_that_exists(rows):
    for row in rows:
        ids = [session["sessionId"] for _, session in sessions(row)]
        assert len(set(ids)) == len(ids)
        assert {session["peerId"] for _, session in sessions(row) if "peerId" in session} <= set(ids)


def test_contacts_on_conversations_exist_and_some_are_listed_by_no_scan(organization, rows):
    view = organization.view
    records = [organization.book.record(each, view) for row in rows for each in contacts(row)]
    assert all(record is not None for record in records)
    assert {record["type"] for record in records} == {"Curated", "Identified", "Ephemeral"}


def test_old_conversations_keep_the_ancestor_and_new_ones_carry_the_merged_contact(organization, rows):
    view = organization.view
    carried = {each for row in rows for each in contacts(row)}
    ancestors = {each for each in carried if organization.book.canonical_id(each, view) != each}
    assert ancestors
    assert carried & {organization.book.canonical_id(each, view) for each in ancestors}
    for row in rows:
        started = View(from_text(row["conversationStart"]))
        for each in contacts(row):
            record = organization.book.record(each, started)
            assert record is None or "mergedTo" not in record


def test_every_window_finds_what_reading_everything_finds(organization, rows):
    begin = from_text(rows[0]["conversationStart"])
    for start in range(begin, organization.now, 7 * HOUR):
        end = start + 7 * HOUR
        expected = {
            row["conversationId"]
            for row in rows
            if from_text(row["conversationStart"]) < end
            and from_text(row.get("conversationEnd", "2100-01-01")) >= start
        }
        numbers = organization.numbers_between(start, end, organization.view)
        assert {organization.identity_of(number) for number in numbers} == expected


def test_every_index_leads_to_its_id_and_back(organization):
    generator = organization.generator
    for index in range(SIZE + 3 * PER_CYCLE):
        assert generator.index_of(generator.identity(index)) == index
        story, leg = generator.place(index)
        assert generator.first_index(story) + leg == index


def test_starts_never_decrease_with_the_story(organization):
    starts = [organization.generator.story_start(story) for story in range(6 * len(CYCLE))]
    assert all(earlier <= later for earlier, later in itertools.pairwise(starts))


def test_as_the_clock_goes_on_open_ones_end_and_new_ones_start(rows):
    organization = Organization(SandboxOptions(conversations=SIZE, days=10))
    organization.set_clock(organization.now + DAY)
    later = {row["conversationId"]: row for row in map(json.loads, organization.truth(organization.view))}
    were_open = [row for row in rows if "conversationEnd" not in row]
    assert len(later) > len(rows)
    assert sum("conversationEnd" in later[row["conversationId"]] for row in were_open) >= 6
    assert [later[row["conversationId"]] for row in rows if "conversationEnd" in row][:5] == [
        row for row in rows if "conversationEnd" in row
    ][:5]


def test_a_reading_of_the_past_is_what_was_known_then(organization, rows):
    then = organization.now - 5 * DAY
    past = [json.loads(text) for text in organization.truth(View(then))]
    moved = Organization(SandboxOptions(conversations=SIZE, days=10))
    moved.set_clock(then)
    assert past == [json.loads(text) for text in moved.truth(moved.view)]
    assert 0 < len(past) < len(rows)


def test_a_million_conversations_are_laid_out_without_being_made():
    began = time.process_time()
    organization = Organization(SandboxOptions(conversations=1_000_000, contacts=100_000, days=365))
    noon = organization.now - 100 * DAY
    found = organization.numbers_between(noon, noon + 60_000, organization.view)
    assert 0 < len(found) < 5000
    assert organization.generator.index_of(organization.generator.identity(999_999)) == 999_999
    assert time.process_time() - began < 5
