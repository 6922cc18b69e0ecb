"""Section 4 of the data contract in plain Python: what a platform conversation becomes.

Nothing of the tap is imported. A payload is the decoded JSON of one conversation; the answer are the rows
of `interactions`. Each function is one sentence of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import phonenumbers

Payload = dict[str, Any]
Row = dict[str, Any]

PEOPLE = ("acd", "agent", "user")
BOTS_AND_FLOWS = (
    "api", "bot", "botflow", "campaign", "dialer", "ivr", "outbound", "voicesurveyflow", "workflow",
)  # fmt: skip
WATCHING = ("monitoring", "coaching", "barging", "screenmonitoring")
WATCHED = ("monitoredParticipantId", "coachedParticipantId", "bargedParticipantId", "screenMonitoredUserId")
NOBODY = ("", "anonymous", "restricted", "unavailable", "unknown", "private", "blocked", "withheld")

PLANS = ("callbackScheduledTime", "inactivityTimeout")

LONG_AGO = datetime(1, 1, 1, tzinfo=timezone.utc)
NOT_YET = datetime(9999, 1, 1, tzinfo=timezone.utc)


def interactions(payload: Payload) -> list[Row]:
    """One row for each contact among the customers, one for all without a contact."""
    customers = _customers(payload)
    start = _instant(payload.get("conversationStart"))
    is_open = payload.get("conversationEnd") is None
    wrap_up = _latest(segment.get("segmentEnd") for segment in _of_type(payload, "wrapup"))
    updated = _latest(_all_instants(payload))
    end = None if is_open else wrap_up or updated
    state = _state(payload, customers)
    agent = _agent(payload)
    facts = {
        "state": state,
        "is_open": is_open,
        "start_time_utc": _text(start),
        "end_time_utc": _text(end),
        "updated_time_utc": _text(updated),
        "duration_seconds": max(0, int((end - start).total_seconds() // 1)) if start and end else None,
        "routing_queue": _queue(payload, agent),
        "agent_id": agent[0].get("userId") if agent else None,
        "wrap_up_code": _wrap_up_code(payload),
        "ended_in_transfer": state == "TRANSFERRED" or bool(agent and _is_transfer(agent[1])),
        "originating_direction": payload.get("originatingDirection"),
        "participant_kind": "customer",
    }
    contacts = list(dict.fromkeys(customer.get("externalContactId") or None for customer in customers))
    return [
        _row(
            payload, [each for each in customers if (each.get("externalContactId") or None) == contact], facts
        )
        for contact in contacts
    ]


def _row(payload: Payload, participants: list[Payload], facts: Row) -> Row:
    first = participants[0]
    session = next(iter(_sessions_in_order(first)), None)
    left = _latest(
        segment.get("segmentEnd")
        for participant in participants
        for session in participant["sessions"]
        for segment in session["segments"]
    )
    return {
        "conversation_id": payload["conversationId"],
        "participant_id": first["participantId"],
        "contact_id": first.get("externalContactId") or None,
        "address": normalised(_wire_address(session)) if session else None,
        "channel_type": session.get("mediaType", "unknown").upper() if session else None,
        "customer_end_utc": _text(left),
        **facts,
    }


# --- customers


def _customers(payload: Payload) -> list[Payload]:
    """`customer` participants, `external` ones where there is none; first those whose session began first."""
    everybody = sorted(payload["participants"], key=lambda each: (_first_start(each), each["participantId"]))
    found = [each for each in everybody if _purpose(each) == "customer"]
    found = found or [each for each in everybody if _purpose(each) == "external"]
    if len(found) < 2:
        return found
    return [each for each in found if not _is_third_party(each)] or found[:1]


def _is_third_party(participant: Payload) -> bool:
    sessions = _sessions_in_order(participant)
    return (
        not participant.get("externalContactId")
        and bool(sessions)
        and sessions[0].get("direction") == "outbound"
    )


def _sessions_in_order(participant: Payload) -> list[Payload]:
    return sorted(participant["sessions"], key=lambda each: (_session_start(each), each["sessionId"]))


def _session_start(session: Payload) -> datetime:
    starts = [_instant(segment.get("segmentStart")) for segment in session["segments"]]
    return min((start for start in starts if start), default=NOT_YET)


def _first_start(participant: Payload) -> datetime:
    return min(map(_session_start, participant["sessions"]), default=NOT_YET)


# --- state


def _state(payload: Payload, customers: list[Payload]) -> str:  # noqa: PLR0911 - as many as the contract has
    everything = [segment for _, session in _sessions(payload) for segment in session["segments"]]
    if any(segment.get("destinationConversationId") for segment in everything):
        return "MERGED"
    is_wrapping_up = _has_open(payload, "agent", "wrapup")
    if payload.get("conversationEnd") is None:
        if is_wrapping_up:
            return "WRAPUP"
        if _has_open(payload, "agent", "alert"):
            return "RINGING"
        agents_talked = any(_purpose(part) == "agent" for part, _ in _talks(payload))
        return "QUEUED" if _has_open(payload, "acd", None) and not agents_talked else "CONNECTED"
    if _is_draft(payload, customers):
        return "DRAFT"
    talks = _in_order([talk for talk in _talks(payload) if _purpose(talk[0]) in PEOPLE])
    if talks and _is_transfer(talks[-1][1]):
        return "TRANSFERRED"
    return "WRAPUP" if is_wrapping_up else "TERMINATED"


def _has_open(payload: Payload, purpose: str, kind: str | None) -> bool:
    return any(
        _purpose(participant) == purpose
        and segment.get("segmentEnd") is None
        and kind in (None, segment["segmentType"])
        for participant, segment in _segments(payload)
    )


def _is_draft(payload: Payload, customers: list[Payload]) -> bool:
    sessions = [session for customer in customers for session in customer["sessions"]]
    first = next(iter(_sessions_in_order({"sessions": sessions})), None)
    if first is None or first.get("mediaType") not in ("chat", "message", "email"):
        return False
    customer_purpose = _purpose(customers[0])
    others_talked = any(_purpose(participant) != customer_purpose for participant, _ in _talks(payload))
    was_automated = any(
        _purpose(participant) in BOTS_AND_FLOWS and session["segments"]
        for participant, session in _sessions(payload)
    )
    return not others_talked and not was_automated


# --- agent, queue, code


def _agent(payload: Payload) -> tuple[Payload, Payload] | None:
    """The participant whose `interact` segment started last, with that segment."""
    present = [participant for participant, session in _sessions(payload) if not _is_watcher(participant)]
    present += [each for each in payload["participants"] if not each["sessions"]]
    purpose = "agent" if any(_purpose(each) == "agent" for each in present) else "user"
    talks = _in_order([talk for talk in _talks(payload) if _purpose(talk[0]) == purpose])
    return talks[-1] if talks else None


def _queue(payload: Payload, agent: tuple[Payload, Payload] | None) -> str | None:
    if agent:
        own = [talk for talk in _in_order(_talks(payload)) if talk[0] is agent[0] and talk[1].get("queueId")]
        if own:
            return str(own[-1][1]["queueId"])
    named = [
        (_instant(segment.get("segmentStart")) or LONG_AGO, segment["queueId"])
        for _, segment in _segments(payload)
        if segment.get("queueId")
    ]
    return max(named)[1] if named else None


def _wrap_up_code(payload: Payload) -> str | None:
    coded = [
        (
            _instant(segment.get("segmentStart")) or LONG_AGO,
            _instant(segment.get("segmentEnd")) or NOT_YET,
            segment["wrapUpCode"],
        )
        for segment in _of_type(payload, "wrapup")
        if segment.get("wrapUpCode")
    ]
    return max(coded)[2] if coded else None


# --- addresses


def _wire_address(session: Payload) -> str | None:
    if session.get("mediaType") == "callback" and session.get("callbackNumbers"):
        return str(session["callbackNumbers"][0])
    if session.get("direction") == "outbound":
        return session.get("dnis") or session.get("addressTo")
    return session.get("ani") or session.get("addressFrom")


def normalised(address: str | None) -> str | None:
    """The address that correlation compares."""
    text = (address or "").strip()
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower() if colon else ""
    if scheme in ("tel", "mailto", "sip", "sips"):
        text = rest.strip() if scheme == "mailto" else rest.partition(";")[0].strip()
    if scheme in ("sip", "sips"):
        user, at, _ = text.partition("@")
        if at and not _looks_like_a_phone_number(user):
            return None
        text = user
    if text.lower() in NOBODY:
        return None
    if "@" in text:
        return text.lower()
    return _e164(text) or text


def _looks_like_a_phone_number(text: str) -> bool:
    return set(text) <= set("0123456789+ -.()/") and any(character.isdigit() for character in text)


def _e164(text: str) -> str | None:
    if not _looks_like_a_phone_number(text):
        return None
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# --- walking a payload


def _sessions(payload: Payload) -> Iterator[tuple[Payload, Payload]]:
    for participant in payload["participants"]:
        for session in participant["sessions"]:
            yield participant, session


def _segments(payload: Payload) -> Iterator[tuple[Payload, Payload]]:
    """Segments of all sessions but those that monitor, coach or barge in."""
    for participant, session in _sessions(payload):
        if not _is_watching(session):
            for segment in session["segments"]:
                yield participant, segment


def _talks(payload: Payload) -> list[tuple[Payload, Payload]]:
    return [talk for talk in _segments(payload) if talk[1]["segmentType"] == "interact"]


def _in_order(talks: list[tuple[Payload, Payload]]) -> list[tuple[Payload, Payload]]:
    """By start, by end, by participant, then by whatever tells two apart; not as they came."""
    return sorted(
        talks,
        key=lambda talk: (
            _instant(talk[1].get("segmentStart")) or LONG_AGO,
            _instant(talk[1].get("segmentEnd")) or NOT_YET,
            talk[0]["participantId"],
            talk[1].get("queueId") or "",
            (talk[1].get("disconnectType") or "").lower().endswith("transfer"),
        ),
    )


def _of_type(payload: Payload, kind: str) -> list[Payload]:
    return [segment for _, segment in _segments(payload) if segment["segmentType"] == kind]


def _is_watching(session: Payload) -> bool:
    kinds = {segment["segmentType"] for segment in session["segments"]}
    return any(session.get(name) for name in WATCHED) or bool(kinds & set(WATCHING))


def _is_watcher(participant: Payload) -> bool:
    return bool(participant["sessions"]) and all(map(_is_watching, participant["sessions"]))


def _is_transfer(segment: Payload) -> bool:
    disconnect_type: str = segment.get("disconnectType", "")
    return disconnect_type.lower().endswith("transfer")


def _purpose(participant: Payload) -> str:
    return str(participant.get("purpose", "")).lower()


def _all_instants(value: Any) -> Iterator[str]:
    """Every text in the record that is an instant, and not one that is planned."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in PLANS:
                yield from _all_instants(each)
    elif isinstance(value, list):
        for each in value:
            yield from _all_instants(each)
    elif isinstance(value, str) and value[:4].isdigit() and "T" in value:
        yield value


def _latest(texts: Any) -> datetime | None:
    return max((instant for text in texts if (instant := _instant(text))), default=None)


def _instant(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") if text else None


def _text(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    return instant.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
