"""Asks a running sandbox as any HTTP client would."""

from __future__ import annotations

from typing import Any

import requests

from genesys_sandbox import Sandbox

JOBS = "/api/v2/analytics/conversations/details/jobs"
CONTACTS = "/api/v2/externalcontacts"
EVERYTHING = "2000-01-01T00:00:00Z/2100-01-01T00:00:00Z"


class SandboxClient:
    """One session with one token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.new_token()}"

    def new_token(self) -> str:
        options = self.sandbox.options
        response = requests.post(
            f"{self.sandbox.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(options.client_id, options.client_secret),
            timeout=10,
        )
        return str(response.json()["access_token"])

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.sandbox.url + path, params=query, timeout=30)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.session.post(self.sandbox.url + path, json=body, timeout=30)

    def delete(self, path: str) -> requests.Response:
        return self.session.delete(self.sandbox.url + path, timeout=30)

    def scan(self, path: str = f"{CONTACTS}/scan/contacts", **query: Any) -> list[list[dict[str, Any]]]:
        """The pages of a scan, until no cursor is left."""
        pages, cursor = [], None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {})).json()
            pages.append(page["entities"])
            cursor = page["cursors"].get("after")
            if cursor is None:
                return pages

    def job(self, interval: str = EVERYTHING, **body: Any) -> str:
        """A job that is fulfilled."""
        job = str(self.post(JOBS, {"interval": interval, **body}).json()["jobId"])
        for _ in range(100):
            if self.get(f"{JOBS}/{job}").json()["state"] == "FULFILLED":
                return job
        raise AssertionError("the job was never fulfilled")

    def results(self, job: str, size: int = 1000) -> list[dict[str, Any]]:
        """The rows of every page of a job."""
        rows, cursor = [], None
        while True:
            query = {"pageSize": size, **({"cursor": cursor} if cursor else {})}
            page = self.get(f"{JOBS}/{job}/results", **query).json()
            rows += page["conversations"]
            cursor = page.get("cursor")
            if cursor is None:
                return rows

    def conversations(self, interval: str = EVERYTHING, **body: Any) -> list[dict[str, Any]]:
        """The rows of a job, submitted, awaited and read."""
        return self.results(self.job(interval, **body))
