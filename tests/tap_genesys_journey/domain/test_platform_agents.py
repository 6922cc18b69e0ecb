from __future__ import annotations

import pytest
from support.platform_builder import agent, conversation, customer, participant, read, segment, session


def row(*participants, **fields):
    return read(conversation(customer(), *participants, **fields)).row


def user(start: float, end: float | None, *, name: str = "user", **fields):
    return participant("user", session(segment("interact", start, end, **fields)), name=name, userId=name)


# --- agents


def test_the_agent_is_the_one_whose_talk_started_last():
    several = [agent(50, 60, name="b"), agent(10, 95, name="a"), agent(30, 40, name="c")]

    assert row(*several)["agent_id"] == "b"
    assert row(*several)["agent_ids"] == ["a", "c", "b"]


def test_an_agent_who_came_back_is_listed_once():
    back = participant(
        "agent", session(segment("interact", 10, 20)), session(segment("interact", 50, 60)), userId="a"
    )

    assert row(agent(30, 40, name="b"), back)["agent_ids"] == ["a", "b"]


@pytest.mark.parametrize("kind", ["alert", "hold", "wrapup", "delay", "dialing"])
def test_who_never_talked_is_not_the_agent(kind):
    offered = participant("agent", session(segment(kind, 50, 60)), name="b", userId="b")

    assert row(agent(10, 40, name="a"), offered)["agent_ids"] == ["a"]
    assert row(offered)["agent_id"] is None


def test_a_user_is_the_agent_where_no_agent_is():
    assert row(user(10, 20))["agent_id"] == "user"
    assert row(user(50, 60), agent(10, 20))["agent_id"] == "agent"


def test_a_user_is_not_the_agent_where_an_agent_was_offered_the_call():
    offered = participant("agent", session(segment("alert", 50, 60)), userId="b")

    assert row(user(10, 20), offered)["agent_id"] is None


@pytest.mark.parametrize(
    "purpose", ["botflow", "ivr", "acd", "voicemail", "supervisor", "something_new", None]
)
def test_nobody_else_is_an_agent(purpose):
    other = participant(purpose, session(segment("interact", 50, 60)), userId="x")

    assert row(other)["agent_id"] is None


def test_an_agent_without_a_user_id_hides_no_earlier_one_in_the_list():
    nameless = participant("agent", session(segment("interact", 50, 60)))

    assert row(agent(10, 20, name="a"), nameless)["agent_id"] is None
    assert row(agent(10, 20, name="a"), nameless)["agent_ids"] == ["a"]


WATCHING = (
    {"monitoredParticipantId": "agent"},
    {"coachedParticipantId": "agent"},
    {"bargedParticipantId": "agent"},
    {"screenMonitoredUserId": "agent"},
)


@pytest.mark.parametrize("fields", WATCHING)
def test_a_session_that_watches_another_does_not_count(fields):
    watching = session(
        segment("interact", 50, 60, queueId="queue-9", disconnectType="transfer"),
        segment("wrapup", 60, 90, wrapUpCode="code-9"),
        **fields,
    )
    watcher = participant("agent", watching, name="boss", userId="boss")

    assert row(agent(10, 40), watcher) == row(agent(10, 40))


@pytest.mark.parametrize("kind", ["monitoring", "coaching", "barging", "screenmonitoring"])
def test_a_session_with_a_watching_segment_does_not_count(kind):
    watching = session(segment("interact", 50, 60, queueId="queue-9"), segment(kind, 60, 90))
    watcher = participant("agent", watching, name="boss", userId="boss")

    assert row(agent(10, 40), watcher) == row(agent(10, 40))
    assert row(user(10, 40), watcher)["agent_id"] == "user"


def test_a_watcher_who_also_talked_in_a_session_of_its_own_is_an_agent():
    both = participant(
        "agent",
        session(segment("monitoring", 0, 9)),
        session(segment("interact", 50, 60)),
        name="boss",
        userId="boss",
    )

    assert row(agent(10, 40), both)["agent_id"] == "boss"
    assert [
        each["participant_kind"]
        for each in read(conversation(customer(), both), include_system_participants=True).interactions
    ] == ["customer"]


# --- queues


def waiting(start: float, queue: str, *, purpose: str = "acd"):
    return participant(
        purpose, session(segment("delay", start, start + 5, queueId=queue)), name=f"{purpose}-{start}"
    )


def test_the_queue_is_that_of_the_agent_s_latest_talk_that_names_one():
    served = participant(
        "agent",
        session(
            segment("interact", 40, 50),
            segment("interact", 20, 30, queueId="queue-2"),
            segment("interact", 10, 15, queueId="queue-1"),
            segment("wrapup", 60, 70, queueId="queue-3"),
        ),
    )

    assert row(served, waiting(80, "queue-4"))["routing_queue"] == "queue-2"


def test_the_queue_of_another_agent_s_talk_counts_as_one_that_is_named_somewhere():
    earlier = agent(10, 20, name="a", queueId="queue-1")

    assert row(earlier, agent(30, 40, name="b"))["routing_queue"] == "queue-1"
    assert row(earlier, agent(30, 40, name="b"), waiting(50, "queue-2"))["routing_queue"] == "queue-2"


def test_without_one_it_is_the_latest_queue_named_anywhere():
    several = [waiting(20, "queue-2"), waiting(5, "queue-1"), waiting(10, "queue-3", purpose="ivr")]

    assert row(*several)["routing_queue"] == "queue-2"
    assert row(*several, agent(30, 40))["routing_queue"] == "queue-2"
    assert row(*several)["queue_ids"] == ["queue-1", "queue-3", "queue-2"]


def test_a_queue_is_listed_once():
    assert row(waiting(20, "q"), waiting(5, "q"))["queue_ids"] == ["q"]


def test_without_any_queue_there_is_none():
    assert row(agent(10, 20))["routing_queue"] is None
    assert row(agent(10, 20))["queue_ids"] == []


# --- wrap-up codes


def wrapping(start: float, end: float | None, code: str | None = None, *, purpose: str = "agent"):
    fields = {"wrapUpCode": code} if code else {}
    return participant(purpose, session(segment("wrapup", start, end, **fields)), name=f"{purpose}-{start}")


def test_the_wrap_up_code_is_that_of_the_latest_wrap_up_that_has_one():
    several = [wrapping(50, 60, "code-2"), wrapping(20, 95, "code-1"), wrapping(70, 80)]

    assert row(*several)["wrap_up_code"] == "code-2"
    assert row(*several)["wrap_up_codes"] == ["code-1", "code-2"]


def test_an_open_wrap_up_has_its_code_already():
    assert row(wrapping(20, 30, "code-1"), wrapping(20, None, "code-2"))["wrap_up_code"] == "code-2"


def test_a_code_on_any_other_segment_is_none():
    assert row(agent(10, 20, wrapUpCode="code-1"))["wrap_up_code"] is None


# --- transfers


def test_transfers_of_agents_and_users_are_counted_but_not_those_of_queues():
    several = [
        agent(10, 20, name="a", disconnectType="transfer"),
        agent(30, 40, name="b", disconnectType="consultTransfer"),
        user(50, 60, disconnectType="noAnswerTransfer"),
        participant("acd", session(segment("interact", 0, 5, disconnectType="transfer"))),
        agent(70, 90, name="c", disconnectType="peer"),
    ]

    assert row(*several)["transfer_count"] == 3


@pytest.mark.parametrize(
    ("participants", "ended_in_transfer"),
    [
        ([agent(10, 90, disconnectType="transfer")], True),
        ([agent(10, 90, disconnectType="peer")], False),
        ([participant("acd", session(segment("interact", 0, 5, disconnectType="transfer")))], True),
        ([], False),
        # A queue had it last, but the last agent had transferred it there.
        (
            [
                agent(10, 40, disconnectType="transfer"),
                participant("acd", session(segment("interact", 40, 90))),
            ],
            True,
        ),
    ],
)
def test_it_ended_in_a_transfer_by_its_state_or_by_its_last_agent(participants, ended_in_transfer):
    interaction = read(conversation(customer(), *participants)).interaction

    assert interaction["ended_in_transfer"] is ended_in_transfer


def test_a_merged_conversation_can_have_ended_in_a_transfer():
    moved = agent(10, 90, disconnectType="transfer", destinationConversationId="conversation-2")

    interaction = read(conversation(customer(), moved)).interaction

    assert (interaction["state"], interaction["ended_in_transfer"]) == ("MERGED", True)
