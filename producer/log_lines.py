"""Lines of our logs that name forgotten mail: overwritten where they stand.

The files keep their lengths, because other processes append to them meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

#: How a line begins that is not the continuation of the one before it.
_BEGINNING = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
#: The coordinates of a record, as logs write them.
_RECORD = re.compile(rb"[^\s/:]+/\d+/\d+")
_INGEST = "ingest.log"


def blank(folder: Path, sources: Collection[str], records: Collection[str]) -> int:
    """Blank the lines that begin with one of *sources* in the log of the ingest, and those of *records* in all others.

    A line that names a record may go on over the next ones. Returns how many lines that were.
    """
    named = {source.encode("utf-8", "backslashreplace") for source in sources}
    told = {record.encode() for record in records}
    count = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        spans = _of_ingest(path, named) if path.name.startswith(_INGEST) else _of_records(path, told)
        found = list(spans)
        if found:
            with path.open("r+b") as file:
                for start, length in found:
                    file.seek(start)
                    file.write(b" " * length)
        count += len(found)
    return count


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    start = 0
    with path.open("rb") as file:
        for line in file:
            yield start, line.rstrip(b"\r\n")
            start += len(line)


def _of_ingest(path: Path, sources: Collection[bytes]) -> Iterator[tuple[int, int]]:
    for start, line in _lines(path):
        if any(line[: found.start()] in sources for found in re.finditer(rb": ", line)):
            yield start, len(line)


def _of_records(path: Path, records: Collection[bytes]) -> Iterator[tuple[int, int]]:
    is_named = False
    for start, line in _lines(path):
        if _BEGINNING.match(line):
            is_named = any(word in records for word in _RECORD.findall(line))
        if is_named and line.strip():
            yield start, len(line)
