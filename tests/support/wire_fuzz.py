"""Payloads of both surfaces as no documentation shows them, as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st
from support.platform_payloads import conversations

INSTANTS = (
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00.123456789Z", "2026-01-01T05:30:00+05:30",
    "2026-01-01T00:00:00", "2026-01-01", "2026-01-01T24:00:00Z", "2026-02-29T00:00:00Z",
    "2026-01-01T23:59:60Z", "2026-01-01T00:00:00+25:00", "2026-01-01t00:00:00z", "-2026-01-01T00:00:00Z",
)  # fmt: skip
TEXTS = (
    '""', '" "', '"hologram"', '"AGENT"', '"Customer "', r'"\u0000"', r'"\u2028\u0085"', r'"\ud83d\ude00"',
    '"é😀"', f'"{"x" * 5000}"', '"null"', '"tel:"', '"sip:@"', '"mailto:"', '"+"', r'"\\\" {\"a\":["',
)  # fmt: skip
BROKEN_TEXTS = (r'"\ud800"', r'"x\udc00y"', r'"\ud800\ud800"', r'"\udfff\ud83d"')
"""Halves of surrogate pairs: no decoder down the line would read them, so they do not stay as they are."""

NUMBERS = (
    "0", "-1", "1.5", "7", "1e400", "-1e400", "-0.0", "1" + "0" * 25, "-" + "9" * 5000, "0.1" + "0" * 400,
    "1767225600000", "1e-400", "18446744073709551616",
)  # fmt: skip
NESTED = (
    "[]", "{}", "[[]]", "[null]", '[7,"x",{}]', '{"id":null}', '{"id":7}', '{"":""}', "[" * 300 + "]" * 300,
    '{"a":' * 300 + "1" + "}" * 300, '{"id":"a","id":"b"}',
)  # fmt: skip
WORDS = ("null", "true", "false")

FRAGMENTS = st.one_of(
    st.sampled_from(INSTANTS).map(json.dumps),
    *map(st.sampled_from, (TEXTS, BROKEN_TEXTS, NUMBERS, NESTED, WORDS)),
    st.text(max_size=8).map(json.dumps),
)

CONTACT = {
    "id": "contact-1", "type": "Curated", "firstName": "Made", "lastName": "Up", "title": "Dr",
    "workEmail": "Made.Up@example.com", "workPhone": {"e164": "+12025550142", "userInput": "202 555 0142"},
    "address": {"address1": "1 Any Street", "city": "Anywhere", "countryCode": "US"},
    "externalIds": [{"externalSource": {"id": "source-1"}, "value": "CRM-1"}],
    "externalOrganization": {"id": "organization-1"}, "division": {"id": "division-1"},
    "twitterId": {"id": "t-1", "screenName": "made"}, "lineId": {"ids": [{"userId": "l-1"}]},
    "whatsAppId": {"phoneNumber": {"e164": "+12025550143"}}, "createDate": "2026-01-01T00:00:00Z",
    "modifyDate": "2026-01-01T00:00:00.5Z", "canonicalContact": {"id": "contact-1"},
    "mergedFrom": [{"id": "contact-2"}], "mergeSet": [{"id": "contact-1"}, {"id": "contact-2"}],
    "surveyOptOut": False, "customFields": {"a": {"b": [1, None, "x"]}},
}  # fmt: skip
GUIDE_CONTACT = {
    "id": "contact-1", "externalId": "CRM-1", "firstName": "Made", "lastName": "Up", "type": "PERSON",
    "emails": [{"value": "made@example.com", "type": "work"}],
    "phoneNumbers": [{"value": "+12025550142", "type": "mobile"}], "mergedTo": "contact-2",
    "mergedFrom": ["contact-3", {"id": "contact-4"}], "modifyDate": "2026-01-01T00:00:00Z",
    "customFields": {"a": 1},
}  # fmt: skip
GUIDE_CONVERSATION = {
    "id": "conversation-1", "state": "TERMINATED", "type": "CHAT", "createdTime": "2026-01-01T01:00:00Z",
    "updatedTime": "2026-01-01T01:10:00Z", "wrapUpTime": "2026-01-01T01:11:00Z", "wrapUpCode": "code-1",
    "participants": [
        {"participantId": "p-1", "purpose": "customer", "externalContactId": "contact-1",
         "routing": {"queueId": "queue-1"}, "address": "tel:+12025550142"},
        {"participantId": "p-2", "purpose": "agent", "userId": "user-1", "wrapUpCode": "code-2"},
    ],
}  # fmt: skip


def _places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*above, step)
        yield from _places(inner, (*above, step))


def _change(draw: st.DrawFn, payload: Any, fragments: list[str]) -> None:
    """Spoil one place: another value, none, or an unknown field beside it."""
    *above, last = draw(st.sampled_from(list(_places(payload))))
    for step in above:
        payload = payload[step]
    what = draw(st.sampled_from(("value", "value", "value", "missing", "field")))
    if what == "missing":
        del payload[last]
        return
    name = last if what == "value" or isinstance(payload, list) else draw(st.text(max_size=4))
    payload[name] = f"@@{len(fragments)}@@"
    fragments.append(draw(FRAGMENTS))


@st.composite
def spoiled(draw: st.DrawFn, payloads: st.SearchStrategy[dict[str, Any]], id_name: str) -> str:
    """JSON text of a payload with up to six places spoiled; now and then no object at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(FRAGMENTS)
    payload = json.loads(json.dumps(draw(payloads)))
    payload[id_name] = f"{payload[id_name]}-{draw(st.integers(0, 99))}"
    fragments: list[str] = []
    for _ in range(draw(st.integers(0, 6))):
        if payload:
            _change(draw, payload, fragments)
    text = json.dumps(payload, ensure_ascii=draw(st.booleans()), separators=(",", ":"))
    for number, fragment in enumerate(fragments):
        text = text.replace(f'"@@{number}@@"', fragment)
    return text


def _pages(payloads: st.SearchStrategy[dict[str, Any]], id_name: str) -> st.SearchStrategy[Sequence[str]]:
    return st.lists(spoiled(payloads, id_name), min_size=1, max_size=4)


platform_conversations = _pages(conversations(), "conversationId")
platform_contacts = _pages(st.just(CONTACT), "id")
guide_conversations = _pages(st.just(GUIDE_CONVERSATION), "id")
guide_contacts = _pages(st.just(GUIDE_CONTACT), "id")
