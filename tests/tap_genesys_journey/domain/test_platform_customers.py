from __future__ import annotations

import pytest
from support.platform_builder import agent, at, conversation, customer, participant, read, segment, session


def calling(start: float, end: float | None = None, *, direction: str = "inbound", **fields):
    return session(segment("interact", start, end), direction=direction, **fields)


def interactions(*participants, **options):
    return read(conversation(*participants), **options).interactions


def who(*participants, **options):
    return [(each["participant_id"], each["contact_id"]) for each in interactions(*participants, **options)]


# --- who is the customer


def test_the_customer_is_the_participant_of_that_purpose_whatever_the_case():
    assert who(customer(), agent(0, 9), participant("external", calling(0))) == [("customer", "contact-1")]
    assert who(participant("CUSTOMER", calling(0), name="a")) == [("a", None)]


def test_an_external_is_the_customer_where_no_customer_is():
    assert who(participant("external", calling(0), externalContactId="c"), agent(0, 9)) == [("external", "c")]


def test_where_neither_is_nobody_is():
    reading = read(conversation(agent(0, 9), participant("acd", calling(0))))

    assert reading.interactions == []
    assert reading.row["channel_type"] is None
    assert reading.row["channel_types"] == []
    assert reading.row["contact_ids"] == []


def test_an_extra_customer_without_a_contact_who_was_called_is_a_third_party():
    third = participant("customer", calling(50, direction="outbound"), name="third")

    assert who(third, customer()) == [("customer", "contact-1")]
    assert who(third, customer(externalContactId=None)) == [("customer", None)]


def test_an_extra_customer_with_a_contact_or_who_called_is_a_customer():
    known = participant(
        "customer", calling(50, direction="outbound"), name="known", externalContactId="contact-2"
    )
    called = participant("customer", calling(60), name="called")

    assert who(customer(), known, called) == [
        ("customer", "contact-1"),
        ("known", "contact-2"),
        ("called", None),
    ]


def test_an_extra_customer_is_judged_by_its_first_session():
    third = participant("customer", calling(70), calling(50, direction="outbound"), name="third")
    other = participant("customer", calling(50), calling(70, direction="outbound"), name="other")

    assert who(customer(), third) == [("customer", "contact-1")]
    assert who(customer(), other) == [("customer", "contact-1"), ("other", None)]


def test_an_only_customer_is_one_even_if_called():
    assert who(participant("customer", calling(0, direction="outbound"))) == [("customer", None)]


def test_of_several_called_ones_without_a_contact_the_first_alone_is_the_customer():
    several = [
        participant("customer", calling(start, start + 20, direction="outbound"), name=f"c-{start}")
        for start in (9, 3, 6)
    ]

    (only,) = interactions(*several)

    assert (only["participant_id"], only["customer_end_utc"]) == ("c-3", at(23))


# --- several of them


def test_participants_with_the_same_contact_are_one_interaction_under_the_first_one_s_id():
    late = customer(calling(50, 80, ani="+14155550142", media="chat"), name="a")
    early = customer(calling(10, 40, ani="+14155550143"), name="b")

    (only,) = interactions(late, early)

    assert (only["participant_id"], only["contact_id"]) == ("b", "contact-1")
    assert only["address"] == "+14155550143"
    assert only["channel_type"] == "VOICE"
    assert only["customer_end_utc"] == at(80)


def test_participants_without_a_contact_are_one_interaction():
    several = [customer(calling(start), name=f"c-{start}", externalContactId=None) for start in (5, 3)]

    assert who(*several) == [("c-3", None)]


def test_an_empty_contact_id_is_none():
    nobody = customer(calling(50), name="b", externalContactId=None)

    assert who(customer(externalContactId=""), nobody) == [("customer", None)]


def test_two_contacts_are_two_interactions_with_times_of_their_own():
    first = customer(calling(0, 40), name="a")
    second = customer(calling(10, 90), name="b", externalContactId="contact-2")

    reading = read(conversation(second, first, agent(5, 90, queueId="queue-1")))

    assert [(each["contact_id"], each["customer_end_utc"]) for each in reading.interactions] == [
        ("contact-1", at(40)),
        ("contact-2", at(90)),
    ]
    assert {each["routing_queue"] for each in reading.interactions} == {"queue-1"}
    assert reading.row["contact_ids"] == ["contact-1", "contact-2"]


# --- their sessions


def test_the_channel_is_the_first_session_s_in_upper_case_and_all_are_listed_once():
    several = customer(calling(50, media="voice"), calling(0, media="chat"), calling(60, media="chat"))

    reading = read(conversation(several))

    assert reading.row["channel_type"] == reading.interaction["channel_type"] == "CHAT"
    assert reading.row["channel_types"] == ["CHAT", "VOICE"]


def test_a_session_without_a_start_comes_last():
    assert interactions(customer(session(media="email"), calling(0)))[0]["channel_type"] == "VOICE"


@pytest.mark.parametrize(
    ("fields", "channel"), [({"media": "hologram"}, "HOLOGRAM"), ({"media": None}, "UNKNOWN")]
)
def test_an_unknown_medium_is_kept(fields, channel):
    assert interactions(customer(calling(0, **fields)))[0]["channel_type"] == channel


def test_the_message_type_is_the_first_session_s():
    several = customer(
        calling(9, media="message", messageType="sms"), calling(0, media="message", messageType="whatsapp")
    )

    assert read(conversation(several)).row["message_type"] == "whatsapp"


def test_the_journey_sessions_of_customers_are_listed_once_in_order():
    several = customer(
        calling(9, journeyCustomerSessionId="j-2"), calling(0, journeyCustomerSessionId="j-1"), calling(20)
    )
    again = customer(calling(30, journeyCustomerSessionId="j-2"), name="b")
    other = participant("acd", calling(0, journeyCustomerSessionId="j-3"))

    assert read(conversation(again, several, other)).row["journey_session_ids"] == ["j-1", "j-2"]


def test_the_disconnect_type_is_how_the_latest_ended_segment_of_a_customer_ended():
    caller = customer(
        session(
            segment("ivr", 0, 20, disconnectType="transfer"),
            segment("interact", 20, 70, disconnectType="client"),
        ),
        session(
            segment("interact", 60, 65, disconnectType="peer"),
            segment("hold", 65, 80),
            segment("interact", 80),
        ),
    )

    assert read(conversation(caller, agent(0, 99, disconnectType="error"))).row["disconnect_type"] == "client"


# --- addresses


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        (
            {"ani": "tel:+14155550142", "addressFrom": "a@example.com", "dnis": "tel:+14155550100"},
            "+14155550142",
        ),
        ({"addressFrom": "Riley@Example.com", "addressTo": "desk@example.com"}, "riley@example.com"),
        ({"ani": "", "addressFrom": "riley@example.com"}, "riley@example.com"),
        ({"direction": "outbound", "dnis": "tel:+14155550142", "ani": "tel:+14155550100"}, "+14155550142"),
        (
            {"direction": "outbound", "addressTo": "riley@example.com", "ani": "tel:+14155550100"},
            "riley@example.com",
        ),
        ({"direction": None, "ani": "tel:+14155550142", "dnis": "tel:+14155550100"}, "+14155550142"),
        ({"media": "callback", "callbackNumbers": ["(415) 555-0142", "+14155550143"]}, "+14155550142"),
        ({"media": "callback", "callbackNumbers": ["+14155550142"], "ani": "+14155550100"}, "+14155550142"),
        ({"media": "callback", "callbackNumbers": [], "ani": "+14155550142"}, "+14155550142"),
        ({"media": "voice", "callbackNumbers": ["+14155550100"], "ani": "+14155550142"}, "+14155550142"),
        ({"media": "message", "addressFrom": "5f0c7a52-0000"}, "5f0c7a52-0000"),
        ({"ani": "anonymous", "addressFrom": "riley@example.com"}, None),
        ({"ani": "sip:desk@example.com"}, None),
        ({"dnis": "tel:+14155550100"}, None),
        ({}, None),
    ],
)
def test_the_address_is_where_the_customer_was_reached(fields, address):
    assert interactions(customer(calling(0, **fields)))[0]["address"] == address


def test_the_address_is_that_of_the_first_session():
    assert interactions(customer(calling(9, ani="+14155550142"), calling(0)))[0]["address"] is None


# --- system participants


SYSTEMS = (
    participant("ivr", calling(3, 9), name="flow"),
    participant("BotFlow", calling(1, 2), name="bot", externalContactId="contact-9"),
    participant("something_new", name="new"),
    participant(None, calling(2), name="nameless"),
    participant("agent", session(segment("monitoring", 5, 60)), name="monitor", userId="boss"),
)


def test_system_participants_are_left_out():
    assert who(*SYSTEMS, customer(), agent(0, 9), participant("acd", calling(0))) == [
        ("customer", "contact-1")
    ]


def test_system_participants_are_kept_on_request_after_the_customers_as_kinds_of_their_own():
    others = (customer(), agent(0, 9), participant("acd", calling(0)), participant("user", calling(0)))

    kept = interactions(*SYSTEMS, *others, include_system_participants=True)

    assert [(each["participant_id"], each["participant_kind"]) for each in kept] == [
        ("customer", "customer"),
        ("bot", "botflow"),
        ("nameless", "unknown"),
        ("flow", "ivr"),
        ("monitor", "agent"),
        ("new", "something_new"),
    ]
    assert kept[1]["contact_id"] == "contact-9"
    assert kept[3]["customer_end_utc"] == at(9)
    assert kept[5]["channel_type"] is None


def test_keeping_system_participants_changes_no_customer_and_no_conversation():
    payload = conversation(*SYSTEMS, customer(), agent(0, 9))

    kept = read(payload, include_system_participants=True)

    assert kept.interactions[:1] == read(payload).interactions
    assert kept.row == read(payload).row
