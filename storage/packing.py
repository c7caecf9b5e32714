"""Bytes for the ledger, zstd-compressed."""

from __future__ import annotations

import threading

import zstandard

_LEVEL = 3
#: Contexts are made once a thread: making one costs as much as packing a mail.
_OWN = threading.local()


def pack(data: bytes) -> bytes:
    """Return *data* zstd-compressed."""
    if not hasattr(_OWN, "compressor"):
        _OWN.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    packed: bytes = _OWN.compressor.compress(data)
    return packed


def unpack(data: bytes) -> bytes:
    """Return the bytes that `pack` was given."""
    if not hasattr(_OWN, "decompressor"):
        _OWN.decompressor = zstandard.ZstdDecompressor()
    unpacked: bytes = _OWN.decompressor.decompress(data)
    return unpacked
