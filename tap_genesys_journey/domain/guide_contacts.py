"""Reads a contact of the guide's surface into the same contact as the platform's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

from tap_genesys_journey.domain.contacts import Contact, ExternalId, PhoneNumber, Reference
from tap_genesys_journey.domain.decoding import (
    STRICT_DECODING_ERRORS,
    Instant,
    Payload,
    decode_leniently,
    unreadable,
)
from tap_genesys_journey.domain.oddities import MISSING_ID, Oddities

_PHONE_FIELDS: Final = {
    "work": "work_phone",
    "mobile": "cell_phone",
    "cell": "cell_phone",
    "home": "home_phone",
}
_EMAIL_FIELDS: Final = {"work": "work_email", "personal": "personal_email", "home": "personal_email"}
_MORE_PHONES: Final = ("other_phone", "cell_phone", "work_phone", "home_phone")
_MORE_EMAILS: Final = ("other_email", "personal_email", "work_email")


Member: TypeAlias = Reference | str
"""Another contact, by reference as in the platform's answers, or by its bare id as in its events."""


class Labelled(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A value and what kind of it it is."""

    value: str | None = None
    type: str | None = None


class GuideContact(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """One contact as the guide prints it, with merge metadata in any spelling a gateway may choose."""

    id: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    type: str | None = None
    emails: list[Labelled] | None = None
    phone_numbers: list[Labelled] | None = None
    create_date: Instant | None = None
    modify_date: Instant | None = None
    canonical_contact: Member | None = None
    canonical_contact_id: Member | None = None
    merged_to: Member | None = None
    merged_to_id: Member | None = None
    merged_from: list[Member] | None = None
    merged_from_ids: list[Member] | None = None
    merge_set: list[Member] | None = None
    merge_set_ids: list[Member] | None = None


_decode: Final = msgspec.json.Decoder(GuideContact).decode


def decode_guide_contact(raw: Payload, oddities: Oddities) -> Contact:
    """Read one contact of the guide's surface.

    Args:
        raw: JSON text of the contact.
        oddities: Takes the paths of fields that break their types; such fields are null.

    Raises:
        UnreadableError: No JSON object, or no id. Counted; the caller skips the record.
    """
    try:
        contact = _decode(raw)
    except STRICT_DECODING_ERRORS:
        contact = decode_leniently(raw, GuideContact, oddities)
    if not contact.id:
        oddities.count(MISSING_ID, "id")
        raise unreadable("Contact", oddities)
    phones = _placed(contact.phone_numbers, _PHONE_FIELDS, _MORE_PHONES)
    emails = _placed(contact.emails, _EMAIL_FIELDS, _MORE_EMAILS)
    return Contact(
        id=contact.id,
        type=contact.type,
        first_name=contact.first_name,
        middle_name=contact.middle_name,
        last_name=contact.last_name,
        external_ids=[ExternalId(value=contact.external_id)] if contact.external_id else None,
        create_date=contact.create_date,
        modify_date=contact.modify_date,
        canonical_contact=_reference(contact.canonical_contact, contact.canonical_contact_id),
        merged_to=_reference(contact.merged_to, contact.merged_to_id),
        merged_from=_references(contact.merged_from, contact.merged_from_ids),
        merge_set=_references(contact.merge_set, contact.merge_set_ids),
        work_phone=_phone(phones.get("work_phone")),
        cell_phone=_phone(phones.get("cell_phone")),
        home_phone=_phone(phones.get("home_phone")),
        other_phone=_phone(phones.get("other_phone")),
        work_email=emails.get("work_email"),
        personal_email=emails.get("personal_email"),
        other_email=emails.get("other_email"),
    )


def _phone(number: str | None) -> PhoneNumber | None:
    return PhoneNumber(user_input=number) if number else None


def _placed(labelled: list[Labelled] | None, fields: dict[str, str], more: Iterable[str]) -> dict[str, str]:
    """Each value in the field of its kind, else in one that is left; the fifth phone lives on in `raw`."""
    placed: dict[str, str] = {}
    left = []
    for each in labelled or ():
        field = fields.get((each.type or "").lower())
        if each.value and field and field not in placed:
            placed[field] = each.value
        elif each.value:
            left.append(each.value)
    free = (name for name in more if name not in placed)
    return placed | dict(zip(free, left, strict=False))


def _reference(*spellings: Member | None) -> Reference | None:
    """The first spelling that names a contact."""
    return next(iter(_references(spellings) or ()), None)


def _references(*spellings: Iterable[Member | None] | None) -> list[Reference] | None:
    """All contacts that the spellings name, each once; None where there are none."""
    members = [each for spelling in spellings for each in spelling or ()]
    ids = [each.id if isinstance(each, Reference) else each for each in members]
    return [Reference(each) for each in dict.fromkeys(ids) if each] or None
