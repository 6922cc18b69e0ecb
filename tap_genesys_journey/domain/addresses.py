"""Addresses of customers, in the one spelling that correlation compares."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers

_CACHED_ADDRESSES: Final = 65_536
_DEFAULT_REGION: Final = "US"
"""Genesys assumes +1 for a number without a country code (fact sheet, section 3.3)."""

_SCHEME: Final = re.compile(r"(tel|sips?|mailto):", re.IGNORECASE)
_PHONE_CHARACTERS: Final = re.compile(r"[0-9+ \-.()/]*[0-9][0-9+ \-.()/]*")
_MAYBE_ADDRESS: Final = re.compile(rf"{_SCHEME.pattern}|(?:{_PHONE_CHARACTERS.pattern})\Z", re.IGNORECASE)
_BEGINNINGS: Final = "0123456789+ -.()/tTsSmM\u017f"
"""Letters that what matches can begin with; the last is an s to an expression that ignores case."""
_NORTH_AMERICAN: Final = re.compile(r"(?:\+?1)?([2-9][0-9]{9})|([2-9][0-9]{6})")
"""Numbers of country code 1 without separators: what the library says of these is known without it."""
_NO_NUMBER: Final = re.compile(r"[2-9][0-9]*")
"""Bare digits of any other length are no number in the default region."""

_NO_ADDRESS: Final = frozenset(
    ("", "anonymous", "restricted", "unavailable", "unknown", "private", "blocked", "withheld")
)


def normalise_address(text: str | None) -> str | None:
    """Give the address that a wire address stands for.

    Args:
        text: `ani`, `dnis`, `addressFrom`, a callback number, a contact's phone or e-mail.

    Returns:
        A phone number as E.164 where it parses, an e-mail in lower case, any other id (social, messaging)
        as it is; None for no address: nothing, anonymous and the like, an internal SIP caller.
    """
    return _normalise(text) if text else None


def normalise_text(text: str) -> str:
    """Give what a text is compared by: as an address where it can be one, else without the space around it.

    Equal addresses come out equal here and from `normalise_address`, in whatever field they were written.
    """
    stripped = text.strip()
    if stripped[:1] in _BEGINNINGS and _MAYBE_ADDRESS.match(stripped):
        return _normalise(text) or stripped
    return stripped.lower() if "@" in stripped else stripped


def spellings(address: str) -> tuple[str, ...]:
    """Give the ways in which a normalised address is written on the wire, as far as they can be listed.

    Filters of the API compare spellings. Numbers of country code 1 come without it too, above all those of
    callbacks, which people type.
    """
    if not address.startswith("+"):
        return (address,)
    national = _NORTH_AMERICAN.fullmatch(address)
    return (address, f"tel:{address}", *((national[1],) if national else ()))


@lru_cache(maxsize=_CACHED_ADDRESSES)
def _normalise(text: str) -> str | None:
    scheme, rest = _split_scheme(text.strip())
    if scheme in ("sip", "sips"):
        return _sip_address(rest)
    if rest.lower() in _NO_ADDRESS:
        return None
    if "@" in rest:
        return rest.lower()
    return _phone_number(rest) or rest


def _split_scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.match(text)
    if match is None:
        return "", text
    scheme, rest = match[1].lower(), text[match.end() :]
    if scheme != "mailto":
        rest = rest.partition(";")[0]
    return scheme, rest.strip()


def _sip_address(rest: str) -> str | None:
    """Give the phone number of a SIP caller; whoever has none sits inside the organization."""
    user, at, _ = rest.partition("@")
    user = user.partition(";")[0].strip()
    if user.lower() in _NO_ADDRESS:
        return None
    if _PHONE_CHARACTERS.fullmatch(user):
        return _phone_number(user) or user
    return None if at else user


def _phone_number(text: str) -> str | None:
    if not _PHONE_CHARACTERS.fullmatch(text):
        return None
    if match := _NORTH_AMERICAN.fullmatch(text):
        return f"+1{match[1] or match[2]}"
    if _NO_NUMBER.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, _DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
