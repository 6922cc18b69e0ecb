"""Writes what the code says into README.md, meltano.yml, .secrets.example and docs/endpoints.md.

Settings come from their schema, endpoints from their table. Run by `make docs`. In README.md and meltano.yml
only the text between the two marker lines changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tap_genesys_journey.api.endpoints import ENDPOINTS, Endpoint
from tap_genesys_journey.api.surface import ALL_KINDS
from tap_genesys_journey.http.retry import RETRIED, TOO_LARGE_CODE
from tap_genesys_journey.settings import CONFIG_SCHEMA, SETTINGS

ROOT: Final = Path(__file__).resolve().parent.parent
PREFIX: Final = "TAP_GENESYS_JOURNEY_"
_KINDS: Final[Mapping[str, str]] = {
    "string": "string",
    "integer": "integer",
    # Not `decimal`: Meltano 4.4.1 cannot write one into the tap's configuration. The tap reads text.
    "number": "string",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}
_SURFACES: Final[Mapping[str, str]] = {
    "platform": "The public Platform API v2: `api: platform`",
    "guide": "The external-contacts surface that a gateway can serve: `api: guide`",
}


def main() -> None:
    """Bring every generated text up to date."""
    for path, text in generate_files(ROOT).items():
        path.write_text(text, encoding="utf-8")


def generate_files(root: Path) -> dict[Path, str]:
    """Give each file that holds generated text with the text it should have."""
    readme, meltano = root / "README.md", root / "meltano.yml"
    return {
        readme: _replace_marked(readme.read_text(encoding="utf-8"), render_table()),
        meltano: _replace_marked(meltano.read_text(encoding="utf-8"), render_meltano_settings()),
        root / ".secrets.example": render_secrets_example(),
        root / "docs" / "endpoints.md": render_endpoints(),
    }


def render_table() -> str:
    """Give the settings as a Markdown table."""
    head = "| setting | type | default | meaning |\n|---|---|---|---|\n"
    return head + "\n".join(_write_row(name, rule) for name, rule in SETTINGS.items())


def render_meltano_settings() -> str:
    """Give the settings as the definitions of a Meltano plugin."""
    lines = (line for name, rule in SETTINGS.items() for line in _define_setting(name, rule))
    return "\n".join(f"    {line}" for line in lines)


def render_secrets_example() -> str:
    """Give an environment file with every setting, all but the required ones commented out."""
    head = (
        "# Copy to .env and fill in: Meltano reads it by itself, the tap alone with --config=ENV.\n"
        "# Lists and objects are JSON. Never commit the copy.\n"
    )
    return head + "".join(
        f"\n# {rule['description']}\n{_write_variable(name, rule)}\n" for name, rule in SETTINGS.items()
    )


def render_endpoints() -> str:
    """Give the table of endpoints as a document of its own."""
    head = (
        "# Endpoints\n\n<!-- generated (make docs) from tap_genesys_journey/api/endpoints.py -->\n\n"
        "Every endpoint that the tap asks; all others are left alone. Besides, `POST /oauth/token` at the "
        "login's\naddress gives the token (client credentials), which no permission is needed for.\n"
    )
    surfaces = (
        f"\n## {title}\n" + "".join(_write_endpoint(each) for each in ENDPOINTS if each.surface == surface)
        for surface, title in _SURFACES.items()
    )
    return head + "".join(surfaces) + _write_errors()


def _write_endpoint(endpoint: Endpoint) -> str:
    cursor = "" if endpoint.paging == "—" else "; 400 where it goes on from a cursor"
    return (
        f"\n### `{endpoint.method} {endpoint.path}`\n\n"
        f"- Asked for: {endpoint.purpose}\n"
        f"- Streams: {_list_streams(endpoint.streams)}\n"
        f"- Streams, following given customers: {_list_streams(endpoint.streams_following)}\n"
        f"- Paging: {endpoint.paging}\n"
        f"- Permission: `{endpoint.permission}`\n"
        f"- Not there (404, 410{cursor}): {endpoint.when_gone}\n"
    )


def _list_streams(streams: tuple[str, ...]) -> str:
    if streams == ALL_KINDS:
        return "all"
    return ", ".join(f"`{stream}`" for stream in streams) or "none"


def _write_errors() -> str:
    retried = ", ".join(str(int(status)) for status in sorted(RETRIED))
    rows = {
        f"{retried}, connection lost or refused, no answer in time, body truncated or no JSON": (
            "is asked again, at most `max_retries` times and with pauses of `max_wait_seconds` in all, after "
            "what `Retry-After` says and a second more, else after exponential waits with full jitter; "
            "then the run ends with the state of its last page"
        ),
        "401": "one fresh token, then the run ends; a ready `access_token` is not renewed",
        "`invalid_client` from the login": "the run ends at once",
        "403": (
            "the streams that need the endpoint are skipped, the others go on; the permission is named "
            "and the exit code is 1"
        ),
        "404, 410": "see each endpoint",
        f"400 with the code `{TOO_LARGE_CODE}`": "half as many rows a page from then on, down to the fewest",
        "any other, and JSON of another shape": "the run ends with the state of its last page",
    }
    lines = "".join(f"| {what} | {effect} |\n" for what, effect in rows.items())
    return (
        "\n## What happens on an error\n\n"
        "The same at every endpoint, but for what is not there. Errors name method, path, status and "
        "correlation id,\nnever a body.\n\n| answer | what the tap does |\n|---|---|\n"
    ) + lines


def _replace_marked(text: str, generated: str) -> str:
    pattern = re.compile(
        r"(^[^\n]*generated: settings[^\n]*\n).*?(^[^\n]*end of generated[^\n]*$)", re.MULTILINE | re.DOTALL
    )
    replaced, count = pattern.subn(lambda marks: f"{marks[1]}{generated}\n{marks[2]}", text)
    if count != 1:
        raise ValueError(f"{count} pairs of marker lines instead of one")
    return replaced


def _write_row(name: str, rule: Mapping[str, Any]) -> str:
    meaning = rule["description"].replace("|", "\\|")
    return f"| `{name}` | {_describe_type(name, rule)} | {_describe_default(rule)} | {meaning} |"


def _describe_type(name: str, rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return " \\| ".join(f"`{word}`" for word in rule["enum"])
    kind = {"date-time": "date-time", "uri": "address"}.get(rule.get("format", ""), rule["type"])
    above = f">{rule['exclusiveMinimum']}" if "exclusiveMinimum" in rule else rule.get("minimum")
    bounds = f" {above}–{rule['maximum']}" if "maximum" in rule else ""
    required = ", required" if name in CONFIG_SCHEMA["required"] else ""
    return f"{kind}{bounds}{required}{', secret' if rule.get('secret') else ''}"


def _describe_default(rule: Mapping[str, Any]) -> str:
    default = rule.get("default")
    if default is None:
        return ""
    return ", ".join(f"`{_as_text(item)}`" for item in (default if isinstance(default, list) else [default]))


def _define_setting(name: str, rule: Mapping[str, Any]) -> Iterator[str]:
    yield f"- name: {name}"
    yield f"  kind: {_meltano_kind(rule)}"
    if "enum" in rule:
        yield "  options:"
        for word in rule["enum"]:
            yield f"  - label: {word}"
            yield f"    value: {word}"
    if rule.get("secret"):
        yield "  sensitive: true"
    yield f"  description: {json.dumps(rule['description'], ensure_ascii=False)}"


def _meltano_kind(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return "options"
    return "date_iso8601" if rule.get("format") == "date-time" else _KINDS[rule["type"]]


def _write_variable(name: str, rule: Mapping[str, Any]) -> str:
    examples = {"start_date": "2024-01-01T00:00:00Z", "region": "eu-west-1"}
    value = examples.get(name) or _as_text(rule.get("default", ""))
    is_first_need = name in {"client_id", "client_secret", *examples}
    quoted = f"'{value}'" if value.startswith(("[", "{")) else value
    return f"{'' if is_first_need else '# '}{PREFIX}{name.upper()}={quoted}"


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    main()
