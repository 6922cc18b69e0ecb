"""What a user would write instead: a plain singer-sdk `RESTStream` over the same job results.

It follows the SDK's own template: a declared schema, a JSONPath for records and cursor, the SDK's
paging, conformance and writing. It asks for the same pages in the same windows, one after the other.

    python benchmarks/plain_tap.py CONFIG.json
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from singer_sdk import RESTStream, Stream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import OAuthAuthenticator
from singer_sdk.pagination import JSONPathPaginator

JOBS = "/api/v2/analytics/conversations/details/jobs"

SEGMENT = th.PropertiesList(
    th.Property("segmentType", th.StringType),
    th.Property("segmentStart", th.DateTimeType),
    th.Property("segmentEnd", th.DateTimeType),
    th.Property("disconnectType", th.StringType),
    th.Property("conference", th.BooleanType),
    th.Property("queueId", th.StringType),
    th.Property("wrapUpCode", th.StringType),
)
METRIC = th.PropertiesList(
    th.Property("name", th.StringType),
    th.Property("value", th.IntegerType),
    th.Property("emitDate", th.DateTimeType),
)
SESSION = th.PropertiesList(
    th.Property("sessionId", th.StringType),
    th.Property("mediaType", th.StringType),
    th.Property("messageType", th.StringType),
    th.Property("direction", th.StringType),
    th.Property("ani", th.StringType),
    th.Property("dnis", th.StringType),
    th.Property("peerId", th.StringType),
    th.Property("provider", th.StringType),
    th.Property("segments", th.ArrayType(th.ObjectType(*SEGMENT.values()))),
    th.Property("metrics", th.ArrayType(th.ObjectType(*METRIC.values()))),
)
PARTICIPANT = th.PropertiesList(
    th.Property("participantId", th.StringType),
    th.Property("participantName", th.StringType),
    th.Property("purpose", th.StringType),
    th.Property("userId", th.StringType),
    th.Property("externalContactId", th.StringType),
    th.Property("attributes", th.ObjectType(additional_properties=True)),
    th.Property("sessions", th.ArrayType(th.ObjectType(*SESSION.values()))),
)


class Login(OAuthAuthenticator):
    """Client credentials."""

    @property
    def oauth_request_body(self) -> dict[str, Any]:
        """The form of the login."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.config["client_id"],
            "client_secret": self.config["client_secret"],
        }


class Conversations(RESTStream[str]):
    """Conversations of one job, page by page."""

    name = "conversations"
    path = JOBS + "/{job_id}/results"
    primary_keys = ("conversationId",)
    records_jsonpath = "$.conversations[*]"
    schema = th.PropertiesList(
        th.Property("conversationId", th.StringType),
        th.Property("conversationStart", th.DateTimeType),
        th.Property("conversationEnd", th.DateTimeType),
        th.Property("originatingDirection", th.StringType),
        th.Property("divisionIds", th.ArrayType(th.StringType)),
        th.Property("participants", th.ArrayType(th.ObjectType(*PARTICIPANT.values()))),
    ).to_dict()

    @property
    def url_base(self) -> str:
        """Address of the API."""
        return str(self.config["api_url"])

    @cached_property
    def authenticator(self) -> Login:
        """Log in once."""
        return Login(self, auth_endpoint=f"{self.config['login_url']}/oauth/token")

    def get_new_paginator(self) -> JSONPathPaginator:
        """Follow the cursor."""
        return JSONPathPaginator("$.cursor")

    def get_url_params(self, context: Any, next_page_token: str | None) -> dict[str, Any]:  # noqa: ANN401, ARG002
        """Ask for full pages."""
        return {"pageSize": 1000} | ({"cursor": next_page_token} if next_page_token else {})

    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:  # noqa: ANN401, ARG002
        """Submit the job, wait for it, read it."""
        headers = self.authenticator.auth_headers
        address = self.url_base + JOBS
        query = {"interval": self.config["interval"]}
        job_id = requests.post(address, json=query, headers=headers, timeout=60).json()["jobId"]
        while requests.get(f"{address}/{job_id}", headers=headers, timeout=60).json()["state"] != "FULFILLED":
            time.sleep(0.05)
        yield from self.request_records({"job_id": job_id})


class PlainTap(Tap):
    """One stream."""

    name = "plain-tap"
    config_jsonschema = th.PropertiesList(
        th.Property("api_url", th.StringType),
        th.Property("login_url", th.StringType),
        th.Property("client_id", th.StringType),
        th.Property("client_secret", th.StringType),
        th.Property("interval", th.StringType),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        """The stream."""
        return [Conversations(self)]


if __name__ == "__main__":
    PlainTap(config=json.loads(Path(sys.argv[1]).read_text())).sync_all()
