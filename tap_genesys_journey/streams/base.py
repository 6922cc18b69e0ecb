"""What all streams share: the row's way out, fast where nothing looks into it, and the bookmark."""

from __future__ import annotations

import functools
import json
import logging
import sys
from abc import abstractmethod
from collections.abc import Generator, Iterable
from datetime import datetime, timezone
from decimal import Decimal
from time import time
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk import Stream, Tap
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.metrics import Counter, Metric, Tag, Timer, record_counter
from singer_sdk.singerlib import CatalogEntry

from tap_genesys_journey.domain.decoding import LONGEST_EXACT_INTEGER
from tap_genesys_journey.domain.schemas import PRIMARY_KEYS, SCHEMAS
from tap_genesys_journey.domain.time import format_timestamp
from tap_genesys_journey.exceptions import SettingError
from tap_genesys_journey.extraction.bookmarks import Bookmark, read_bookmark, write_bookmark
from tap_genesys_journey.streams.marked_schema import MarkedSchema
from tap_genesys_journey.streams.messages import LineWriter, RecordLine

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import RecordMessage


class FeedingTap(Tap):
    """What the streams need of their tap: it feeds all of them at once.

    Attributes:
        extraction_began: Seconds since the epoch; 0 before it did.
        exit_code: What to leave with; None as long as nobody told the run to end.
    """

    message_writer: LineWriter
    extraction_began = 0.0
    exit_code: int | None = None

    @abstractmethod
    def extract(self) -> None:
        """Feed every selected stream; later calls do nothing."""

    def leave_if_told(self) -> None:
        """End the process if it was told to and the exit was swallowed on its way."""
        if self.exit_code is not None:
            sys.exit(self.exit_code)


class JourneyStream(Stream):
    """A stream that the run feeds; rows come built to the schema already.

    Subclasses name the stream; schema and keys stand in `domain.schemas`.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    is_stream = True
    _tap: FeedingTap

    def __init__(self, tap: FeedingTap) -> None:
        """Take schema and keys from the tables of the domain."""
        super().__init__(tap, schema=SCHEMAS[self.name], name=self.name)
        self.primary_keys = PRIMARY_KEYS[self.name]
        self.forced_replication_method = "INCREMENTAL"
        self.kind = self.name
        self.bookmark = Bookmark()
        self.rows_written = 0
        self.record_counter = record_counter(self.name)
        self._is_announced = False

    # --- what the extraction sees (`extraction.sinks.Sink`)

    def write(self, rows: Iterable[dict[str, Any]]) -> None:
        """Emit rows; fast where they go out as they are, through the SDK where it has to look into them."""
        self._tap.leave_if_told()
        batch = list(rows)
        if self.rows_allowed is not None:
            batch = batch[: self.rows_allowed]
        if not batch:
            return
        if self._is_looked_into:
            for row in batch:
                self._write_record_message(_without_raw(row))
        else:
            self._write_as_they_are(batch)
        self.rows_written += len(batch)
        self.record_counter.increment(len(batch))

    def save(self, bookmark: Bookmark) -> None:
        """Take the bookmark into the tap's state."""
        self.bookmark = bookmark
        write_bookmark(self.stream_state, bookmark)

    @property
    def rows_allowed(self) -> int | None:
        """Rows that a dry run still takes; None in a real run."""
        limit = self.ABORT_AT_RECORD_COUNT
        return None if limit is None else max(0, limit - self.rows_written)

    def open(self) -> None:
        """Read the bookmark and announce the schema, before the first row."""
        self.bookmark = read_bookmark(self.name, self.stream_state)
        self._write_schema_message()

    # --- the two ways out

    @functools.cached_property
    def _is_looked_into(self) -> bool:
        """Whether a stream map, flattening or a choice of nested fields needs the payload decoded."""
        (first, *more) = self.stream_maps
        is_mapped = more or type(first) is not SameRecordTransform or first.flattening_enabled
        return bool(is_mapped) or any(not kept and len(path) > 2 for path, kept in self.mask.items())  # noqa: PLR2004

    @functools.cached_property
    def _deselected(self) -> frozenset[str]:
        return frozenset(name for name in self.schema["properties"] if not self.mask["properties", name])

    def _write_as_they_are(self, rows: list[dict[str, Any]]) -> None:
        if self._deselected:
            rows = [{k: v for k, v in row.items() if k not in self._deselected} for row in rows]
        extracted = format_timestamp(datetime.now(timezone.utc))
        self._tap.message_writer.write_records([RecordLine(self.name, row, extracted) for row in rows])

    # --- what the SDK sees

    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:  # noqa: ANN401
        """Log for debugging whose turn it is, for the run feeds all streams in the first one's.

        Errors are left to the command, which tells each in one line; the SDK would add its own.
        """
        if level < logging.ERROR:
            super().log(message, *args, level=logging.DEBUG if level == logging.INFO else level, **kwargs)

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Say nothing of a value to start from: the run keeps bookmarks of its own."""

    @property
    def _singer_catalog_entry(self) -> CatalogEntry:
        """The SDK's entry, with the marks of personal data in its schema."""
        entry = super()._singer_catalog_entry
        entry.schema = MarkedSchema.from_dict(self.schema)
        return entry

    def _write_schema_message(self) -> None:
        """Announce the schema once: the run feeds streams side by side, the SDK one after the other."""
        if not self._is_announced:
            self._is_announced = True
            super()._write_schema_message()

    def _generate_record_messages(self, record: Record) -> Generator[RecordMessage, None, None]:
        """Map a row; a map that fails on it is told without the row.

        Raises:
            SettingError: It fails.
        """
        try:
            yield from super()._generate_record_messages(record)
        except MapExpressionError:  # names the expression alone
            raise
        except Exception as error:
            raise SettingError(
                f"stream_maps: a map of stream {self.name} fails on a record ({type(error).__name__});"
                " its expressions have to bear every value that the schema allows, null among them"
            ) from error

    def get_record_counter(self, **_: Any) -> Counter:  # noqa: ANN401  # endpoint and interval of the SDK
        """One counter for the run's rows; the SDK logs it when it has synced the stream."""
        return self.record_counter

    def get_sync_timer(self) -> Timer:
        """Time from the run's begin, in which every stream is fed."""
        return _RunTimer(self.name, self._tap)

    def get_records(self, context: Context | None) -> Iterable[Record]:  # noqa: ARG002  # the SDK's signature
        """Let the run feed every selected stream, the first time that the SDK asks one of them."""
        self._tap.extract()
        return ()


class _RunTimer(Timer):
    """Times the run, whichever of its streams the SDK syncs first."""

    def __init__(self, stream: str, tap: FeedingTap) -> None:
        super().__init__(Metric.SYNC_DURATION, {Tag.STREAM: stream})
        self._tap = tap

    def elapsed(self) -> float:
        return time() - self._tap.extraction_began


_exact_decoder = msgspec.json.Decoder(float_hook=Decimal)


def _without_raw(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its payload decoded, numbers exact."""
    return {
        name: _decode_exactly(value) if isinstance(value, msgspec.Raw) else value
        for name, value in row.items()
    }


def _decode_exactly(raw: msgspec.Raw) -> Any:  # noqa: ANN401  # any JSON value
    try:
        return _exact_decoder.decode(raw)
    except msgspec.ValidationError:
        return json.loads(bytes(raw), parse_float=Decimal, parse_int=_integer)


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= LONGEST_EXACT_INTEGER else Decimal(digits)
