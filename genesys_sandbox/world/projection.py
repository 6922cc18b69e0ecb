"""The same organization in the shapes of the guide's surface.

The guide prints one contact and one conversation; what it says of others (drafts, archived ones, media
states that contradict, missing and late wrap-ups, bots and supervisors among the participants) is spread
over the conversations by their ids.
"""

from __future__ import annotations

from typing import Any

from genesys_sandbox.world.dice import text_number
from genesys_sandbox.world.instants import HOUR, from_text, to_text
from genesys_sandbox.world.lifecycle import is_watching, state_of

PHONES = {"cellPhone": "mobile", "workPhone": "work", "homePhone": "home", "otherPhone": "other"}
MAILS = {"personalEmail": "personal", "workEmail": "work", "otherEmail": "other"}
KEPT = ("firstName", "lastName", "createDate", "modifyDate")
MERGES = ("canonicalContact", "mergeSet", "mergedFrom", "mergedTo")
PURPOSES = {
    "botflow": "bot",
    "ivr": "ivr",
    "acd": "acd",
    "dialer": "system",
    "user": "user",
    "voicemail": "system",
}
ARCHIVED_EVERY = 17


def contact(record: dict[str, Any]) -> dict[str, Any]:
    """A contact record as the guide prints one, with the merge metadata in the body."""
    wire = {"id": record["id"]}
    external = record.get("externalIds") or []
    if external:
        wire["externalId"] = external[0]["value"]
    wire |= {name: record[name] for name in KEPT if name in record}
    wire["emails"] = [{"value": record[name], "type": kind} for name, kind in MAILS.items() if name in record]
    wire["phoneNumbers"] = [
        {"value": record[name].get("e164") or record[name].get("userInput"), "type": kind}
        for name, kind in PHONES.items()
        if name in record
    ]
    wire["type"] = "PERSON"
    for name in MERGES:
        if record.get(name) is not None:
            wire[name] = _moved(record[name])
    return {**wire, "selfUri": f"/api/v2/external-contacts/{record['id']}"}


def _moved(value: Any) -> Any:  # noqa: ANN401 - one reference or a list of them
    """References with the addresses of this surface."""
    if isinstance(value, list):
        return [_moved(each) for each in value]
    return {"id": value["id"], "selfUri": f"/api/v2/external-contacts/{value['id']}"}


def conversation(payload: dict[str, Any]) -> dict[str, Any]:
    """A conversation of the platform as the guide prints one."""
    identity = payload["conversationId"]
    mark = text_number(identity)
    state = state_of(payload)
    if state == "TERMINATED" and mark % ARCHIVED_EVERY == 0:
        state = "ARCHIVED"
    code = _latest(payload, "wrapUpCode", {"agent", "user"})
    wire: dict[str, Any] = {
        "id": identity,
        "state": state,
        "type": payload["participants"][0]["sessions"][0]["mediaType"].upper(),
        "createdTime": _written(payload["conversationStart"], mark),
        "updatedTime": _written(_updated(payload), mark),
        "participants": _participants(payload, mark, code),
        "mediaState": _media_state(payload, mark),
        "selfUri": f"/api/v2/conversations/{identity}",
    }
    wrapped = _wrapped(payload)
    if wrapped is not None or mark % 2:
        wire["wrapUpTime"] = None if wrapped is None else _written(wrapped, mark)
    if code is not None and not _is_on_agent(mark):
        wire["wrapUpCode"] = code
    return wire


def _written(text: str, mark: int) -> str:
    """An instant: mostly UTC with a Z, sometimes with another offset or with none."""
    if mark % 10 == 3:  # noqa: PLR2004 - one in ten
        return to_text(from_text(text) + 2 * HOUR)[:-1] + "+02:00"
    return text[:-1] if mark % 10 == 4 else text  # noqa: PLR2004 - one in ten


def _is_on_agent(mark: int) -> bool:
    return mark % 3 != 0


def _segments(payload: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (participant, segment)
        for participant in payload["participants"]
        for session in participant["sessions"]
        for segment in session["segments"]
    ]


def _wrapped(payload: dict[str, Any]) -> str | None:
    wrapups = [each for _, each in _segments(payload) if each["segmentType"] == "wrapup"]
    return max((str(each["segmentEnd"]) for each in wrapups if "segmentEnd" in each), default=None)


def _updated(payload: dict[str, Any]) -> str:
    """The latest instant but for the wrap-up, which the guide's example shows to be later than that."""
    instants = [
        str(segment[name])
        for _, segment in _segments(payload)
        for name in ("segmentStart", "segmentEnd")
        if segment["segmentType"] != "wrapup" and name in segment
    ]
    return max(instants)


def _latest(payload: dict[str, Any], field: str, purposes: set[str]) -> str | None:
    """The value of a field in the latest segment that has one."""
    found = [
        (segment["segmentStart"], segment[field])
        for participant, segment in _segments(payload)
        if field in segment and participant["purpose"] in purposes and not is_watching(participant)
    ]
    return None if not found else str(max(found)[1])


def _media_state(payload: dict[str, Any], mark: int) -> str:
    """The state of the customer's socket: over before the wrap-up is, and now and then plainly wrong."""
    customer = payload["participants"][0]["sessions"]
    is_over = all("segmentEnd" in segment for session in customer for segment in session["segments"])
    return "TERMINATED" if is_over != (mark % 7 == 0) else "CONNECTED"


def _participants(payload: dict[str, Any], mark: int, code: str | None) -> list[dict[str, Any]]:
    queue = _latest(payload, "queueId", {"agent"}) or _latest(payload, "queueId", {"acd"})
    coded = next((each for each in reversed(payload["participants"]) if _is_agent(each)), None)
    return [
        _participant(each, mark, queue)
        | ({"wrapUpCode": code} if code and each is coded and _is_on_agent(mark) else {})
        for each in payload["participants"]
    ]


def _is_agent(participant: dict[str, Any]) -> bool:
    return participant["purpose"] in {"agent", "user"} and not is_watching(participant)


def _participant(participant: dict[str, Any], mark: int, queue: str | None) -> dict[str, Any]:
    wire: dict[str, Any] = {"participantId": participant["participantId"]}
    purpose = participant["purpose"]
    if is_watching(participant):
        return {**wire, "purpose": ("supervisor", "monitor")[mark % 2], "userId": participant["userId"]}
    if purpose in {"customer", "external"}:
        return wire | _customer(participant, mark, queue)
    if purpose == "agent":
        who = ("userId", "agentId")[mark % 2]
        return {**wire, "purpose": ("agent", "AGENT")[mark % 5 == 0], who: participant["userId"]}
    user = {"userId": participant["userId"]} if "userId" in participant else {}
    return {**wire, "purpose": PURPOSES[purpose], **user}


def _customer(participant: dict[str, Any], mark: int, queue: str | None) -> dict[str, Any]:
    session = participant["sessions"][0]
    is_third_party = session["direction"] == "outbound" and "peerId" in session
    wire: dict[str, Any] = {}
    if "externalContactId" in participant:
        wire["externalContactId"] = participant["externalContactId"]
    if mark % 2 or not wire:
        wire["purpose"] = "external" if is_third_party else participant["purpose"]
    if queue is not None:
        wire["routing"] = {"queueId": queue, "skill": f"skill_{mark % 5}"}
    address = _address(session)
    if address is not None:
        wire["ani" if session["mediaType"] == "voice" and mark % 4 == 0 else "address"] = address
    return wire


def _address(session: dict[str, Any]) -> str | None:
    names = ("ani", "addressFrom") if session["direction"] == "inbound" else ("dnis", "addressTo")
    found = [session[name] for name in names if name in session]
    found += session.get("callbackNumbers", [])
    return None if not found else str(found[0])
