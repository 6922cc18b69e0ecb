"""Where an organization lives: AWS region names, domains and the hosts they give.

Source: fact sheet, section 1, "Regions" (the hosts table of the official SDK). The list grows, so
any domain is accepted beside it; only a name that looks like an AWS region must be a known one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tap_genesys_journey.exceptions import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOMAIN_BY_REGION: Final[Mapping[str, str]] = {
    "us-east-1": "mypurecloud.com",
    "us-east-2": "use2.us-gov-pure.cloud",
    "us-west-2": "usw2.pure.cloud",
    "ca-central-1": "cac1.pure.cloud",
    "sa-east-1": "sae1.pure.cloud",
    "mx-central-1": "mxc1.pure.cloud",
    "eu-west-1": "mypurecloud.ie",
    "eu-west-2": "euw2.pure.cloud",
    "eu-central-1": "mypurecloud.de",
    "eu-central-2": "euc2.pure.cloud",
    "me-central-1": "mec1.pure.cloud",
    "ap-south-1": "aps1.pure.cloud",
    "ap-northeast-1": "mypurecloud.jp",
    "ap-northeast-2": "apne2.pure.cloud",
    "ap-northeast-3": "apne3.pure.cloud",
    "ap-southeast-1": "apse1.pure.cloud",
    "ap-southeast-2": "mypurecloud.com.au",
    "eusc-de-east-1": "edee1.eusc-pure.cloud",
}

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_HOST_PREFIX: Final = re.compile(r"(?:api|login|apps)\.")


def resolve_domain(region: str) -> str:
    """Give the domain of a region.

    Args:
        region: AWS name (`eu-west-1`) or domain (`mypurecloud.ie`), any case.

    Returns:
        The domain in lower case, without a host in front.

    Raises:
        SettingError: An AWS name that is not in the table, or text that is no domain.
    """
    text = region.strip().lower()
    if "." not in text:
        return _known_domain(text)
    if not _DOMAIN.fullmatch(text):
        raise SettingError(
            f"region: {region!r} is not a domain; allowed: an AWS name such as 'eu-west-1' or a domain "
            f"such as 'mypurecloud.ie' (for a whole address use api_url and login_url)"
        )
    if host := _HOST_PREFIX.match(text):
        raise SettingError(f"region: {region!r} is a host; allowed: the domain alone, {text[host.end() :]!r}")
    return text


def api_url(domain: str) -> str:
    """Give the address of the Platform API for a domain."""
    return f"https://api.{domain}"


def login_url(domain: str) -> str:
    """Give the address of the OAuth service for a domain."""
    return f"https://login.{domain}"


def _known_domain(name: str) -> str:
    try:
        return DOMAIN_BY_REGION[name]
    except KeyError:
        raise SettingError(
            f"region: {name!r} is not a known AWS region; allowed: {', '.join(DOMAIN_BY_REGION)}, "
            f"or the organization's domain"
        ) from None
