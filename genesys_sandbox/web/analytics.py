"""Conversation details on the platform surface (fact sheet, section 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genesys_sandbox.web.jobs import parse_query
from genesys_sandbox.web.wire import Answer, Ask, answer, too_large
from genesys_sandbox.world.dice import text_number
from genesys_sandbox.world.instants import to_text

if TYPE_CHECKING:
    from genesys_sandbox.web.desk import Desk


REPEATED = 3
"""Rows that the next page goes back where rows are repeated on request."""


def submit_job(desk: Desk, ask: Ask) -> Answer:
    """`POST …/details/jobs`: 202 and the job's id."""
    query = parse_query(ask.json())
    serial = desk.jobs.count
    trouble, outcome = desk.trouble, "FULFILLED"
    if trouble.happens("job_failed", serial):
        outcome = "FAILED"
    elif trouble.happens("job_cancelled", serial):
        outcome = "CANCELLED"
    elif trouble.happens("job_stuck", serial):
        outcome = "PENDING"
    job = desk.jobs.submit(query, desk.watermark(serial), outcome, trouble.faults.job_extra_polls)
    return answer({"jobId": job.identity}, 202)


def poll_job(desk: Desk, ask: Ask) -> Answer:
    """`GET …/details/jobs/{id}`: the job's state."""
    return answer(desk.jobs.poll(desk.jobs.find(ask.names["id"])))


def cancel_job(desk: Desk, ask: Ask) -> Answer:
    """`DELETE …/details/jobs/{id}`."""
    desk.jobs.cancel(desk.jobs.find(ask.names["id"]))
    return Answer(b"", 204)


def job_results(desk: Desk, ask: Ask) -> Answer:
    """`GET …/details/jobs/{id}/results`: a page; no `cursor` in it means that it is the last."""
    size = ask.number("pageSize", 1000, 1, 1000)
    if desk.options.max_answer_rows and size > desk.options.max_answer_rows:
        raise too_large(size, desk.options.max_answer_rows)
    job, cursor = desk.jobs.find(ask.names["id"]), ask.query.get("cursor") or None
    mark = text_number(job.identity + (cursor or ""))
    if desk.trouble.happens("expired_job", mark):
        job.state = "EXPIRED"
    back = REPEATED if desk.trouble.happens("repeated_rows", mark) else 0
    return Answer(desk.jobs.results(job, cursor, size, back))


def availability(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 - one of a table
    """`GET …/details/jobs/availability`: everything before this instant is in the data."""
    return answer({"dataAvailabilityDate": to_text(desk.watermark(len(desk.log)))})
