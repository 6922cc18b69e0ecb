"""From settings to a surface that can be asked. Nothing is sent here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.metadata import version

from tap_genesys_journey.api.guide import GuideSurface
from tap_genesys_journey.api.platform import PlatformSurface
from tap_genesys_journey.http.auth import OAuthClient, TokenSource, client_credentials, given_token
from tap_genesys_journey.http.client import ApiClient
from tap_genesys_journey.http.pacing import Pace, Pacer
from tap_genesys_journey.http.retry import Patience, Retrier
from tap_genesys_journey.http.transport import RequestsTransport
from tap_genesys_journey.http.waiting import Waiting
from tap_genesys_journey.settings import Settings

CONTACT_PAGE_ROWS = 200
JOB_PAGE_ROWS = 1000
GUIDE_PAGE_ROWS = 200


@dataclass(frozen=True)
class Connection:
    """A surface and the counters of what is sent through it."""

    surface: PlatformSurface | GuideSurface
    pacer: Pacer
    retrier: Retrier


def connect(settings: Settings, waiting: Waiting, logger: logging.Logger) -> Connection:
    """Put the client together: transport, login, pace and patience as the settings say."""
    pace = settings.pace
    transport = RequestsTransport(
        timeout_seconds=pace.request_timeout_seconds,
        connections=pace.concurrency,
        user_agent=f"tap-genesys-journey/{version('tap-genesys-journey')}",
    )
    retrier = Retrier(Patience(pace.max_retries, pace.max_wait_seconds), waiting, logger)
    budget = Pace(
        pace.requests_per_minute, pace.rate_limit_headroom, pace.rate_limit_reserve, pace.max_wait_seconds
    )
    pacer = Pacer(budget, waiting, logger)
    if settings.credentials:
        login = settings.credentials
        client_pair = OAuthClient(login.login_url, login.client_id, login.client_secret)
        fetch = client_credentials(client_pair, transport, retrier)
    else:
        fetch = given_token(settings.access_token or "")
    tokens = TokenSource(fetch, waiting)
    client = ApiClient(settings.api_url, transport, tokens, pacer, retrier)
    return Connection(_surface(client, settings), pacer, retrier)


def _surface(client: ApiClient, settings: Settings) -> PlatformSurface | GuideSurface:
    contact_rows = min(settings.page_size or CONTACT_PAGE_ROWS, CONTACT_PAGE_ROWS)
    if settings.api == "guide":
        rows = min(settings.page_size or GUIDE_PAGE_ROWS, GUIDE_PAGE_ROWS)
        return GuideSurface(
            client,
            contact_page_size=contact_rows,
            conversation_page_size=rows,
            concurrency=settings.pace.concurrency,
        )
    return PlatformSurface(
        client,
        contact_page_size=contact_rows,
        job_page_size=settings.page_size or JOB_PAGE_ROWS,
        external_source=settings.external_source,
    )
