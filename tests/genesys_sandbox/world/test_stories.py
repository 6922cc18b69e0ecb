"""The kinds of conversation that the organization holds, told apart by their fields alone."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from support.wire_facts import contacts, disconnects, kinds, media, open_kinds, purposes, segments, sessions

from genesys_sandbox.options import SandboxOptions
from genesys_sandbox.world.generator import PER_CYCLE
from genesys_sandbox.world.instants import DAY, from_text
from genesys_sandbox.world.organization import Organization


@pytest.fixture(scope="module")
def organization():
    return Organization(SandboxOptions(conversations=8 * PER_CYCLE))


@pytest.fixture(scope="module")
def rows(organization):
    return [json.loads(text) for text in organization.truth(organization.view)]


def some(rows, claim):
    found = [row for row in rows if claim(row)]
    assert found
    return found


def test_every_channel_and_many_message_types_occur(rows):
    found = Counter(media(row) for row in rows)
    assert set(found) == {"voice", "chat", "message", "email", "callback"}
    types = {
        session["messageType"] for row in rows for _, session in sessions(row) if "messageType" in session
    }
    assert len(types) >= 6


def test_menus_and_bots_hand_on_or_deal_with_it_alone(rows):
    alone = some(rows, lambda row: row.get("selfServed"))
    assert {purpose for row in alone for purpose in purposes(row)} == {"customer", "ivr", "botflow"}
    some(rows, lambda row: "takeover" in disconnects(row) and "agent" in purposes(row))


def test_agents_who_do_not_answer_are_followed_by_others(rows):
    for row in some(rows, lambda row: "noAnswerTransfer" in disconnects(row)):
        assert purposes(row).count("agent") == 2


def test_transfers_are_blind_consulted_or_out_of_the_house(rows):
    some(rows, lambda row: "transfer" in disconnects(row) and purposes(row).count("acd") == 2)
    some(rows, lambda row: "consultTransfer" in disconnects(row))
    names = {metric["name"] for row in rows for _, session in sessions(row) for metric in session["metrics"]}
    assert {"nTransferred", "nBlindTransferred", "nConsult", "nConsultTransferred"} <= names


def test_a_third_party_is_an_outbound_customer_without_a_contact(rows):
    for row in some(rows, lambda row: "conferenceStart" in row):
        third = [part for part in row["participants"] if part["purpose"] == "customer"][1]
        assert "externalContactId" not in third
        assert third["sessions"][0]["direction"] == "outbound"
        assert any(segment["conference"] for _, _, segment in segments(row))


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("monitoring", "monitoredParticipantId"),
        ("coaching", "coachedParticipantId"),
        ("barging", "bargedParticipantId"),
        ("screenmonitoring", "screenMonitoredUserId"),
    ],
)
def test_supervisors_are_told_by_segment_type_and_session_field(rows, kind, field):
    watched = [
        (part, each, row)
        for row in rows
        for part, each, segment in segments(row)
        if segment["segmentType"] == kind
    ]
    assert watched
    for participant, session, row in watched:
        assert participant["purpose"] in {"agent", "user"}
        assert session[field] in {part.get("participantId") for part in row["participants"]} | {
            part.get("userId") for part in row["participants"]
        }


def test_voicemail_is_called_back_in_the_same_conversation(rows):
    for row in some(rows, lambda row: "voicemail" in purposes(row)):
        assert "callback" in {session["mediaType"] for _, session in sessions(row)}
        assert "uploading" in kinds(row, "voicemail")


def test_campaigns_call_customers(rows):
    for row in some(rows, lambda row: "dialer" in purposes(row)):
        assert row["originatingDirection"] == "outbound"
        assert row["participants"][0]["sessions"][0]["outboundCampaignId"]


def test_anonymous_callers_have_neither_contact_nor_number(rows):
    hidden = some(
        rows, lambda row: any("anonymous" in session.get("ani", "") for _, session in sessions(row))
    )
    assert all(not contacts(row) for row in hidden)


def test_calls_without_a_queue_have_an_external_or_no_customer(rows):
    outside = some(rows, lambda row: "external" in purposes(row))
    inside = some(rows, lambda row: set(purposes(row)) == {"user"})
    assert all("customer" not in purposes(row) for row in [*outside, *inside])


def test_abandoned_digital_ones_have_nobody_but_the_customer_in_contact(rows):
    def is_draft(row):
        others = {
            part["purpose"] for part, _, segment in segments(row) if segment["segmentType"] == "interact"
        }
        return media(row) in {"chat", "message", "email"} and others == {"customer"}

    drafts = some(rows, is_draft)
    assert {media(row) for row in drafts} == {"chat", "message", "email"}
    assert {purpose for row in drafts for purpose in purposes(row)} == {"customer", "acd"}


def test_conversations_in_progress_are_queued_ringing_connected_and_in_wrap_up(rows):
    active = [row for row in rows if "conversationEnd" not in row]
    some(active, lambda row: open_kinds(row, "acd") == ["interact"] and "agent" not in purposes(row))
    some(active, lambda row: open_kinds(row, "agent") == ["alert"])
    some(active, lambda row: open_kinds(row, "agent") == ["interact"])
    some(active, lambda row: open_kinds(row, "agent") == ["wrapup"] and not open_kinds(row, "customer"))


def test_some_live_for_many_days(organization, rows):
    def lived(row):
        end = from_text(row["conversationEnd"]) if "conversationEnd" in row else organization.now
        return end - from_text(row["conversationStart"])

    some(rows, lambda row: lived(row) > 7 * DAY and "conversationEnd" not in row)
    some(rows, lambda row: lived(row) > 2 * DAY and "conversationEnd" in row)


def test_a_mail_that_was_answered_is_opened_again_by_a_reply_days_later():
    organization = Organization(SandboxOptions(conversations=PER_CYCLE))
    rows = [json.loads(text) for text in organization.truth(organization.view)]
    reply = some(rows, lambda row: media(row) == "email" and kinds(row, "customer").count("interact") == 2)[0]
    number = organization.number_of(reply["conversationId"])
    script = organization.generator.conversation(number)
    ends = [script.end_at(script.start + hours * DAY // 24) for hours in range(24 * 9)]
    first = next(end for end in ends if end is not None)
    opened_again = [end for end in ends if end is None and ends.index(first) < len(ends)]
    assert opened_again
    assert ends[-1] > first + DAY


def test_merged_conversations_point_to_the_one_that_goes_on(rows):
    known = {row["conversationId"] for row in rows}
    targets = {
        segment["destinationConversationId"]
        for row in rows
        for _, _, segment in segments(row)
        if "destinationConversationId" in segment
    }
    assert targets
    assert targets <= known


def test_a_callback_of_its_own_names_the_chat_it_came_from(rows):
    known = {row["conversationId"]: row for row in rows}
    for row in some(rows, lambda row: "associatedConversationId" in row):
        assert media(known[row["associatedConversationId"]]) == "chat"


def customer_end(row):
    return max(segment["segmentEnd"] for part, _, segment in segments(row) if part["purpose"] == "customer")


def handoffs(rows):
    """Seconds between a chat's customer end and the next call to the same queue, with the call."""
    chats = [row for row in rows if media(row) == "chat" and "conversationEnd" in row]
    for call in (row for row in rows if media(row) == "voice"):
        for chat in chats:
            gap = from_text(call["conversationStart"]) - from_text(customer_end(chat))
            if abs(gap) <= 120_000:
                yield gap // 1000, chat, call


def test_chats_are_followed_by_calls_with_and_without_the_contact_at_the_edge_of_a_minute(rows):
    gaps = Counter((gap, bool(contacts(call))) for gap, _, call in handoffs(rows))
    assert {gap for gap, _ in gaps} >= {20, 30, 59, 60, 61}
    assert {known for _, known in gaps} == {True, False}


def test_an_orphan_call_comes_from_the_number_of_the_chats_contact(organization, rows):
    for gap, chat, call in handoffs(rows):
        if gap == 20 and not contacts(call):
            record = organization.book.record(contacts(chat)[0], organization.view)
            phones = {
                record[name]["e164"] for name in ("cellPhone", "homePhone", "otherPhone") if name in record
            }
            assert any(phone in call["participants"][0]["sessions"][0]["ani"] for phone in phones)


def test_two_contacts_share_a_conversation(rows):
    some(rows, lambda row: len(set(contacts(row))) == 2)


def test_a_contact_may_be_linked_hours_after_the_end():
    organization = Organization(SandboxOptions(conversations=2 * PER_CYCLE))
    late = [
        number
        for number in range(organization.generator.past)
        if any(part.contact_since for part in organization.generator.conversation(number).participants)
    ]
    script = organization.generator.conversation(late[0])
    assert not contacts(script.read(script.settled_at - 1))
    assert contacts(script.read(script.settled_at))


def test_a_wrap_up_may_turn_up_days_late():
    organization = Organization(SandboxOptions(conversations=2 * PER_CYCLE))
    scripts = [organization.generator.conversation(number) for number in range(organization.generator.past)]
    late = next(each for each in scripts if any(segment.seen_from for segment in each.segments()))
    before, after = late.read(late.settled_at - 1), late.read(late.settled_at)
    assert "wrapup" not in kinds(before, "agent")
    assert "wrapup" in kinds(after, "agent")
    assert before["conversationEnd"] < after["conversationEnd"]
