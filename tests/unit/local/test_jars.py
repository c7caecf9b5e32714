"""The list of jars, and how they are fetched from a repository that may be slow, wrong or away."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chainmail.local import jars
from chainmail.local.cache import part_of
from chainmail.local.errors import StackError
from chainmail.local.jars import Jar

pytest.importorskip("maven_artifact", reason="pip install 'chainmail[local]'")


@dataclass
class Repository:
    """A Maven repository on this host: what it has, and what it was asked for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, artifact: str, body: bytes) -> Jar:
        """Offer a jar of the group `org.example` in version 1.0."""
        self.files[f"/org/example/{artifact}/1.0/{artifact}-1.0.jar"] = body
        return Jar(coordinates=f"org.example:{artifact}:1.0", sha256=hashlib.sha256(body).hexdigest())


@pytest.fixture
def repository() -> Iterator[Repository]:
    """Serve an empty repository on the loopback interface."""
    found = Repository()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            body = found.files.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def test_wanted_lists_the_46_jars_of_kafka_under_distinct_names() -> None:
    """Without the whole closure, or with two jars under one file name, the broker would miss classes."""
    names = [jar.file_name for jar in jars.wanted()]
    assert len(names) == len(set(names)) == 46
    assert {f"kafka_2.13-{jars.KAFKA_VERSION}.jar", "log4j-slf4j-impl-2.25.4.jar"} <= set(names)


@pytest.mark.parametrize("line", ["abc  g:a:1", f"{'0' * 64} g:a:1", f"{'0' * 64}  g:a"])
def test_parse_list_refuses_a_damaged_line_by_its_number(line: str) -> None:
    """A jar whose hash was cut off would be fetched unchecked."""
    with pytest.raises(StackError, match="line 2"):
        jars.parse_list(f"{'0' * 64}  g:a:1\n{line}\n")


def test_fetch_brings_every_jar_once(repository: Repository, tmp_path: Path) -> None:
    """The second start would fetch again, or need the network."""
    wanted = [repository.add("one", b"1"), repository.add("two", b"22")]
    steps: list[tuple[str, int, int]] = []
    for _ in range(2):
        jars.fetch(lambda *step: steps.append(step), place=tmp_path, jars=wanted, repository=repository.url)
    assert [(tmp_path / jar.file_name).read_bytes() for jar in wanted] == [b"1", b"22"]
    assert len(repository.asked) == 2
    assert steps == [("jars", 0, 2), ("jars", 1, 2), ("jars", 2, 2)]


def test_fetch_prints_nothing(repository: Repository, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Stdout belongs to data: a line of the downloader would break `--json`."""
    jars.fetch(place=tmp_path, jars=[repository.add("one", b"1")], repository=repository.url)
    assert capfd.readouterr().out == ""


def test_fetch_refuses_a_jar_with_a_wrong_hash(repository: Repository, tmp_path: Path) -> None:
    """A changed jar would run with the user's rights."""
    good = repository.add("one", b"as published")
    repository.add("one", b"changed on the way")
    with pytest.raises(StackError, match="wrong checksum"):
        jars.fetch(place=tmp_path, jars=[good], repository=repository.url)
    assert not (tmp_path / good.file_name).exists()


def test_fetch_goes_on_where_it_was_interrupted(repository: Repository, tmp_path: Path) -> None:
    """An interrupted first start would fetch 45 MB from the beginning, or take half a jar for a whole one."""
    kept, halved = repository.add("one", b"1"), repository.add("two", b"22")
    (tmp_path / kept.file_name).write_bytes(b"1")
    part_of(tmp_path / halved.file_name).write_bytes(b"2")
    jars.fetch(place=tmp_path, jars=[kept, halved], repository=repository.url)
    assert (tmp_path / halved.file_name).read_bytes() == b"22"
    assert repository.asked == ["/org/example/two/1.0/two-1.0.jar"]


def test_fetch_says_what_to_do_without_a_network(tmp_path: Path) -> None:
    """A newcomer behind a proxy would see a traceback."""
    jar = Jar(coordinates="org.example:one:1.0", sha256="0" * 64)
    with pytest.raises(StackError, match="check the network"):
        jars.fetch(place=tmp_path, jars=[jar], repository="http://127.0.0.1:1", pause_s=0)
