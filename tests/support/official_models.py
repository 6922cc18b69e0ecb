"""Walks what the official client made of an answer, beside the JSON it was made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import PureCloudPlatformClientV2 as official  # noqa: N813 - a name one can read

NATIVE = {"str": str, "int": int, "float": (int, float), "bool": bool, "datetime": str, "object": object}


def oddities(raw: Any, kind: str, made: Any, path: str = "$") -> Iterator[str]:
    """Every field the model does not know, every enum value it does not know, every value of another type."""
    if raw is None:
        return
    if match := re.match(r"list\[(.*)\]", kind):
        for number, (each, model) in enumerate(zip(raw, made, strict=True)):
            yield from oddities(each, match.group(1), model, f"{path}[{number}]")
    elif match := re.match(r"dict\([^,]*, (.*)\)", kind):
        for name, each in raw.items():
            yield from oddities(each, match.group(1), made[name], f"{path}.{name}")
    elif kind in NATIVE:
        yield from _native_oddities(raw, kind, made, path)
    else:
        yield from _model_oddities(raw, made, path)


def _native_oddities(raw: Any, kind: str, made: Any, path: str) -> Iterator[str]:
    if not isinstance(raw, NATIVE[kind]) or (kind in {"int", "float"} and isinstance(raw, bool)):
        yield f"{path}: {raw!r} is no {kind}"
    if kind == "datetime" and not isinstance(made, datetime):
        yield f"{path}: {raw!r} was not read as an instant"
    if isinstance(made, str) and made == "outdated_sdk_version":
        yield f"{path}: {raw!r} is an unknown value"


def _model_oddities(raw: Any, made: Any, path: str) -> Iterator[str]:
    if not isinstance(raw, dict):
        yield f"{path}: {raw!r} is no object"
        return
    names = {wire: name for name, wire in made.attribute_map.items()}
    for wire, each in raw.items():
        if wire not in names:
            yield f"{path}.{wire}: unknown field of {type(made).__name__}"
        else:
            kind = made.swagger_types[names[wire]]
            yield from oddities(each, kind, getattr(made, names[wire]), f"{path}.{wire}")


def client_of(url: str, client_id: str, client_secret: str) -> official.api_client.ApiClient:
    """The official client, logged in at the sandbox."""
    official.configuration.host = url
    client = official.api_client.ApiClient(host=url)
    return client.get_client_credentials_token(client_id, client_secret)
