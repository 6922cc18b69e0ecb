"""Details jobs: submitted, polled, then read page by page from a snapshot that no later change touches."""

from __future__ import annotations

import base64
import struct
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from genesys_sandbox.pages import HEAD
from genesys_sandbox.web.filters import CONTACTS, MAILS, PHONES, Filter, fits, parse
from genesys_sandbox.web.wire import Problem, bad_request, encode, not_found
from genesys_sandbox.world.dice import IdSpace
from genesys_sandbox.world.instants import MINUTE, from_text, to_text
from genesys_sandbox.world.organization import Snapshot
from genesys_sandbox.world.overlay import View

if TYPE_CHECKING:
    from genesys_sandbox.pages import Pages
    from genesys_sandbox.world.organization import Organization


class Query(msgspec.Struct, frozen=True):
    """What a job was asked for; the interval is half open."""

    start: int
    end: int
    conversation_filters: tuple[Filter, ...] = ()
    segment_filters: tuple[Filter, ...] = ()
    descending: bool = False
    limit: int | None = None
    from_start_of_day: bool = False


class Job(msgspec.Struct):
    """One job."""

    identity: str
    query: Query
    snapshot: Snapshot
    watermark: int
    polls_left: int
    submitted: int
    state: str = "QUEUED"
    outcome: str = "FULFILLED"
    numbers: array[int] | None = None


def parse_query(body: dict[str, Any]) -> Query:
    """The body of a submission.

    Raises:
        Problem: 400, where it makes no sense.
    """
    start, separator, end = str(body.get("interval", "")).partition("/")
    try:
        bounds = from_text(start), from_text(end)
    except ValueError:
        raise bad_request("The interval must be two ISO-8601 instants.", "invalid.date") from None
    if not separator or bounds[0] >= bounds[1]:
        raise bad_request("The interval must end after it starts.", "invalid.date")
    order = body.get("order", "asc")
    if (
        order not in {"asc", "desc", "unordered"}
        or body.get("orderBy", "conversationStart") != "conversationStart"
    ):
        raise bad_request("The sandbox orders by conversationStart, asc or desc.", "invalid.value")
    return Query(
        *bounds,
        parse(body.get("conversationFilters") or [], "conversation"),
        parse(body.get("segmentFilters") or [], "segment"),
        order == "desc",
        body.get("limit"),
        bool(body.get("startOfDayIntervalMatching")),
    )


class Jobs:
    """Every job of the sandbox."""

    def __init__(self, organization: Organization, pages: Pages | None = None) -> None:
        """No job was submitted yet; given pre-encoded pages, jobs read those."""
        self._organization = organization
        self._pages = pages
        self._jobs: dict[str, Job] = {}
        self._ids = IdSpace(organization.options.seed, "job")

    @property
    def count(self) -> int:
        """How many jobs were submitted."""
        return len(self._jobs)

    def submit(self, query: Query, watermark: int, outcome: str, extra_polls: int) -> Job:
        """A new job over the data as it is now."""
        organization = self._organization
        job = Job(
            self._ids.encode(len(self._jobs)),
            query,
            organization.snapshot,
            watermark,
            organization.options.job_polls + extra_polls,
            organization.now,
            outcome=outcome,
        )
        self._jobs[job.identity] = job
        return job

    def find(self, identity: str) -> Job:
        """A job by its id.

        Raises:
            Problem: 404, where there is none.
        """
        job = self._jobs.get(identity)
        if job is None:
            raise not_found("job", identity)
        life = self._organization.options.job_life_seconds * 1000
        if job.state == "FULFILLED" and self._organization.now - job.submitted > life:
            job.state = "EXPIRED"
        return job

    def poll(self, job: Job) -> dict[str, Any]:
        """The job's state; every poll brings it on."""
        if job.state in {"QUEUED", "PENDING"}:
            job.state = ("QUEUED" if job.polls_left > 1 else "PENDING") if job.polls_left else job.outcome
            job.polls_left = max(0, job.polls_left - 1)
        status: dict[str, Any] = {"state": job.state, "submissionDate": to_text(job.submitted)}
        if job.state == "FULFILLED":
            life = self._organization.options.job_life_seconds * 1000
            status |= {
                "completionDate": to_text(job.submitted),
                "expirationDate": to_text(job.submitted + life),
            }
        if job.state == "FAILED":
            status |= {
                "completionDate": to_text(job.submitted),
                "errorMessage": "The query could not be completed.",
            }
        return status

    def cancel(self, job: Job) -> None:
        """Nothing comes of the job any more."""
        job.state = "CANCELLED"

    def expire_all(self) -> None:
        """End the life of every job submitted so far."""
        for job in self._jobs.values():
            job.state = "EXPIRED"

    # -- results

    def results(self, job: Job, cursor: str | None, size: int, back: int = 0) -> bytes | memoryview:
        """The body of one page; the last one has no `cursor`. The next one goes back by some rows if told to.

        Raises:
            Problem: 404, where the job has expired; 400, where it has no results or knows no such cursor.
        """
        if job.state == "EXPIRED":
            raise not_found("job", job.identity)
        if job.state != "FULFILLED":
            raise Problem(400, "bad.request", f"The job is {job.state}; it has no results.")
        position = 0 if cursor is None else _read_cursor(cursor, job)
        size = 1 if self._pages is not None else size
        chosen = self._numbers(job)[position : position + size]
        after = position + len(chosen)
        if after == len(self._numbers(job)):
            tail = _tail(job, None)
        else:
            tail = _tail(job, _write_cursor(max(position + 1, after - back), job))
        if self._pages is not None and chosen:
            return self._pages.page(chosen[0], tail)
        rows = [
            row for number in chosen if (row := self._organization.lake_row(number, job.snapshot)) is not None
        ]
        return HEAD + b",".join(rows) + b"]" + tail

    def _numbers(self, job: Job) -> array[int]:
        if job.numbers is None:
            numbers = self._matching(job)
            if job.query.descending:
                numbers.reverse()
            job.numbers = array("q", numbers[: job.query.limit])
        return job.numbers

    def _matching(self, job: Job) -> list[int]:
        query, organization = job.query, self._organization
        if self._pages is not None:
            return self._pages.between(query.start, query.end)
        view = View(job.snapshot.now, job.snapshot.sequence)
        persons = self._persons(query.segment_filters, view)
        numbers = organization.numbers_between(query.start, query.end, view, persons)
        if not (query.conversation_filters or query.segment_filters or query.from_start_of_day):
            return numbers
        return [number for number in numbers if self._passes(number, job)]

    def _passes(self, number: int, job: Job) -> bool:
        query = job.query
        row = self._organization.lake_row(number, job.snapshot)
        if row is None:
            return False
        payload = msgspec.json.decode(row)
        if query.from_start_of_day:
            first_day = query.start - query.start % (24 * 60 * MINUTE)
            if from_text(payload["conversationStart"]) < first_day:
                return False
        view = View(job.snapshot.loaded, job.snapshot.sequence)
        canonical = self._organization.book.canonical_id
        return fits(
            payload, query.conversation_filters, query.segment_filters, lambda each: canonical(each, view)
        )

    def _persons(self, filters: tuple[Filter, ...], view: View) -> set[int] | None:
        """The people a conversation must have to pass, None where the filters do not say."""
        for each in filters:
            found: set[int] = set()
            for predicate in each.walk():
                people = self._people_of(predicate.dimension, predicate.value, view)
                if people is None or predicate.operator != "matches":
                    break
                found |= people
            else:
                return found
        return None

    def _people_of(self, dimension: str, value: str | None, view: View) -> set[int] | None:
        if value is None:
            return None
        if dimension in CONTACTS:
            return self._organization.persons.people_behind(value, view)
        return self._organization.persons.people_at(value) if dimension in PHONES | MAILS else None


def _tail(job: Job, cursor: str | None) -> bytes:
    """What closes a page behind its list of rows."""
    further = b"" if cursor is None else b',"cursor":' + encode(cursor)
    return further + b',"dataAvailabilityDate":' + encode(to_text(job.watermark)) + b"}"


def _write_cursor(position: int, job: Job) -> str:
    """24 characters, as the real ones are."""
    return base64.urlsafe_b64encode(struct.pack(">QQ", position, int(job.identity[:8], 16))).decode()


def _read_cursor(text: str, job: Job) -> int:
    try:
        position, mark = struct.unpack(">QQ", base64.urlsafe_b64decode(text))
    except (ValueError, struct.error):
        raise bad_request("The cursor is not valid.", "invalid.value") from None
    if mark != int(job.identity[:8], 16):
        raise bad_request("The cursor belongs to another job.", "invalid.value")
    return int(position)
