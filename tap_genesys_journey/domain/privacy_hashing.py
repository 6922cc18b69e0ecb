"""Pseudonyms: keyed, one-way ones for the streams, sealed ones for the store."""

from __future__ import annotations

import hashlib
import hmac
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from typing import Final

from tap_genesys_journey.domain.addresses import normalise_text

_BLOCK_BYTES: Final = 64
_REMEMBERED: Final = 32_768
"""Values in each memory; when it is full it begins again, so it does not grow with the history."""

_LONGEST_REMEMBERED: Final = 40
"""Characters; longer texts seldom come twice, and would push the names and numbers out."""

_TAG_BYTES: Final = 16


class Pseudonyms(dict[str, str]):
    """HMAC-SHA256 of texts, in hex; remembers the latest.

    A text is normalised first, as addresses are: every spelling of a phone number has one pseudonym, and
    so has an e-mail in any case, whichever field it stands in. Anything else is stripped of white space
    around it. An empty text stays empty.

    Attributes:
        digest: Gives the HMAC-SHA256 of a text as it is, in hex.
    """

    def __init__(self, key: bytes) -> None:
        """Prepare the key as RFC 2104 says, once instead of for every text."""
        super().__init__()
        padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
        start_inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded)).copy
        start_outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded)).copy

        def digest(text: str) -> str:
            inner, outer = start_inner(), start_outer()
            inner.update(text.encode("utf-8", "replace"))
            outer.update(inner.digest())
            return outer.hexdigest()

        def compute(text: str) -> str:
            normal = normalise_text(text)
            return digest(normal) if normal else text

        self.digest, self._compute = digest, compute

    def __missing__(self, text: str) -> str:
        """Compute, and remember a short one."""
        pseudonym = self._compute(text)
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = pseudonym
        return pseudonym

    def of_each(self, texts: Iterable[str]) -> list[str]:
        """Give the pseudonyms of texts; those too long to be remembered are not looked for."""
        compute = self._compute
        return [self[text] if len(text) <= _LONGEST_REMEMBERED else compute(text) for text in texts]


class Seal:
    """Encrypts addresses for the store, equal ones equally, so that it can compare and the run can read.

    The initialisation vector is a MAC of the text (the SIV construction), the key stream comes from
    SHAKE-256. Neither key nor address can be had from what is stored.
    """

    def __init__(self, key: bytes) -> None:
        """Derive one key for each purpose.

        Args:
            key: Kept in memory alone.
        """
        self._tag_key = hmac.digest(key, b"address tag", "sha256")
        self._stream_key = hmac.digest(key, b"address stream", "sha256")
        self._remembered: dict[str, str] = {}
        self.id = hmac.digest(key, b"address seal", "sha256").hex()[:_TAG_BYTES]

    def seal(self, address: str) -> str:
        """Give the sealed form of an address, in base64: the store compares and moves it all the time."""
        sealed = self._remembered.get(address)
        if sealed is None:
            text = address.encode("utf-8", "replace")
            tag = hmac.digest(self._tag_key, text, "sha256")[:_TAG_BYTES]
            sealed = b2a_base64(tag + self._cipher(tag, text), newline=False).decode()
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[address] = sealed
        return sealed

    def open(self, sealed: str) -> str:
        """Give the address that was sealed under the same key."""
        data = a2b_base64(sealed)
        return self._cipher(data[:_TAG_BYTES], data[_TAG_BYTES:]).decode()

    def _cipher(self, tag: bytes, text: bytes) -> bytes:
        stream = hashlib.shake_256(self._stream_key + tag).digest(len(text))
        return bytes(byte ^ mask for byte, mask in zip(text, stream, strict=True))
