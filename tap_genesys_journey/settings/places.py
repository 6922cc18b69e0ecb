"""Addresses of the API and the OAuth service: from the region, or as given and then checked."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.settings import regions

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_PATH: Final = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")


def resolve_api_url(values: Mapping[str, Any]) -> str:
    """Give the address of the API, without a trailing slash: `api_url`, else what `region` gives.

    Raises:
        SettingError: Neither is set, or one of them is wrong.
    """
    if "region" in values:  # checked even where api_url overrides it
        domain = regions.resolve_domain(values["region"])
    elif "api_url" not in values:
        raise SettingError(
            "region: missing; allowed: an AWS name such as 'eu-west-1', a domain such as 'mypurecloud.ie', "
            "or api_url and login_url instead"
        )
    return _read_url(values, "api_url") if "api_url" in values else regions.api_url(domain)


def resolve_login_url(values: Mapping[str, Any]) -> str:
    """Give the address of the OAuth service: `login_url`, else by `region`, else beside `api_url`.

    Raises:
        SettingError: None of the three gives it, or the one that does is wrong.
    """
    if "login_url" in values:
        return _read_url(values, "login_url")
    if "region" in values:
        return regions.login_url(regions.resolve_domain(values["region"]))
    # The official SDK swaps the host's first label in the same way (fact sheet, section 1).
    address = resolve_api_url(values)
    if not address.startswith("https://api."):
        raise SettingError(
            "login_url: missing; allowed: the address of the OAuth service beside api_url, region, "
            "or access_token instead of a client"
        )
    return address.replace("https://api.", "https://login.", 1)


def _read_url(values: Mapping[str, Any], name: str) -> str:
    """Check an address; messages leave it out, for it may carry a password."""
    try:
        parts = urlsplit(values[name])
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not _HOST.fullmatch(host) and not _is_loopback(host):
        raise SettingError(f"{name}: not an address; allowed: one such as https://api.mypurecloud.ie")
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingError(
            f"{name}: holds a user, query or fragment; allowed: scheme, host, port and path alone"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise SettingError(f"{name}: not https; allowed: https, or plain http to loopback (127.0.0.1)")
    if not _PATH.fullmatch(parts.path) or "/api/v2" in parts.path or "/oauth" in parts.path:
        raise SettingError(
            f"{name}: has a path that does not belong there; allowed: the address without /api/v2 or "
            f"/oauth/token, which the tap adds"
        )
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
