from __future__ import annotations

import pytest
from support.platform_builder import agent, conversation, customer, participant, read, segment, session

QUEUE = participant("acd", session(segment("delay", 0, 5), segment("interact", 5, 20)))


def state_of(*participants, **fields) -> str:
    return read(conversation(*participants, **fields)).row["state"]


def agent_in(kind: str, start: float, end: float | None = None, *, purpose: str = "agent", **fields):
    return participant(purpose, session(segment(kind, start, end, **fields)), name=f"{purpose}-{kind}")


# --- moved to another conversation


@pytest.mark.parametrize("end", [None, 100])
@pytest.mark.parametrize(
    "who", [agent_in("wrapup", 50), agent_in("interact", 20, 90, disconnectType="transfer")]
)
def test_a_destination_conversation_makes_it_merged_whatever_else_holds(who, end):
    moved = customer(session(segment("interact", 0, 100, destinationConversationId="conversation-2")))

    assert state_of(moved, who, end=end) == "MERGED"


@pytest.mark.parametrize("kind", ["interact", "hold", "system", "monitoring"])
@pytest.mark.parametrize("purpose", ["customer", "agent", "acd", "ivr", "something_new"])
def test_any_segment_of_anybody_can_name_the_destination(purpose, kind):
    mover = participant(purpose, session(segment(kind, 10, 20, destinationConversationId="conversation-2")))

    assert state_of(customer(name="caller"), mover) == "MERGED"


def test_a_source_conversation_does_not_make_it_merged():
    assert (
        state_of(customer(session(segment("interact", 0, 9, sourceConversationId="c"))), QUEUE)
        == "TERMINATED"
    )


# --- open conversations


@pytest.mark.parametrize(
    ("others", "state"),
    [
        ([], "CONNECTED"),
        ([agent_in("wrapup", 50)], "WRAPUP"),
        ([agent_in("wrapup", 50), agent_in("alert", 60)], "WRAPUP"),
        ([agent_in("alert", 60)], "RINGING"),
        ([agent_in("alert", 60), agent_in("delay", 0, purpose="acd")], "RINGING"),
        ([agent_in("delay", 0, purpose="acd")], "QUEUED"),
        ([agent_in("interact", 0, purpose="acd")], "QUEUED"),
        ([agent_in("delay", 0, purpose="acd"), agent_in("alert", 5, 9)], "QUEUED"),
        ([agent_in("delay", 50, purpose="acd"), agent_in("interact", 5, 50)], "CONNECTED"),
        ([agent_in("interact", 5)], "CONNECTED"),
        ([agent_in("wrapup", 50, 60)], "CONNECTED"),
        ([agent_in("alert", 50, 60)], "CONNECTED"),
        ([agent_in("delay", 0, 60, purpose="acd")], "CONNECTED"),
        ([agent_in("interact", 5, 50, disconnectType="transfer")], "CONNECTED"),
    ],
)
def test_an_open_conversation_is_where_its_open_segments_are(others, state):
    assert state_of(customer(session(segment("interact", 0))), *others, end=None) == state


def test_an_open_chat_is_no_draft():
    assert state_of(customer(media="chat"), end=None) == "CONNECTED"


def test_agents_are_those_of_purpose_agent_when_a_call_rings_or_is_wrapped_up():
    assert state_of(customer(), agent_in("alert", 60, purpose="user"), end=None) == "CONNECTED"
    assert state_of(customer(), agent_in("wrapup", 60, purpose="user"), end=None) == "CONNECTED"


# --- drafts


@pytest.mark.parametrize("media", ["chat", "message", "email"])
@pytest.mark.parametrize(
    "others",
    [
        [],
        [agent_in("delay", 0, 50, purpose="acd")],
        [agent_in("alert", 0, 50)],
        [agent_in("hold", 0, 50), agent_in("wrapup", 50, 60)],
        [agent_in("delay", 0, 50, purpose="voicemail")],
        [participant("botflow", session())],
        [participant("ivr")],
    ],
)
def test_a_typed_conversation_in_which_nobody_but_the_customer_talked_is_a_draft(media, others):
    assert state_of(customer(media=media), *others) == "DRAFT"


@pytest.mark.parametrize(
    "other",
    [
        agent_in("interact", 5, 9),
        agent_in("interact", 5, 9, purpose="acd"),
        agent_in("interact", 5, 9, purpose="user"),
        agent_in("interact", 5, 9, purpose="voicemail"),
        agent_in("interact", 5, 9, purpose="external"),
        agent_in("interact", 5, 9, purpose="something_new"),
    ],
)
def test_whoever_talked_with_the_customer_makes_it_more_than_a_draft(other):
    assert state_of(customer(media="chat"), other) == "TERMINATED"


@pytest.mark.parametrize("kind", ["ivr", "system", "delay"])
@pytest.mark.parametrize(
    "purpose",
    [
        "bot",
        "botflow",
        "BotFlow",
        "ivr",
        "workflow",
        "voicesurveyflow",
        "campaign",
        "dialer",
        "outbound",
        "api",
    ],
)
def test_any_segment_of_a_bot_flow_campaign_or_api_makes_it_more_than_a_draft(purpose, kind):
    assert state_of(customer(media="message"), agent_in(kind, 0, 9, purpose=purpose)) == "TERMINATED"


@pytest.mark.parametrize("media", ["voice", "callback", "video", "something_new"])
def test_what_is_not_typed_is_no_draft(media):
    assert state_of(customer(media=media)) == "TERMINATED"


def test_the_first_medium_of_the_customer_decides_whether_it_is_typed():
    call = session(segment("interact", 50, 90), media="voice")
    chat = session(segment("interact", 0, 50), media="chat")

    assert state_of(customer(call, chat)) == "DRAFT"
    assert state_of(customer(session(segment("interact", -5, 10), media="voice"), chat)) == "TERMINATED"


def test_an_external_is_the_customer_where_no_customer_is():
    written = participant("external", session(segment("interact", 0, 9), media="email"))

    assert state_of(written) == "DRAFT"


def test_somebody_who_only_watches_does_not_make_it_more_than_a_draft():
    watcher = participant("agent", session(segment("interact", 0, 9), monitoredParticipantId="customer"))

    assert state_of(customer(media="chat"), watcher) == "DRAFT"


# --- transfers


@pytest.mark.parametrize(
    "ending",
    [
        "transfer", "Transfer", "TRANSFER", "conferenceTransfer", "consultTransfer", "CONSULT_TRANSFER",
        "dndTransfer", "forwardTransfer", "noAnswerTransfer", "notAvailableTransfer", "someNewTransfer",
    ],
)  # fmt: skip
@pytest.mark.parametrize("purpose", ["acd", "agent", "Agent", "user"])
def test_it_is_transferred_when_the_latest_talk_ended_in_a_transfer(purpose, ending):
    assert (
        state_of(customer(), agent_in("interact", 20, 90, purpose=purpose, disconnectType=ending))
        == "TRANSFERRED"
    )


@pytest.mark.parametrize(
    "ending", [None, "peer", "client", "endpoint", "takeover", "transferred", "transportFailure", "error"]
)
def test_it_is_terminated_when_the_latest_talk_ended_in_any_other_way(ending):
    fields = {"disconnectType": ending} if ending else {}

    assert state_of(customer(), agent(20, 90, **fields)) == "TERMINATED"


def test_the_latest_talk_is_the_one_that_started_last():
    handed_on = agent_in("interact", 20, 95, disconnectType="transfer", purpose="acd")
    served = agent(40, 90, disconnectType="peer")

    assert state_of(customer(), handed_on, served) == "TERMINATED"
    assert (
        state_of(customer(), agent(20, 95), agent_in("interact", 40, 90, disconnectType="transfer"))
        == "TRANSFERRED"
    )


def test_of_talks_that_started_together_the_one_that_ended_last_is_the_latest():
    short, long = agent(20, 30, name="b", disconnectType="transfer"), agent(20, 90, name="a")

    assert state_of(customer(), short, long) == "TERMINATED"


@pytest.mark.parametrize("purpose", ["customer", "external", "ivr", "voicemail", "something_new"])
def test_a_transfer_of_anybody_else_makes_it_no_transfer(purpose):
    other = agent_in("interact", 50, 90, purpose=purpose, disconnectType="transfer")

    assert state_of(customer(), agent(20, 40), other) == "TERMINATED"


@pytest.mark.parametrize("kind", ["alert", "hold", "wrapup", "delay", "dialing"])
def test_only_talks_tell_of_a_transfer(kind):
    assert (
        state_of(customer(), agent(20, 40), agent_in(kind, 50, 90, disconnectType="transfer")) == "TERMINATED"
    )


# --- wrap-up after the end


def test_a_wrap_up_that_never_ended_keeps_an_ended_conversation_in_wrap_up():
    assert state_of(customer(), agent(20, 90), agent_in("wrapup", 90)) == "WRAPUP"


def test_a_transfer_comes_before_an_open_wrap_up():
    assert (
        state_of(customer(), agent(20, 90, disconnectType="transfer"), agent_in("wrapup", 90))
        == "TRANSFERRED"
    )


def test_an_ended_conversation_rings_and_waits_no_more():
    assert (
        state_of(customer(), QUEUE, agent_in("alert", 90), agent_in("delay", 90, purpose="acd"))
        == "TERMINATED"
    )


@pytest.mark.parametrize("kind", ["wrapup", "alert"])
def test_the_open_segments_of_a_watcher_say_nothing(kind):
    watcher = participant("agent", session(segment(kind, 50), coachedParticipantId="agent"), name="coach")

    assert state_of(customer(), watcher, end=None) == "CONNECTED"
    assert state_of(customer(), watcher) == "TERMINATED"
