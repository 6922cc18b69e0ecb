"""Generated conversations of the platform surface, as the details jobs answer them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

START = datetime(2024, 3, 30, 23, 30, tzinfo=timezone.utc)
EAST = timezone(timedelta(hours=2))

PURPOSES = (
    "customer", "customer", "Customer", "external", "agent", "agent", "AGENT", "user", "acd", "ivr",
    "botflow", "voicemail", "api", "something_new",
)  # fmt: skip
SEGMENTS = (
    "interact", "interact", "interact", "wrapup", "wrapup", "alert", "delay", "hold", "monitoring", "ivr",
    "something_new",
)  # fmt: skip
MEDIA = ("voice", "voice", "chat", "message", "email", "callback", "something_new")
ENDINGS = ("peer", "client", "transfer", "consultTransfer", "CONSULT_TRANSFER", "something_new")
ADDRESSES = (
    "tel:+12025550101", "+1 (202) 555-0101", "sip:+12025550101@gateway.example.com;user=phone",
    "sip:anonymous@anonymous.invalid", "sip:kim@office.example.com", "mailto:Pat@Example.com", "anonymous",
    "", " Unknown ", "social-handle-1", "TEL:2025550101;ext=2", "555-01",
)  # fmt: skip


def _some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object that has some of the fields: Genesys leaves out what has no value."""
    return st.fixed_dictionaries({}, optional=optional)


def instants() -> st.SearchStrategy[str]:
    """Close together, often equal, now and then in another offset."""
    return st.builds(
        lambda steps, ms, zone: _wire(START + timedelta(seconds=20 * steps, milliseconds=ms), zone),
        st.integers(0, 12),
        st.sampled_from((0, 0, 1, 999)),
        st.sampled_from((timezone.utc, timezone.utc, EAST)),
    )


def _wire(instant: datetime, zone: timezone) -> str:
    return instant.astimezone(zone).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _together(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {name: each[name] for each in found for name in each})


_segments = _together(
    st.fixed_dictionaries({"segmentType": st.sampled_from(SEGMENTS), "segmentStart": instants()}),
    _some(
        segmentEnd=instants(),
        queueId=st.sampled_from(("queue-1", "queue-2")),
        disconnectType=st.sampled_from(ENDINGS),
        wrapUpCode=st.sampled_from(("code-1", "code-2")),
    ),
    st.sampled_from(({},) * 19 + ({"destinationConversationId": "conversation-2"},)),
)

_sessions = _together(
    st.fixed_dictionaries({"mediaType": st.sampled_from(MEDIA), "segments": st.lists(_segments, max_size=3)}),
    _some(
        direction=st.sampled_from(("inbound", "outbound")),
        ani=st.sampled_from(ADDRESSES),
        dnis=st.sampled_from(ADDRESSES),
        addressFrom=st.sampled_from(ADDRESSES),
        addressTo=st.sampled_from(ADDRESSES),
        callbackNumbers=st.lists(st.sampled_from(ADDRESSES), max_size=2),
        metrics=st.lists(st.builds(lambda at: {"name": "tAcw", "emitDate": at}, instants()), max_size=1),
    ),
    st.sampled_from(({},) * 9 + ({"monitoredParticipantId": "participant-0"},)),
)

_participants = _together(
    st.fixed_dictionaries(
        {"purpose": st.sampled_from(PURPOSES), "sessions": st.lists(_sessions, max_size=2)}
    ),
    _some(
        userId=st.sampled_from(("user-1", "user-2")),
        externalContactId=st.sampled_from(("contact-1", "contact-2")),
    ),
)


def _watch_nobody(session: dict[str, Any]) -> None:
    """Only people of the organization monitor: the contract has no word on a flow that does."""
    session.pop("monitoredParticipantId", None)
    for segment in session["segments"]:
        if segment["segmentType"] == "monitoring":
            segment["segmentType"] = "delay"


@st.composite
def conversations(draw: st.DrawFn) -> dict[str, Any]:
    """One conversation; its participants and sessions have ids, in no order of time."""
    participants = draw(st.lists(_participants, min_size=1, max_size=5))
    for number, participant in enumerate(participants):
        participant["participantId"] = f"participant-{number}"
        for place, session in enumerate(participant["sessions"]):
            session["sessionId"] = f"session-{number}-{place}"
            if participant["purpose"].lower() not in ("agent", "user"):
                _watch_nobody(session)
    return {
        "conversationId": "conversation-1",
        "conversationStart": draw(instants()),
        **draw(_some(conversationEnd=instants(), originatingDirection=st.just("inbound"))),
        "participants": participants,
    }
