"""What a provider says of a mail beside its ids: keys that one conversation shares, and labels.

Comes in: the header block. Goes out: keys and labels in words; what is malformed is no hint. Whether a key joins
is decided where conversations are made.
"""

from __future__ import annotations

import re

from producer.encoding import one_line
from producer.headers import Block
from producer.words import base64_bytes, decode_words

#: A Thread-Index is a byte 1, 5 bytes of time, 16 of GUID, and 5 for each answer ([MS-OXOMSG] §2.2.1.3).
_GUID = slice(6, 22)
_HEAD_BYTES = 22
_ANSWER_BYTES = 5
_MAX_LABELS = 100
_MAX_LABEL_CHARS = 225  # Gmail's own limit
_LABEL = re.compile(r'"((?:\\.|[^"\\])*)"|([^",]+)')
_THREAD_ID = re.compile(rb"\d{1,20}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")


def thread_keys(block: Block) -> tuple[str, ...]:
    """Return the keys that the mails of one conversation share: `gmail:…` (X-GM-THRID), `exchange:…` (Thread-Index)."""
    keys: list[str] = []
    gmail = block.first(b"x-gm-thrid").strip()
    if _THREAD_ID.fullmatch(gmail):
        keys.append(f"gmail:{int(gmail)}")
    if guid := _guid(block.first(b"thread-index")):
        keys.append(f"exchange:{guid.hex()}")
    return tuple(keys)


def _guid(value: bytes) -> bytes:
    if not _BASE64.fullmatch(value):
        return b""
    index = base64_bytes(value.decode("ascii"))
    sound = len(index) >= _HEAD_BYTES and index[0] == 1 and (len(index) - _HEAD_BYTES) % _ANSWER_BYTES == 0
    return index[_GUID] if sound and any(index[_GUID]) else b""


def labels(block: Block, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return a provider's labels, each once, in order: those *known* from its API, then those of X-Gmail-Labels
    (Takeout) and X-GM-LABELS.
    """
    found = dict.fromkeys(known)
    for name in (b"x-gmail-labels", b"x-gm-labels"):
        if name in block.fields:
            for quoted, bare in _LABEL.findall(decode_words(block.text(name))):
                label = one_line(re.sub(r"\\(.)", r"\1", quoted) if quoted else bare)[:_MAX_LABEL_CHARS]
                if label:
                    found[label] = None
    return tuple(found)[:_MAX_LABELS]
