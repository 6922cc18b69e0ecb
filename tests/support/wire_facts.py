"""Small questions about a conversation payload of the platform surface, asked plainly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]


def sessions(row: Row) -> Iterator[tuple[Row, Row]]:
    for participant in row["participants"]:
        for session in participant["sessions"]:
            yield participant, session


def segments(row: Row) -> Iterator[tuple[Row, Row, Row]]:
    for participant, session in sessions(row):
        for segment in session["segments"]:
            yield participant, session, segment


def purposes(row: Row) -> list[str]:
    return [participant["purpose"] for participant in row["participants"]]


def kinds(row: Row, purpose: str) -> list[str]:
    return [
        segment["segmentType"]
        for participant, _, segment in segments(row)
        if participant["purpose"] == purpose
    ]


def open_kinds(row: Row, purpose: str) -> list[str]:
    return [
        segment["segmentType"]
        for participant, _, segment in segments(row)
        if participant["purpose"] == purpose and "segmentEnd" not in segment
    ]


def disconnects(row: Row) -> set[str]:
    return {segment.get("disconnectType", "") for _, _, segment in segments(row)}


def contacts(row: Row) -> list[str]:
    return [part["externalContactId"] for part in row["participants"] if "externalContactId" in part]


def media(row: Row) -> str:
    return str(row["participants"][0]["sessions"][0]["mediaType"])
