"""What Genesys's enum-like words mean to the rules: purposes, media, segments, how segments end.

The words are those of fact sheet, section 6.2, and of the guide. New ones appear at any time: they are
kept as they are and counted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeAlias, get_args

from tap_genesys_journey.domain.oddities import Oddities

CUSTOMER: Final = 0
EXTERNAL: Final = 1
AGENT: Final = 2
USER: Final = 3
ACD: Final = 4
AUTOMATION: Final = 5
SYSTEM: Final = 6

ROLES: Final[dict[str | None, int]] = {
    "customer": CUSTOMER,
    "external": EXTERNAL,
    "agent": AGENT,
    "user": USER,
    "acd": ACD,
    # Bots, flows, campaigns, API: they handle a conversation without a person.
    "api": AUTOMATION,
    "bot": AUTOMATION,
    "botflow": AUTOMATION,
    "campaign": AUTOMATION,
    "dialer": AUTOMATION,
    "ivr": AUTOMATION,
    "outbound": AUTOMATION,
    "voicesurveyflow": AUTOMATION,
    "workflow": AUTOMATION,
    # The rest of what is known; whatever is not known is a system participant too.
    "fax": SYSTEM,
    "group": SYSTEM,
    "inbound": SYSTEM,
    "manual": SYSTEM,
    "monitor": SYSTEM,
    "station": SYSTEM,
    "supervisor": SYSTEM,
    "system": SYSTEM,
    "voicemail": SYSTEM,
}
"""Purpose of a participant, in lower case, to its part in the rules."""

WatchingSegmentType: TypeAlias = Literal["barging", "coaching", "monitoring", "screenmonitoring"]
"""Segments of a session that monitors, coaches or barges in."""

SegmentType: TypeAlias = Literal[
    WatchingSegmentType,
    "alert", "callback", "contacting", "converting", "delay", "dialing", "hold", "interact", "ivr", "parked",
    "scheduled", "sharing", "system", "transmitting", "unknown", "uploading", "voicemail", "wrapup",
]  # fmt: skip

MediaType: TypeAlias = Literal[
    "callback", "chat", "cobrowse", "email", "internalmessage", "message", "screenmonitoring", "screenshare",
    "unknown", "video", "voice",
]  # fmt: skip

DisconnectType: TypeAlias = Literal[
    "client", "conferenceTransfer", "consultTransfer", "dndEndpoint", "dndTransfer", "endpoint", "error",
    "forwardTransfer", "inactivity", "noAnswerTransfer", "notAvailableTransfer", "other", "peer",
    "sessionExpired", "spam", "system", "takeover", "timeout", "transfer", "transportFailure", "uncallable",
]  # fmt: skip

WATCHING_SEGMENT_TYPES: Final = frozenset(get_args(WatchingSegmentType))
MEDIA_TYPES: Final = frozenset(get_args(MediaType))

TYPED_CHANNELS: Final = frozenset(("CHAT", "EMAIL", "MESSAGE"))
"""Channels whose conversations can stay drafts."""


def role_of(purpose: str | None, path: str, oddities: Oddities) -> int:
    """Give the role of a purpose, compared without case; an unknown or missing one is of the system."""
    role = ROLES.get(purpose or "")
    if role is None:
        role = ROLES.get((purpose or "").lower())
    if role is None:
        oddities.count_unknown(path, purpose or "")
        return SYSTEM
    return role


@lru_cache(maxsize=1024)
def is_transfer(disconnect_type: str | None) -> bool:
    """Tell whether a disconnect type ends in "transfer", whatever the case."""
    return disconnect_type is not None and disconnect_type.lower().endswith("transfer")
