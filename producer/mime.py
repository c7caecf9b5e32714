"""The body of a mail: bytes to a tree of parts (RFC 2045, 2046); never raises, bounded in depth and number.

Comes in: the header block of a mail with its bytes. Goes out: a tree with transfer-decoded bytes in its leaves;
nothing is decoded to text here. Own code, because the parsers at hand refuse a whole mail for one bad part, or do not
say that the end of a mail is missing; and a mail is not scanned twice for its headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from producer.content_type import media_type
from producer.headers import Block, split
from producer.transfer import decoded
from schemas.chain import CUT

#: No mailer nests deeper; what lies below is counted as damage.
MAX_DEPTH = 100
#: No mailer writes more; the rest is counted as damage.
MAX_PARTS = 1_000
#: Lines that begin like a boundary and are none: who writes more of them wants to hold us up.
_MAX_LOOKALIKES = 100_000
#: White space behind a boundary (RFC 2046 §5.1.1) and its line end.
_MAX_REST_BYTES = 200
#: What takes its word for another mail (RFC 2046 §5.2.1, RFC 6532).
_MAILS = frozenset({"message/rfc822", "message/global", "message/news"})
_TOO_DEEP = f"parts nested more than {MAX_DEPTH} deep were not read"
_TOO_MANY = f"more than {MAX_PARTS} parts: the rest was not read"
_UNCLOSED = f"{CUT} the last boundary of a multipart is missing"
_NO_BOUNDARY = f"{CUT} a multipart without its boundaries"
_OTHER_BOUNDARY = "a multipart with another boundary than it says"
#: A line that can only be a boundary: the headers of a part follow it.
_BOUNDARY_LINE = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=Content-)", re.MULTILINE | re.IGNORECASE)
_MAX_NAME_CHARS = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A node of the MIME tree (RFC 2045): a leaf has `content`, a container `children`."""

    content_type: str
    charset: str = ""
    filename: str = ""
    is_attachment: bool = False
    is_inline: bool = False
    is_flowed: bool = False
    deletes_spaces: bool = False
    content: bytes = b""
    children: tuple[Part, ...] = ()
    defects: tuple[str, ...] = ()


@dataclass
class _Budget:
    """How many parts may still be read."""

    parts: int = MAX_PARTS


def tree(block: Block) -> Part:
    """Return the MIME tree of the mail of *block*; never raises."""
    return _part(block, 0, _Budget(), "text/plain")


def _part(block: Block, depth: int, budget: _Budget, default_type: str) -> Part:
    content_type, parameters = media_type(block.first(b"content-type"))
    content_type = content_type if "/" in content_type else default_type
    budget.parts -= 1
    if content_type.startswith("multipart/"):
        return _multipart(block, content_type, parameters.get("boundary", ""), depth, budget)
    if content_type in _MAILS:
        return _mail(block, content_type, depth, budget)
    return _leaf(block, content_type)


def _leaf(block: Block, content_type: str) -> Part:
    encoding = block.first(b"content-transfer-encoding")
    content, defect = decoded(block.body, _word(encoding)) if encoding else (block.body, "")
    parameters = media_type(block.first(b"content-type"))[1]
    disposition, attributes = media_type(block.first(b"content-disposition"))
    return Part(
        content_type=content_type,
        charset=parameters.get("charset", ""),
        filename=(attributes.get("filename") or parameters.get("name", ""))[:_MAX_NAME_CHARS],
        is_attachment=disposition == "attachment",
        is_inline=disposition != "attachment" and (disposition == "inline" or b"content-id" in block.fields),
        is_flowed=parameters.get("format", "").lower() == "flowed",
        deletes_spaces=parameters.get("delsp", "").lower() == "yes",
        content=content,
        defects=(defect,) if defect else (),
    )


def _word(encoding: bytes) -> str:
    return encoding.decode("ascii", "replace").partition(";")[0].partition("(")[0].strip().strip("\"'").lower()


def _mail(block: Block, content_type: str, depth: int, budget: _Budget) -> Part:
    """Return a forwarded mail as one child; some mailers code it against the rules."""
    if depth >= MAX_DEPTH or budget.parts <= 0:
        return Part(content_type=content_type, defects=(_TOO_DEEP if budget.parts > 0 else _TOO_MANY,))
    encoding = _word(block.first(b"content-transfer-encoding"))
    if encoding in {"base64", "quoted-printable"}:
        content, defect = decoded(block.body, encoding)
        inner = split(content)
    else:
        inner, defect = split(block.raw, block.body_start, block.end), ""
    child = _part(inner, depth + 1, budget, "text/plain")
    return Part(content_type=content_type, children=(child,), defects=(defect,) if defect else ())


def _multipart(block: Block, content_type: str, boundary: str, depth: int, budget: _Budget) -> Part:
    if depth >= MAX_DEPTH:
        return Part(content_type=content_type, defects=(_TOO_DEEP,))
    default_type = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
    spans, defects = _spans(block, boundary.encode("utf-8", "replace"))
    children: list[Part] = []
    for start, end in spans or ():
        if budget.parts <= 0:
            return Part(content_type=content_type, children=tuple(children), defects=(_TOO_MANY,))
        children.append(_part(split(block.raw, start, end), depth + 1, budget, default_type))
    if not children:
        defects = (_NO_BOUNDARY,)
        children = [_leaf(Block(raw=block.raw, fields={}, body_start=block.body_start, end=block.end), "text/plain")]
    elif spans is not None and not spans.closed:
        defects = (*defects, _UNCLOSED)
    return Part(content_type=content_type, children=tuple(children), defects=defects)


def _spans(block: Block, boundary: bytes) -> tuple[_Spans | None, tuple[str, ...]]:
    """Return the spans between the boundary lines, by another boundary where the one that is announced never stands."""
    if boundary and block.raw.find(b"--" + boundary, block.body_start, block.end) >= 0:
        return _Spans(block, boundary), ()
    found = _BOUNDARY_LINE.search(block.raw, block.body_start, block.end)
    return (_Spans(block, found[1]), (_OTHER_BOUNDARY,)) if found else (None, ())


class _Spans:
    """Where the parts between the boundary lines of a multipart begin and end; `closed` once the last line was seen."""

    def __init__(self, block: Block, boundary: bytes) -> None:
        self._raw, self._start, self._end = block.raw, block.body_start, block.end
        self._mark = b"--" + boundary
        self.closed = False

    def __iter__(self) -> Iterator[tuple[int, int]]:
        begin: int | None = None
        for line, after, is_last in self._lines():
            if begin is not None:
                yield begin, max(begin, self._without_line_end(line, begin))
            self.closed = is_last
            if is_last:
                return
            begin = after
        if begin is not None and begin < self._end:
            yield begin, self._end

    def _lines(self) -> Iterator[tuple[int, int, bool]]:
        """Yield (where the line begins, where the next one begins, whether it is the last) of each boundary line."""
        at = self._start
        for _ in range(_MAX_LOOKALIKES):
            at = self._raw.find(self._mark, at, self._end)
            if at < 0:
                return
            rest_start = at + len(self._mark)
            if at > self._start and self._raw[at - 1] != ord("\n"):
                at = rest_start
                continue
            after = self._raw.find(b"\n", rest_start, self._end)
            after = self._end if after < 0 else after + 1
            rest = self._raw[rest_start : min(after, rest_start + _MAX_REST_BYTES)].rstrip()
            if rest in {b"", b"--"}:
                yield at, after, rest == b"--"
            at = after

    def _without_line_end(self, line: int, begin: int) -> int:
        """The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1)."""
        end = line - 1 if line > begin and self._raw[line - 1] == ord("\n") else line
        return end - 1 if end > begin and self._raw[end - 1] == ord("\r") else end
