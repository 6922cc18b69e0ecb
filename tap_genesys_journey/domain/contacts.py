"""External contacts of the platform surface: payload to contact, contact to rows.

Source: fact sheet, sections 3.3 and 4.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from tap_genesys_journey.domain.addresses import normalise_address
from tap_genesys_journey.domain.decoding import (
    STRICT_DECODING_ERRORS,
    Instant,
    Payload,
    decode_leniently,
    unreadable,
)
from tap_genesys_journey.domain.facts import Row, raw_value
from tap_genesys_journey.domain.oddities import MISSING_ID, Oddities
from tap_genesys_journey.domain.time import format_timestamp


class Reference(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An id of something else."""

    id: str | None = None


class PhoneNumber(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """`e164` is there only when the number parses."""

    e164: str | None = None
    user_input: str | None = None
    display: str | None = None


class PostalAddress(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Parts as entered."""

    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country_code: str | None = None


class ExternalId(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A key of another system: the pair of source and value."""

    external_source: Reference | None = None
    value: str | None = None


class SocialId(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An identity on a social channel; channels fill different fields."""

    id: str | None = None
    ids: list[Any] | None = None
    screen_name: str | None = None
    handle: str | None = None
    display_name: str | None = None
    phone_number: PhoneNumber | None = None


class Contact(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """One contact record as stored."""

    id: str | None = None
    type: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    salutation: str | None = None
    title: str | None = None
    work_phone: PhoneNumber | None = None
    cell_phone: PhoneNumber | None = None
    home_phone: PhoneNumber | None = None
    other_phone: PhoneNumber | None = None
    work_email: str | None = None
    personal_email: str | None = None
    other_email: str | None = None
    address: PostalAddress | None = None
    external_ids: list[ExternalId] | None = None
    external_organization: Reference | None = None
    division: Reference | None = None
    twitter_id: SocialId | None = None
    line_id: SocialId | None = None
    whats_app_id: SocialId | None = None
    facebook_id: SocialId | None = None
    instagram_id: SocialId | None = None
    create_date: Instant | None = None
    modify_date: Instant | None = None
    canonical_contact: Reference | None = None
    merged_to: Reference | None = None
    merged_from: list[Reference] | None = None
    merge_set: list[Reference] | None = None
    survey_opt_out: bool | None = None
    external_system_url: str | None = None
    custom_fields: dict[str, Any] | None = None


_decode: Final = msgspec.json.Decoder(Contact).decode

_PHONES: Final = ("work_phone", "cell_phone", "home_phone", "other_phone")
_EMAILS: Final = ("work_email", "personal_email", "other_email")


def decode_contact(raw: Payload, oddities: Oddities) -> Contact:
    """Read one contact of a scan, a look-up or a bulk answer.

    Args:
        raw: JSON text of the contact.
        oddities: Takes the paths of fields that break their types; such fields are null.

    Raises:
        UnreadableError: No JSON object, or no id. Counted; the caller skips the record.
    """
    try:
        contact = _decode(raw)
    except STRICT_DECODING_ERRORS:
        contact = decode_leniently(raw, Contact, oddities)
    if not contact.id:
        oddities.count(MISSING_ID, "id")
        raise unreadable("Contact", oddities)
    return contact


def contact_row(contact: Contact, raw: Payload) -> Row:
    """Give the row of the `external_contacts` stream; phone numbers in E.164 and e-mails in lower case."""
    place = contact.address or PostalAddress()
    external_ids = [
        {"external_source_id": _id(each.external_source), "value": each.value}
        for each in contact.external_ids or ()
        if each.value
    ]
    return {
        "id": contact.id,
        "type": contact.type,
        "first_name": contact.first_name,
        "middle_name": contact.middle_name,
        "last_name": contact.last_name,
        "salutation": contact.salutation,
        "title": contact.title,
        **{name: _phone(getattr(contact, name)) for name in _PHONES},
        **{name: normalise_address(getattr(contact, name)) for name in _EMAILS},
        "address_line1": place.address1,
        "address_line2": place.address2,
        "city": place.city,
        "state": place.state,
        "postal_code": place.postal_code,
        "country_code": place.country_code,
        "external_id": external_ids[0]["value"] if external_ids else None,
        "external_ids": external_ids,
        "external_organization_id": _id(contact.external_organization),
        "division_id": _id(contact.division),
        "twitter_id": _social(contact.twitter_id),
        "line_id": _social(contact.line_id),
        "whatsapp_id": _social(contact.whats_app_id),
        "facebook_id": _social(contact.facebook_id),
        "instagram_id": _social(contact.instagram_id),
        "create_date_utc": _text(contact.create_date),
        "modify_date_utc": _text(contact.modify_date),
        "canonical_contact_id": canonical_id(contact),
        "merged_to_id": _id(contact.merged_to),
        "merged_from_ids": _ids(contact.merged_from),
        "merge_set_ids": _ids(contact.merge_set),
        "survey_opt_out": contact.survey_opt_out,
        "external_system_url": contact.external_system_url,
        "custom_fields": contact.custom_fields,
        "raw": raw_value(raw),
    }


def alias_rows(contact: Contact, detected_at: datetime) -> list[Row]:
    """Give the row of the `contact_aliases` stream: the record's id and the contact it belongs to now."""
    return [
        {
            "contact_id": contact.id,
            "canonical_contact_id": canonical_id(contact),
            "merged_to_id": _id(contact.merged_to),
            "detected_at_utc": format_timestamp(detected_at),
        }
    ]


def address_rows(contact: Contact) -> list[Row]:
    """Give the rows of the `contact_addresses` stream: each phone number and e-mail address once."""
    found = {_phone(getattr(contact, name)): "phone" for name in _PHONES}
    found |= {normalise_address(getattr(contact, name)): "email" for name in _EMAILS}
    return [
        {"contact_id": contact.id, "address": address, "kind": kind}
        for address, kind in found.items()
        if address
    ]


def canonical_id(contact: Contact) -> str | None:
    """Give the id of the contact that the record belongs to: its own unless it was merged."""
    return _id(contact.canonical_contact) or _id(contact.merged_to) or contact.id


def related_ids(contact: Contact) -> list[str]:
    """Give the other ids of the merge set, each once, in the order of the payload."""
    related = [
        *_ids(contact.merge_set),
        *_ids(contact.merged_from),
        _id(contact.merged_to),
        _id(contact.canonical_contact),
    ]
    return [each for each in dict.fromkeys(related) if each and each != contact.id]


def _id(reference: Reference | None) -> str | None:
    return (reference.id or None) if reference else None


def _ids(references: list[Reference] | None) -> list[str]:
    return [each.id for each in references or () if each.id]


def _phone(number: PhoneNumber | None) -> str | None:
    return normalise_address(number.e164 or number.user_input or number.display) if number else None


def _social(identity: SocialId | None) -> str | None:
    """The channel's own id, whichever field it stands in; LINE and Facebook keep lists of objects."""
    if identity is None:
        return None
    listed = [
        each.get("userId") or each.get("scopedId") for each in identity.ids or () if isinstance(each, dict)
    ]
    found = [identity.id, *listed, _phone(identity.phone_number), identity.handle, identity.screen_name]
    return next((each for each in found if isinstance(each, str) and each), None)


def _text(instant: datetime | None) -> str | None:
    return format_timestamp(instant) if instant else None
