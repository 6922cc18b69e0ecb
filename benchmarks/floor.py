"""The least that decoding and encoding costs: download a page, msgspec decode, msgspec encode, write.

python benchmarks/floor.py CONFIG.json
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import requests

JOBS = "/api/v2/analytics/conversations/details/jobs"


def log_in(config: dict[str, Any]) -> requests.Session:
    """Session with a token."""
    session = requests.Session()
    pair = (config["client_id"], config["client_secret"])
    form = {"grant_type": "client_credentials"}
    answer = session.post(f"{config['login_url']}/oauth/token", data=form, auth=pair, timeout=60)
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def pages(session: requests.Session, config: dict[str, Any]) -> Iterator[bytes]:
    """Bodies of a job's result pages."""
    address = config["api_url"] + JOBS
    job_id = session.post(address, json={"interval": config["interval"]}, timeout=60).json()["jobId"]
    while session.get(f"{address}/{job_id}", timeout=60).json()["state"] != "FULFILLED":
        time.sleep(0.05)
    cursor = None
    while True:
        params = {"pageSize": 1000} | ({"cursor": cursor} if cursor else {})
        body = session.get(f"{address}/{job_id}/results", params=params, timeout=60).content
        cursor = yield body
        if cursor is None:
            return


def main() -> None:
    """Read one interval and write a RECORD line for every conversation."""
    config = json.loads(Path(sys.argv[1]).read_text())
    reading = pages(log_in(config), config)
    body = next(reading)
    while True:
        page = msgspec.json.decode(body)
        for record in page["conversations"]:
            message = {"type": "RECORD", "stream": "conversations", "record": record}
            sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
        try:
            body = reading.send(page.get("cursor"))
        except StopIteration:
            return


if __name__ == "__main__":
    main()
