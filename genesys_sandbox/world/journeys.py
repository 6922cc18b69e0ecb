"""Journey sessions and events, as the conversations imply them.

Every conversation of a known contact is a journey session, named on the customer's analytics session as
`journeyCustomerSessionId`; a web chat was preceded by a visit to the web site, which is a second session.
The id of a session is that of its conversation but for one digit.
"""

from __future__ import annotations

from typing import Any

from genesys_sandbox.world.dice import text_number
from genesys_sandbox.world.instants import MINUTE, SECOND, from_text, to_text

CONVERSATION, WEB = "5", "6"
_DIGIT = 14
VISIT = 5 * MINUTE
PAGES = ("home", "prices", "help", "contact")
EVENT = "com.genesys.journey."
MESSAGE_TYPES = {"webmessaging": "WebMessaging", "whatsapp": "WhatsApp"}
SITE = "https://shop.example.com"


def session_id(conversation_id: str, kind: str) -> str:
    """Id of a conversation's session of a kind."""
    return conversation_id[:_DIGIT] + kind + conversation_id[_DIGIT + 1 :]


def conversation_id(session: str) -> tuple[str, str]:
    """The conversation a session belongs to, and the session's kind."""
    return session[:_DIGIT] + "4" + session[_DIGIT + 1 :], session[_DIGIT : _DIGIT + 1]


def sessions_of(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The sessions of a conversation, oldest first; none where it carries no contact."""
    customer = _customer(payload)
    if customer is None:
        return []
    talk = _conversation_session(payload, customer)
    return [_web_session(payload, customer), talk] if _media(customer) == "chat" else [talk]


def _customer(payload: dict[str, Any]) -> dict[str, Any] | None:
    first: dict[str, Any] = payload["participants"][0]
    return first if first["purpose"] == "customer" and "externalContactId" in first else None


def _media(customer: dict[str, Any]) -> str:
    return str(customer["sessions"][0]["mediaType"])


def _common(identity: str, kind: str, customer: dict[str, Any], start: int) -> dict[str, Any]:
    contact = customer["externalContactId"]
    return {
        "id": identity,
        "type": kind,
        "externalContact": {"id": contact, "selfUri": f"/api/v2/externalcontacts/contacts/{contact}"},
        "shortId": identity[:6].upper(),
        "createdDate": to_text(start),
        "selfUri": f"/api/v2/journey/sessions/{identity}",
    }


def _conversation_session(payload: dict[str, Any], customer: dict[str, Any]) -> dict[str, Any]:
    identity = payload["conversationId"]
    start = from_text(payload["conversationStart"])
    first = customer["sessions"][0]
    channel = {"type": "Voice" if _media(customer) == "voice" else _media(customer).capitalize()}
    if "messageType" in first:
        channel["messageType"] = MESSAGE_TYPES.get(first["messageType"], first["messageType"].capitalize())
    wire = {
        **_common(session_id(identity, CONVERSATION), "conversation", customer, start),
        "conversation": {"id": identity, "selfUri": f"/api/v2/conversations/{identity}"},
        "conversationChannels": [channel],
        "originatingDirection": payload["originatingDirection"].capitalize(),
        "divisionIds": payload["divisionIds"],
        "eventCount": 0,
        **_who_answered(payload),
    }
    if "conversationEnd" in payload:
        end = from_text(payload["conversationEnd"])
        wire |= {"endedDate": payload["conversationEnd"], "durationInSeconds": (end - start) // SECOND}
    return wire


def _who_answered(payload: dict[str, Any]) -> dict[str, Any]:
    agents = [each for each in payload["participants"] if each["purpose"] == "agent"]
    if not agents:
        return {"lastAcdOutcome": "Abandon"}
    user = agents[-1]["userId"]
    wire: dict[str, Any] = {"lastAcdOutcome": "Answered"}
    wire["lastConnectedUser"] = {"id": user, "selfUri": f"/api/v2/users/{user}"}
    queues = [each["queueId"] for each in agents[-1]["sessions"][0]["segments"] if "queueId" in each]
    if queues:
        wire["lastConnectedQueue"] = {"id": queues[-1], "selfUri": f"/api/v2/routing/queues/{queues[-1]}"}
    return wire


def _web_session(payload: dict[str, Any], customer: dict[str, Any]) -> dict[str, Any]:
    identity = session_id(payload["conversationId"], WEB)
    end = from_text(payload["conversationStart"])
    return {
        **_common(identity, "web", customer, end - VISIT),
        "customerId": f"cookie-{text_number(identity) % 100_000:05}",
        "customerIdType": "cookie",
        "endedDate": to_text(end),
        "durationInSeconds": VISIT // SECOND,
        "eventCount": len(PAGES) + 1,
        "pageviewCount": len(PAGES),
        "browser": _browser(),
        "lastPage": _page(PAGES[-1]),
        "searchTerms": ["returns"],
    }


def _browser() -> dict[str, Any]:
    return {"family": "Example Browser", "version": "1.0", "lang": "en-us", "isMobile": False}


def _page(name: str) -> dict[str, str]:
    return {
        "url": f"{SITE}/{name}",
        "title": name.capitalize(),
        "domain": "example.com",
        "pathname": f"/{name}",
    }


def events_of(session: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of a session, oldest first: the pages of a visit and the segment it was put into."""
    if session["type"] != "web":
        return []
    start = from_text(session["createdDate"])
    pages = [
        {**_event(session, number, start + number * MINUTE, "WebEvent"), "webEvent": _viewed(number, name)}
        for number, name in enumerate(PAGES)
    ]
    segment = f"segment-{text_number(session['id']) % 5}"
    assigned = {
        **_event(session, len(PAGES), start + VISIT - SECOND, "SegmentAssignmentEvent"),
        "segmentAssignmentEvent": {
            "segment": {"id": segment, "selfUri": f"/api/v2/journey/segments/{segment}"}
        },
    }
    return [*pages, assigned]


def _viewed(number: int, name: str) -> dict[str, Any]:
    return {
        "eventName": "page_viewed",
        "totalEventCount": number + 1,
        "totalPageviewCount": number + 1,
        "page": _page(name),
        "browser": _browser(),
        "attributes": {"theme": {"dataType": "string", "value": "plain"}},
    }


def _event(session: dict[str, Any], number: int, instant: int, kind: str) -> dict[str, Any]:
    return {
        "id": f"{session['id'][:-4]}{number:04x}",
        "correlationId": session["id"],
        "customerId": session["customerId"],
        "customerIdType": session["customerIdType"],
        "session": {"id": session["id"], "selfUri": session["selfUri"], "type": session["type"]},
        "eventType": EVENT + kind,
        "createdDate": to_text(instant),
    }
