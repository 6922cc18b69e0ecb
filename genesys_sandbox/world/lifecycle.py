"""The business lifecycle of a conversation, which the guide's surface names and the platform leaves to read.

The order of the rules matters; the first that fits decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    Seen = tuple[str, dict[str, Any]]

DIGITAL = {"chat", "message", "email"}
AUTOMATS = {"botflow", "ivr", "workflow", "voicesurveyflow", "campaign", "dialer", "outbound", "api", "bot"}
STAFF = {"acd", "agent", "user"}
WATCHING = ("monitoredParticipantId", "coachedParticipantId", "bargedParticipantId", "screenMonitoredUserId")


def segments(payload: dict[str, Any]) -> Iterator[Seen]:
    """Purpose and segment, one by one, as the payload lists them."""
    for participant in payload.get("participants", ()):
        for session in participant["sessions"]:
            for segment in session["segments"]:
                yield participant["purpose"], segment


def is_watching(participant: dict[str, Any]) -> bool:
    """Whether the participant listens, coaches, barges in or looks at a screen."""
    return any(name in session for session in participant["sessions"] for name in WATCHING)


def state_of(payload: dict[str, Any]) -> str:
    """TERMINATED, TRANSFERRED, MERGED, DRAFT, QUEUED, RINGING, CONNECTED or WRAPUP."""
    seen = list(segments(payload))
    if any("destinationConversationId" in segment for _, segment in seen):
        return "MERGED"
    if "conversationEnd" not in payload:
        return _open_state(seen)
    if _is_draft(payload, seen):
        return "DRAFT"
    talks = [
        segment for purpose, segment in seen if purpose in STAFF and segment["segmentType"] == "interact"
    ]
    last = max(talks, key=lambda segment: str(segment["segmentStart"]), default={})
    if str(last.get("disconnectType", "")).lower().endswith("transfer"):
        return "TRANSFERRED"
    return "TERMINATED"


def _open_state(seen: list[Seen]) -> str:
    def is_open(purpose: str, kind: str | None = None) -> bool:
        return any(
            each == purpose and "segmentEnd" not in segment and kind in {None, segment["segmentType"]}
            for each, segment in seen
        )

    if is_open("agent", "wrapup"):
        return "WRAPUP"
    if is_open("agent", "alert"):
        return "RINGING"
    answered = any(purpose == "agent" and segment["segmentType"] == "interact" for purpose, segment in seen)
    return "QUEUED" if is_open("acd") and not answered else "CONNECTED"


def _is_draft(payload: dict[str, Any], seen: list[Seen]) -> bool:
    media = payload["participants"][0]["sessions"][0]["mediaType"]
    talking = {purpose for purpose, segment in seen if segment["segmentType"] == "interact"}
    return (
        media in DIGITAL and talking <= {"customer"} and not any(purpose in AUTOMATS for purpose, _ in seen)
    )
