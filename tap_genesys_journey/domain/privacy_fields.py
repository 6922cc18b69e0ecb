"""Which fields hold personal data: wire names, columns, marks. One table for schemas, rows and payloads.

Wire names and places: fact sheet, sections 3.3 and 6.1. Ids made by Genesys are not personal data, nor
are the names of queues and flows as such; they are treated where a person's name can stand in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

RAW: Final = "raw"
"""Column of a whole payload."""


class Shape(Enum):
    """How personal data stands in a field."""

    ANYTHING = "every text and number in it, however deep"
    PHONE = "an object that spells one phone number in several ways"
    PARTS = "an object, or objects, of which some parts are personal"
    FREE_MAP = "an object whose keys the organization chose"
    UNLESS_ID = "a text, or an id made by Genesys"


@dataclass(frozen=True)
class PersonalField:
    """One field, wherever it occurs.

    Attributes:
        mark: What kind of personal data it is: the value of `x-pii`.
        also: Kinds that can stand in its place, where only the value would tell.
        columns: The streams' columns that carry the same.
        shape: How it stands there.
        parts: For `Shape.PARTS`: the personal parts by wire name.
    """

    mark: str
    columns: tuple[str, ...] = ()
    shape: Shape = Shape.ANYTHING
    parts: Mapping[str, PersonalField] = field(default_factory=dict)
    also: tuple[str, ...] = ()


Fields = Mapping[str, PersonalField]


def _column(mark: str, *columns: str, shape: Shape = Shape.ANYTHING) -> PersonalField:
    return PersonalField(mark, columns, shape)


def _values(mark: str, *columns: str, key: str = "value") -> PersonalField:
    return PersonalField(mark, columns, Shape.PARTS, {key: PersonalField(mark)})


def _plain(mark: str, *names: str) -> dict[str, PersonalField]:
    return dict.fromkeys(names, PersonalField(mark))


def _address(*columns: str) -> PersonalField:
    """Of any channel: a phone number, an e-mail, an id of a messaging service."""
    return PersonalField("phone", columns, also=("email", "social"))


POSTAL_ADDRESS: Final[Fields] = {
    "address1": _column("address", "address_line1"),
    "address2": _column("address", "address_line2"),
    "city": _column("address", "city"),
    "state": _column("address", "state"),
    "postalCode": _column("address", "postal_code"),
}

CONTACT: Final[Fields] = {
    "firstName": _column("name", "first_name"),
    "middleName": _column("name", "middle_name"),
    "lastName": _column("name", "last_name"),
    "salutation": _column("name", "salutation"),
    "workPhone": _column("phone", "work_phone", shape=Shape.PHONE),
    "cellPhone": _column("phone", "cell_phone", shape=Shape.PHONE),
    "homePhone": _column("phone", "home_phone", shape=Shape.PHONE),
    "otherPhone": _column("phone", "other_phone", shape=Shape.PHONE),
    "workEmail": _column("email", "work_email"),
    "personalEmail": _column("email", "personal_email"),
    "otherEmail": _column("email", "other_email"),
    "address": PersonalField("address", (), Shape.PARTS, POSTAL_ADDRESS),
    "twitterId": _column("social", "twitter_id"),
    "lineId": _column("social", "line_id"),
    "whatsAppId": _column("social", "whatsapp_id"),
    "facebookId": _column("social", "facebook_id"),
    "instagramId": _column("social", "instagram_id"),
    "appleOpaqueIds": _column("social"),
    "externalIds": _values("identifier", "external_ids", "external_id"),
    "identifiers": _values("identifier"),
    "externalSystemUrl": _column("identifier", "external_system_url"),
    "externalDataSources": _values("identifier", key="url"),
    "customFields": _column("free_text", "custom_fields", shape=Shape.FREE_MAP),
    # The guide's surface.
    "externalId": _column("identifier", "external_ids", "external_id"),
    "emails": _values("email", "work_email", "personal_email", "other_email"),
    "phoneNumbers": _values("phone", "work_phone", "cell_phone", "home_phone", "other_phone"),
}
"""Of a contact's payload."""

CONVERSATION: Final[Fields] = {
    **_plain("name", "participantName", "remoteNameDisplayable", "callbackUserName", "transferTargetName"),
    **_plain("phone", "ani", "dnis", "sessionDnis", "callbackNumbers"),
    **dict.fromkeys(("addressFrom", "addressTo", "addressSelf", "addressOther"), _address()),
    **dict.fromkeys(("videoAddressSelf", "screenShareAddressSelf", "destinationAddresses"), _address()),
    "remote": _address(),
    **_plain("email", "cc", "bcc"),
    **_plain("free_text", "subject", "wrapUpNote"),
    **_plain("identifier", "externalTag", "journeyCustomerId"),
    "attributes": _column("free_text", shape=Shape.FREE_MAP),
    "properties": _values("free_text"),
    # A dialled number, or the id of a queue or flow.
    "entryReason": _column("phone", shape=Shape.UNLESS_ID),
    "transferTargetAddress": _column("phone", shape=Shape.UNLESS_ID),
    # The guide's surface; the columns of the same name hold what correlation compares.
    "address": _address("address"),
}
"""Of a conversation's payload."""

PAYLOADS: Final[Mapping[str, Fields]] = {"external_contacts": CONTACT, "conversations": CONVERSATION}
"""Fields of the payload in `raw`, by stream."""

MARKS: Final = ("name", "phone", "email", "address", "social", "free_text", "identifier")
"""What `x-pii` can say."""

_FREE_MAP_KEY: Final = re.compile(r"(attributes|customFields|custom_fields)\.(.+)", re.DOTALL)
_PAYLOAD_KEY: Final = re.compile(r"raw\.([A-Za-z][A-Za-z0-9_]+)")


def personal_fields() -> Iterator[tuple[str, PersonalField]]:
    """Give every field of the tables by wire name; parts that have columns of their own among them."""
    for table in (CONTACT, CONVERSATION, POSTAL_ADDRESS):
        yield from table.items()


def fields_of_column(column: str) -> Iterator[tuple[str, PersonalField]]:
    """Give wire name and field of whatever feeds a stream's marked column; the platform's own first."""
    return (each for each in personal_fields() if column in each[1].columns)


def field_names() -> frozenset[str]:
    """Give every name that a policy can be given for: wire names, columns, marks, and `raw`."""
    names = {RAW, *MARKS}
    for name, personal in personal_fields():
        names |= {name, *personal.columns}
    return frozenset(names)


def is_field_name(name: str) -> bool:
    """Tell whether a policy can be given for a name.

    Besides `field_names`: `attributes.KEY` and `customFields.KEY` (or `custom_fields.KEY`) for one key of a
    free map, and `raw.KEY` for a wire name of payloads that the tap does not know.
    """
    return bool(name in field_names() or _FREE_MAP_KEY.fullmatch(name) or _PAYLOAD_KEY.fullmatch(name))


def split_free_map_key(name: str) -> tuple[str, str] | None:
    """Give map and key of `attributes.KEY`; None for any other name."""
    match = _FREE_MAP_KEY.fullmatch(name)
    return None if match is None else ({"custom_fields": "customFields"}.get(match[1], match[1]), match[2])


def split_payload_key(name: str) -> str | None:
    """Give the wire name of `raw.KEY`; None for any other name."""
    match = _PAYLOAD_KEY.fullmatch(name)
    return None if match is None else match[1]
