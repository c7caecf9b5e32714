"""The broker's jars: Apache Kafka 4.3.1 and its log binding, fetched once from the Maven repository.

The list beside this file names every jar with its SHA-256; deploy/broker says how it is made.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from chainmail.local.cache import Progress, cache_folder, fetching_into, is_there, part_of, settle, silent
from chainmail.local.errors import EXTRA_MISSING, StackError

KAFKA_VERSION = "4.3.1"
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<group>[^:\s]+):(?P<artifact>[^:\s]+):(?P<version>[^:\s]+)")
_THREADS = 8
_TRIES = 3
_TIMEOUT_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Jar:
    """One jar: Maven coordinates `group:artifact:version` and the SHA-256 of its bytes."""

    coordinates: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the Maven repository, and in the cache."""
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"


def parse_list(text: str) -> tuple[Jar, ...]:
    """Return the jars of a list with lines `sha256  group:artifact:version`.

    Raises:
        StackError: A line is something else.
    """
    return tuple(_parse_line(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _parse_line(number: int, line: str) -> Jar:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise StackError(f"jars.sha256 line {number} is not `sha256  group:artifact:version`: install chainmail again")
    return Jar(coordinates=f"{match['group']}:{match['artifact']}:{match['version']}", sha256=match["sha256"])


def wanted() -> tuple[Jar, ...]:
    """Return the jars of the embedded broker."""
    return parse_list((resources.files("chainmail.local") / "jars.sha256").read_text("ascii"))


def folder() -> Path:
    """Return the folder of the jars in the user's cache."""
    return cache_folder(f"kafka-{KAFKA_VERSION}")


def missing(place: Path, jars: Sequence[Jar]) -> list[Jar]:
    """Return the jars that are not in *place* yet."""
    return [jar for jar in jars if not is_there(place / jar.file_name)]


def fetch(
    on_progress: Progress = silent,
    *,
    place: Path | None = None,
    jars: Sequence[Jar] | None = None,
    repository: str | None = None,
    pause_s: float = 1.0,
) -> Path:
    """Fetch what is missing and return the folder of the jars; nothing is fetched a second time.

    Args:
        on_progress: Told `jars`, done, total.
        place: Folder; by default in the user's cache.
        jars: What to fetch; by default the embedded broker's.
        repository: Base address of a Maven repository; by default maven-artifact's own (Maven Central).
        pause_s: Between the tries of one jar.

    Raises:
        StackError: No network, a wrong hash, or the `local` extra is missing.
    """
    place, jars = place or folder(), wanted() if jars is None else jars
    if not missing(place, jars):
        return place
    downloader = _downloader(repository)
    with fetching_into(place):
        todo = missing(place, jars)
        _fetch_all(
            downloader, place, todo, pause_s, lambda done: on_progress("jars", len(jars) - len(todo) + done, len(jars))
        )
    return place


def _downloader(repository: str | None) -> Any:
    try:
        from maven_artifact import Downloader
    except ImportError as error:
        raise StackError(EXTRA_MISSING.format(name="maven-artifact")) from error
    return Downloader(repository) if repository else Downloader()


def _fetch_all(downloader: Any, place: Path, todo: Sequence[Jar], pause_s: float, on_done: Any) -> None:
    on_done(0)
    with ThreadPoolExecutor(_THREADS, "fetch") as pool:
        futures = [pool.submit(_fetch_one, downloader, place, jar, pause_s) for jar in todo]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                on_done(done)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _fetch_one(downloader: Any, place: Path, jar: Jar, pause_s: float) -> None:
    from maven_artifact import Artifact

    target = place / jar.file_name
    url = downloader.resolver.uri_for_artifact(Artifact.parse(jar.coordinates))
    for attempt in range(1, _TRIES + 1):
        try:
            _write(downloader, url, part_of(target))
            break
        except OSError as error:
            if attempt == _TRIES:
                raise StackError(
                    f"cannot fetch {jar.coordinates} from {url} ({error}): check the network (and HTTPS_PROXY), "
                    "then give the same command again; what was fetched is kept"
                ) from error
            time.sleep(pause_s)
    settle(target, jar.sha256, url)


def _write(downloader: Any, url: str, part: Path) -> None:
    """Stream *url* to *part*.

    `Downloader.download` is not used: it prints to stdout, which belongs to data, and has no time-out.
    """
    with downloader.requestor.request(url, None, stream=True, timeout=_TIMEOUT_S) as response, part.open("wb") as file:
        for block in response.iter_content(1 << 16):
            file.write(block)
