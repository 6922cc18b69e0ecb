"""Pages of a job: told apart as JSON tells them, whatever they hold, with less work."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_genesys_journey.api.job_pages import read_job_page
from tap_genesys_journey.exceptions import ApiError

TEXTS = st.text(max_size=8) | st.sampled_from(
    [',{"id":', '},{"id":"b"}', '"conversations":[{"id":', "]}", "\\"]
)
KEYS = st.sampled_from(["id", "conversations", "x"]) | TEXTS
VALUES = st.recursive(
    TEXTS | st.integers() | st.none(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4) | st.fixed_dictionaries({"id": VALUES, "x": VALUES})


def never():
    """No page that is JSON is asked for again."""
    raise AssertionError


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def given_by(page):
    """What a taker gets who doubts what is not JSON."""
    for raw in page.conversations:
        try:
            msgspec.json.decode(raw, type=msgspec.Raw)
        except msgspec.DecodeError:
            assert not page.conversations.are_whole
            page.conversations.doubt()
        else:
            yield bytes(raw).decode()


def take(page):
    return list(given_by(page))


@given(rows=st.lists(OBJECTS | VALUES, max_size=5), before=OBJECTS, after=OBJECTS)
def test_whatever_a_page_holds_its_conversations_come_as_they_were_sent(rows, before, after):
    envelope = {"x": before, "conversations": rows, "cursor": "c", "y": after}
    sent = [compact(row) for row in rows]

    page = read_job_page(never, compact(envelope).encode())

    assert page.cursor == "c"
    assert take(page) == sent
    assert take(page) == sent
    assert [bytes(raw).decode() for raw in page.conversations.whole()] == sent


def page_of(*rows, space=""):
    return b'{"conversations":[%b],"cursor":"c"}' % f",{space}".join(rows).encode()


def test_conversations_that_begin_alike_are_not_read_to_be_told_apart():
    rows = ['{"id":"a","n":[1,2]}', '{"id":"b"}', '{"id":"c","n":[]}']

    page = read_job_page(never, page_of(*rows))

    assert not page.conversations.are_whole
    assert take(page) == rows
    assert not page.conversations.are_whole
    assert page.size_bytes == len(page_of(*rows))


@pytest.mark.parametrize(
    "rows",
    [
        ['{"id":"a","n":[{"x":1},{"id":"inner"}]}', '{"id":"b"}', '{"id":"c"}'],
        ['{"id":"a"}', '{"x":1,"id":"b"}', '{"id":"c"}'],
        ['{"id":"a"}', '{"id":"b"}', '{"id":"c","n":[0,{"id":"inner"}]}'],
        ['{"id":"a"}', "null", '{"id":"c"}'],
    ],
)
def test_one_that_only_seems_to_begin_is_found_out(rows):
    assert take(read_job_page(never, page_of(*rows))) == rows


@pytest.mark.parametrize("rows", [["{}"], ["null"], ['{"id":1}'], ['{"id":1}', '{"id":2}']])
@pytest.mark.parametrize("inner", ['{"id":null}', '{"id":1}'])
def test_an_array_of_the_same_name_is_not_taken_for_the_conversations(rows, inner):
    other = b'{"conversations":[%b]}' % inner.encode()
    conversations = ",".join(rows).encode()
    for before, after in ((b"0", other), (other, b"0"), (other, other)):
        body = b'{"x":%b,"conversations":[%b],"y":%b}' % (before, conversations, after)

        page = read_job_page(never, body)

        assert take(page) == rows
        assert [bytes(raw).decode() for raw in page.conversations.whole()] == rows


def test_white_space_sends_a_page_to_the_decoder():
    rows = ['{"id": "a"}', '{"id":"b"}']

    page = read_job_page(never, page_of(*rows, space=" "))

    assert page.conversations.are_whole
    assert take(page) == rows


WHOLE = page_of('{"id":"a","text":"é"}', '{"id":"b"}', '{"id":"c","n":{"id":"d"}}')


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_page_that_is_cut_off_anywhere_gives_no_conversation(length):
    with pytest.raises(msgspec.DecodeError):
        read_job_page(never, WHOLE[:length])


@pytest.mark.parametrize(
    "rubbish", ['{"id":"b"', '{"id":"b"}}', '{"id":b}', '{"id":"b"},', '{"id":"b"}{"x":1}']
)
def test_a_page_broken_in_its_middle_is_asked_for_again_and_goes_on_where_it_broke(rubbish):
    rows = ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}', '{"id":"d"}']
    asked = []

    def again():
        asked.append("again")
        return [msgspec.Raw(row.encode()) for row in rows]

    page = read_job_page(again, page_of(rows[0], rubbish, *rows[2:]))

    assert asked == []
    assert take(page) == rows
    assert asked == ["again"]


def test_a_page_that_stays_broken_gives_what_comes_before_and_the_error():
    def again():
        raise ApiError("GET /page: truncated or non-JSON body")

    given = given_by(read_job_page(again, page_of('{"id":"a"}', '{"id":b}', '{"id":"c"}')))

    assert next(given) == '{"id":"a"}'
    with pytest.raises(ApiError, match="GET /page"):
        next(given)


def test_halves_of_characters_are_mended_as_in_any_body():
    rows = [
        b'{"id":"a","n":"\\ud83d\\ude00"}',
        b'{"id":"b","n":"\\ud83d"}',
        b'{"id":"c","n":"\xff"}',
        b'{"id":"d"}',
    ]

    page = read_job_page(never, b'{"conversations":[%b]}' % b",".join(rows))

    mended = [rows[0], b'{"id":"b","n":"\\ufffd"}', '{"id":"c","n":"�"}'.encode(), rows[3]]
    assert take(page) == [row.decode() for row in mended]
