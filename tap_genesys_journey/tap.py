"""The tap: its settings and its streams."""

from __future__ import annotations

import copy
import json
import signal
import sys
from time import time
from types import FrameType
from typing import IO, Any, ClassVar, NoReturn

import click
from singer_sdk.exceptions import AbortedSyncPausedException
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities
from singer_sdk.helpers.types import TapState
from singer_sdk.metrics import Counter, Metric, Tag
from singer_sdk.singerlib.messages import StateMessage
from singer_sdk.tap_base import CliTestOptionValue

from tap_genesys_journey.api.connect import connect
from tap_genesys_journey.domain.schemas import SCHEMAS
from tap_genesys_journey.extraction.probing import probe_streams
from tap_genesys_journey.extraction.progress import Progress
from tap_genesys_journey.extraction.run import extract
from tap_genesys_journey.extraction.sinks import Output
from tap_genesys_journey.http.waiting import Waiting
from tap_genesys_journey.process import SIGNAL_EXIT_BASE
from tap_genesys_journey.settings import (
    CONFIG_SCHEMA,
    Settings,
    check_config,
    load_settings,
    read_environment,
)
from tap_genesys_journey.streams import STREAMS, JourneyStream
from tap_genesys_journey.streams.base import FeedingTap
from tap_genesys_journey.streams.marked_schema import restore_marks
from tap_genesys_journey.streams.messages import LineWriter

TEST_ASKED = f"{__name__}.test_asked"
"""Where the command line keeps that the connection is to be tested."""

INSIST_AFTER_SECONDS = 1.0
"""A run that was told to end and is still under way is told again, for DuckDB swallows an exit where it looks
for a Python module; cleaning up takes less."""


class TapGenesysJourney(FeedingTap):
    """Singer tap for Genesys Cloud: customers, their conversations and each customer's journey."""

    name = "tap-genesys-journey"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_SCHEMA
    message_writer_class = LineWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    settings: Settings
    _is_extracted = False
    _checkpointed: TapState | None = None

    @property
    def selected_streams(self) -> list[JourneyStream]:
        """The streams to feed, in order of name."""
        return [
            stream
            for stream in self.streams.values()
            if isinstance(stream, JourneyStream) and stream.selected
        ]

    def extract(self) -> None:
        """Feed every selected stream, once in a run, whichever of them the SDK syncs first."""
        if self._is_extracted:
            return
        self._is_extracted = True
        self.extraction_began = time()
        self._checkpointed = copy.deepcopy(self.state)
        waiting = Waiting(self.logger)
        connection = connect(self.settings, waiting, self.logger)
        for stream in self.selected_streams:
            stream.open()
        streams = self.selected_streams
        progress = Progress(
            waiting,
            rows_written=lambda: sum(stream.rows_written for stream in streams),
            calls_left=lambda: connection.pacer.calls_left,
        )
        is_complete = False
        try:
            extract(connection.surface, Output([*streams], self.checkpoint), self.settings, waiting, progress)
            self.leave_if_told()
            is_complete = True
        except RuntimeError:
            self.leave_if_told()  # DuckDB turns the exit into an error of its own
            raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            waiting.stop()
            progress.summarise(
                {stream.name: stream.rows_written for stream in streams},
                requests=connection.pacer.requests,
                retries=connection.retrier.retries,
                is_complete=is_complete,
            )
            self._log_metrics(connection.pacer.requests, is_complete=is_complete)

    def test_connection(self) -> bool:
        """Ask each endpoint that the selected streams need once, and print what came back.

        Returns:
            Whether all selected streams would work.
        """
        connection = connect(self.settings, Waiting(self.logger), self.logger)
        names = [stream.name for stream in self.selected_streams]
        findings = list(probe_streams(connection.surface, self.settings, names))
        for finding in sorted(findings, key=lambda each: each.stream):
            mark = "ok    " if finding.is_good else "FAILED"
            click.echo(f"{mark}  {finding.stream:<20}  {finding.text}")
        left = connection.pacer.calls_left
        click.echo(f"Calls left in this minute: {'unknown' if left is None else left}")
        return all(finding.is_good for finding in findings)

    def checkpoint(self) -> None:
        """Write the state; end a dry run whose streams all have the rows they asked for."""
        self.leave_if_told()
        self._checkpointed = copy.deepcopy(self.state)
        self.state_writer.write_state(self._checkpointed)
        if all(stream.rows_allowed == 0 for stream in self.selected_streams):
            raise AbortedSyncPausedException

    def discover_streams(self) -> list[JourneyStream]:
        """All streams; the catalog says which are selected."""
        return [stream(self) for stream in STREAMS]

    def _log_metrics(self, requests: int, *, is_complete: bool) -> None:
        """Log the Singer metrics that the SDK does not come to log by itself."""
        counter = Counter(Metric.HTTP_REQUEST_COUNT, {Tag.ENDPOINT: self.settings.api_url})
        counter.value = requests
        counter.exit()
        for stream in self.selected_streams[1:] if not is_complete else ():
            stream.record_counter.exit()  # the run failed in the first one's turn

    # --- what the SDK asks for

    def setup_mapper(self) -> None:
        """Mark personal data in the schemas again before they are mapped: a catalog's file loses it."""
        restore_marks(self.catalog, SCHEMAS)
        if strange := sorted({entry.tap_stream_id for entry in self.catalog.streams} - SCHEMAS.keys()):
            self.logger.warning("Streams of the catalog that this tap does not have: %s", ", ".join(strange))
        super().setup_mapper()

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """`--test`: noted until all options are read, the catalog among them."""
        if value != CliTestOptionValue.All.value:
            super().cb_test(ctx, param, value)
            return
        ctx.meta[TEST_ASKED] = True

    @classmethod
    def invoke(
        cls,
        *,
        config: Any = None,  # noqa: ANN401  # private to the SDK
        catalog: IO[str] | None = None,
        **options: Any,  # noqa: ANN401  # the SDK's own
    ) -> None:
        """Run, or only test the connection: then, too, of the streams alone that the catalog selects."""
        ctx = click.get_current_context()
        if not ctx.meta.get(TEST_ASKED):
            super().invoke(config=config, catalog=catalog, **options)
            return
        tap = cls(
            config=config.config,
            catalog=None if catalog is None else json.load(catalog),
            parse_env_config=config.parse_env,
            validate_config=True,
        )
        ctx.exit(0 if tap.test_connection() else 1)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Hold the settings against their one schema; one line says what is wrong.

        Raises:
            SettingError: A setting is missing, wrong or unknown. Discovery asks for none.
        """
        if raise_errors:
            self.append_builtin_config(self.config_jsonschema)
            check_config(self._config, self.config_jsonschema)
            self.settings = load_settings(self._config)
        return []

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805  # a property of the class, as in the SDK
        cls.append_builtin_config(cls.config_jsonschema)
        return read_environment(cls.config_jsonschema, cls._env_var_prefix)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End with the line in hand whole, then the state, then the signal's exit code."""
        self.message_writer.when_whole(lambda: self._end(SIGNAL_EXIT_BASE + signum))

    def _end(self, exit_code: int) -> NoReturn:
        """Leave as a killed run would be left: with the last checkpoint, which the store stands at, too."""
        self.exit_code = exit_code
        if self._checkpointed:
            self.message_writer.write_message(StateMessage(value=self._checkpointed))
        signal.signal(signal.SIGALRM, lambda *_: self.message_writer.when_whole(self.leave_if_told))
        signal.setitimer(signal.ITIMER_REAL, INSIST_AFTER_SECONDS, INSIST_AFTER_SECONDS)
        sys.exit(exit_code)
