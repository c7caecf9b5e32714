"""Transfer encodings to bytes."""

from __future__ import annotations

import base64
import binascii

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.transfer import decoded


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_decoded_undoes_base64_and_quoted_printable(content: bytes) -> None:
    """Attachments would differ from what was sent."""
    assert decoded(base64.encodebytes(content), "base64") == (content, "")
    assert decoded(binascii.b2a_qp(content, istext=False), "quoted-printable") == (content, "")


@pytest.mark.parametrize(
    ("data", "encoding", "content", "defect"),
    [
        (b"Gr\xc3\xb6", "8bit", b"Gr\xc3\xb6", ""),
        (b"a=b", "7bit", b"a=b", ""),
        (b"hi", "x-strange", b"hi", "unknown transfer encoding 'x-strange': taken as it is"),
        # base64
        (b"JVBE\r\n Rg==\r\n", "base64", b"%PDF", ""),
        (b"JVBERg", "base64", b"%PDF", "cut: base64 ends in the middle"),
        (b"JVBERi0xL", "base64", b"%PDF-1", "cut: base64 ends in the middle"),
        (b"JVBERg=", "base64", b"%PDF", "broken base64"),
        (b"YWJj!!ZGVm", "base64", b"abcdef", "broken base64"),
        (b"YQ==\nYg==", "base64", b"ab", "broken base64"),
        (b"!", "base64", b"", "broken base64"),
        (b"", "base64", b"", ""),
        # quoted-printable
        (b"Gr=C3=B6=\r\n=c3=9fe", "quoted-printable", "Größe".encode(), ""),
        (b"=====", "quoted-printable", b"====", ""),
        (b"a == b =zz", "quoted-printable", b"a == b =zz", ""),
        (b"padded  \t\r\nnext", "quoted-printable", b"padded\r\nnext", ""),
        (b"soft= \nbreak", "quoted-printable", b"softbreak", ""),
        (b"end=", "quoted-printable", b"end", ""),
        (b"Gr=C3=B", "quoted-printable", b"Gr\xc3=B", "cut: quoted-printable ends in the middle"),
        # uuencode
        (b"begin 644 a.txt\n#0V%T\n`\nend\n", "x-uuencode", b"Cat", ""),
        (b"begin 644 a.txt\n#0V%T\n", "uuencode", b"Cat", "cut: uuencoding without its end"),
    ],
)
def test_decoded_reads_as_far_as_it_goes_and_names_the_damage(
    data: bytes, encoding: str, content: bytes, defect: str
) -> None:
    """A cut attachment would pass for whole, or a damaged one would be lost."""
    assert decoded(data, encoding) == (content, defect)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "8bit", "zip"]))
def test_decoded_never_raises(data: bytes, encoding: str) -> None:
    """One damaged part would end the import."""
    content, defect = decoded(data, encoding)
    assert isinstance(content, bytes)
    assert isinstance(defect, str)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("hostile", [b" ", b"=", b"= ", b"=\n", b"\t\n", b"=A"])
def test_decoded_takes_hostile_bytes_in_linear_time(hostile: bytes) -> None:
    """A mail of spaces would hold up the import for hours."""
    data = hostile * (500_000 // len(hostile))
    assert len(decoded(data, "quoted-printable")[0]) <= len(data)
    assert decoded(data, "base64")[0] is not None
