"""Who the customers are: values that are plainly made up, each unique to its person.

Phone numbers stay in the fiction range 555-0100 to 555-0199, mail in example.com. Every personal value
holds the person's number, so that a test can look for it anywhere without meeting it by chance.
"""

from __future__ import annotations

from typing import Any

from genesys_sandbox.world.dice import Dice

GIVEN = ("Willow", "Juniper", "Sorrel", "Rowan", "Clover", "Aspen", "Fennel", "Laurel", "Bramble", "Tansy")
FAMILY = ("Sampleton", "Placeholder", "Mockridge", "Fixture", "Testwood", "Standin", "Dummyford")
CITIES = ("Sampleville", "Mockborough", "Testhaven", "Placeholder Springs")
TIERS = ("bronze", "silver", "gold")

FIRST_AREA = 201
AREAS = 799
LINES = 100
PHONES = AREAS * LINES

BLOCK = 25
"""People come in blocks of this size; the place in the block decides what is special about a person."""


def draw(dice: Dice, people: int) -> int:
    """One of so many people: few come often, many seldom."""
    return int(people * dice.share() ** 1.5)


def neighbour(person: int, place: int) -> int:
    """The person at a place of the block that a person is in."""
    return person - person % BLOCK + place


def phone(person: int) -> str:
    """The person's own number in E.164."""
    area, line = divmod(person % PHONES, LINES)
    return f"+1{FIRST_AREA + area}5550{100 + line}"


def people_of_phone(e164: str, people: int) -> range:
    """The people whose own number this is (above 79,900 people numbers are shared)."""
    if len(e164) != 12 or not e164.startswith("+1") or e164[5:9] != "5550":  # noqa: PLR2004 - length of +1 and ten digits
        return range(0)
    area, line = int(e164[2:5]) - FIRST_AREA, int(e164[9:]) - LINES
    if not (0 <= area < AREAS and 0 <= line < LINES):
        return range(0)
    return range(area * LINES + line, people, PHONES)


def _typed(e164: str, style: int) -> str:
    area, middle, line = e164[2:5], e164[5:8], e164[8:]
    return (
        f"({area}) {middle}-{line}",
        f"{area}.{middle}.{line}",
        f"+1 {area} {middle} {line}",
        f"1-{area}-{middle}-{line}",
        e164,
    )[style % 5]


def phone_number(e164: str, style: int = 4) -> dict[str, Any]:
    """The number as a contact holds it: what was typed in, and what it was read as."""
    typed = _typed(e164, style)
    return {
        "display": typed,
        "acceptsSMS": style % 2 == 0,
        "normalizationCountryCode": "US",
        "userInput": typed,
        "e164": e164,
    }


def unreadable_number(person: int) -> dict[str, Any]:
    """A number nobody can dial: Genesys keeps the input and gives no E.164."""
    typed = f"ext. {person}-front-desk"
    return {"display": typed, "userInput": typed, "normalizationCountryCode": "US", "acceptsSMS": False}


def number_tag(person: int) -> str:
    """The person's number as names carry it."""
    return f"{person:05}"


def email(person: int) -> str:
    """The person's own mail address."""
    given, family = GIVEN[person % len(GIVEN)], FAMILY[person % len(FAMILY)]
    return f"{given}.{family}.{number_tag(person)}@example.com".lower()


def full_name(person: int) -> str:
    """The name as telephony and mail clients show it."""
    tag = number_tag(person)
    return f"{GIVEN[person % len(GIVEN)]}-{tag} {FAMILY[person % len(FAMILY)]}-{tag}"


def messaging_id(person: int, message_type: str) -> str:
    """The person's address on a messaging channel: a number, or an id of that channel."""
    if message_type in {"sms", "whatsapp"}:
        return phone(person)
    return f"{message_type}-user-{number_tag(person)}"


def crm_id(person: int) -> str:
    """The person's key in the first external source."""
    return f"CRM-{person:06}"


def erp_id(person: int) -> str:
    """The person's key in the second external source."""
    return f"ERP-{person:06}"


def has_crm_id(person: int) -> bool:
    """Whether the CRM knows the person; it never knows auto-created ones."""
    return person % BLOCK not in {20, 21, 22} and person % 9 != 5  # noqa: PLR2004 - places in a block


def has_erp_id(person: int) -> bool:
    """Whether the second source knows the person, too."""
    return has_crm_id(person) and person % 10 == 0


def personal_fields(seed: int, person: int) -> dict[str, Any]:
    """The fields of a contact record that somebody typed in."""
    dice = Dice(seed, "person", person)
    tag = number_tag(person)
    fields: dict[str, Any] = {
        "firstName": f"{GIVEN[person % len(GIVEN)]}-{tag}",
        "lastName": f"{FAMILY[person % len(FAMILY)]}-{tag}",
        "cellPhone": phone_number(phone(person), dice.between(0, 4)),
        "personalEmail": email(person),
        "surveyOptOut": dice.chance(0.1),
        "customFields": {
            "tier_text": dice.pick(TIERS),
            "score_integer": dice.between(0, 100),
            "remark_longtext": f"prefers to be called {GIVEN[person % len(GIVEN)]}-{tag}",
            "active_checkbox": dice.chance(0.7),
        },
    }
    if dice.chance(0.5):
        fields["title"] = dice.pick(("Buyer", "Owner", "Planner"))
    if dice.chance(0.4):
        fields["middleName"] = f"Q-{tag}"
    if dice.chance(0.7):
        fields["address"] = _address(dice, tag)
    return fields | _special_fields(dice, person)


def _address(dice: Dice, tag: str) -> dict[str, str]:
    return {
        "address1": f"{tag} Nowhere Lane",
        "address2": f"Flat {dice.between(1, 9)}-{tag}",
        "city": dice.pick(CITIES),
        "state": "CA",
        "postalCode": "00000",
        "countryCode": "US",
    }


def _special_fields(dice: Dice, person: int) -> dict[str, Any]:
    place, tag = person % BLOCK, number_tag(person)
    fields: dict[str, Any] = {}
    if place == 4:  # noqa: PLR2004 - a household: the neighbour's number is this person's home number
        fields["homePhone"] = phone_number(phone(person - 1), 0)
    if place == 24:  # noqa: PLR2004 - nobody could read what was typed in
        fields["workPhone"] = unreadable_number(person)
    if dice.chance(0.2):
        fields["whatsAppId"] = {"phoneNumber": phone_number(phone(person)), "displayName": f"wa-{tag}"}
    if dice.chance(0.15):
        fields["twitterId"] = {
            "id": f"9{tag}",
            "name": f"handle-{tag}",
            "screenName": f"handle-{tag}",
            "verified": False,
        }
    if dice.chance(0.1):
        fields["facebookId"] = {"ids": [{"scopedId": f"facebook-user-{tag}"}], "displayName": f"fb-{tag}"}
    if dice.chance(0.3):
        fields["workEmail"] = f"Work.{tag}@Example.COM"
    return fields
