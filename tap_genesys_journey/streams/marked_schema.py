"""Schemas that keep `x-pii`: the SDK's own catalog model drops every key it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from singer_sdk.singerlib import Catalog, Schema

MARK = "x-pii"


@dataclass(slots=True)
class MarkedSchema(Schema):
    """A schema, or a part of one, with its mark."""

    x_pii: str | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any], **schema_defaults: Any) -> MarkedSchema:  # noqa: ANN401
        """Read a JSON schema; parts are of this class as well."""
        schema = cast("MarkedSchema", super(MarkedSchema, cls).from_dict(data, **schema_defaults))
        schema.x_pii = data.get(MARK)
        return schema

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON schema."""
        mark = {} if self.x_pii is None else {MARK: self.x_pii}
        return super(MarkedSchema, self).to_dict() | mark


def restore_marks(catalog: Catalog, schemas: dict[str, dict[str, Any]]) -> None:
    """Put the marks back into a catalog that was read from a file.

    Args:
        catalog: Its entries' schemas are replaced.
        schemas: Marked JSON schemas by stream.
    """
    for entry in catalog.streams:
        if entry.tap_stream_id in schemas:
            marked = _with_marks(entry.schema.to_dict(), schemas[entry.tap_stream_id])
            entry.schema = MarkedSchema.from_dict(marked)


def _with_marks(schema: dict[str, Any], marked: dict[str, Any]) -> dict[str, Any]:
    """Copy a schema, with the marks that another one has at the same places."""
    copy = dict(schema)
    if MARK in marked:
        copy[MARK] = marked[MARK]
    if "properties" in schema and "properties" in marked:
        copy["properties"] = {
            name: _with_marks(part, marked["properties"].get(name, {}))
            for name, part in schema["properties"].items()
        }
    if "items" in schema and "items" in marked:
        copy["items"] = _with_marks(schema["items"], marked["items"])
    return copy
