"""How well new text is told from quotes, beside quotequail and mail-parser-reply, and what it saves over Enron.

Run: python tests/benchmarks/new_text.py CORPORA [--limit MAILS]
The other two are compared where they are installed: pip install quotequail==0.5.4 mail-parser-reply==1.36
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType

from consumer.analysis.new_text import passages_of, segments, slices
from consumer.analysis.said import Said
from producer.html import text_of
from schemas.chain import Chain
from tests import talon
from tests.benchmarks.figures import Figure, as_text, machine
from tests.mail_files import chains_of, emails_of

_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "fi", "cs", "ja", "ko", "zh"]
_GOAL_TEXTS, _GOAL_HTML = 11, 8


@dataclass(frozen=True)
class Reader:
    """Somebody's way to tell new text from the rest."""

    name: str
    answer: Callable[[talon.Fixture], str]


def own_text(text: str) -> str:
    """Return what the writer of *text* wrote himself, by ours."""
    return slices(text, ((one.start, one.end) for one in segments(text, Said()) if one.kind == "new"))


def readers() -> Iterator[Reader]:
    """Yield ours, and the others that are installed; name those that are not."""
    yield Reader("ours", lambda fixture: own_text(fixture.text))
    quotequail = _installed("quotequail")
    if quotequail:
        yield Reader("quotequail", lambda fixture: _by_quotequail(quotequail, fixture))
    replies = _installed("mailparser_reply")
    if replies:
        parser = replies.EmailReplyParser(languages=_LANGUAGES)
        yield Reader("mail-parser-reply", lambda fixture: str(parser.parse_reply(text=fixture.text) or ""))


def _installed(module: str) -> ModuleType | None:
    try:
        return importlib.import_module(module)
    except ImportError:
        print(f"{module} is not installed: it is left out of the comparison.")
        return None


def _by_quotequail(quotequail: ModuleType, fixture: talon.Fixture) -> str:
    if fixture.html is not None:
        parts = quotequail.unwrap_html(fixture.html) or {}
        return text_of(str(parts["html_top"]))[0] if parts.get("html_top") else fixture.text
    parts = quotequail.unwrap(fixture.text) or {}
    return str(parts.get("text_top") or parts.get("text_bottom") or fixture.text)


def fixtures(folder: Path) -> Iterator[Figure]:
    """Yield how many of talon's fixtures each reader gets exactly."""
    sets = {"texts": talon.texts, "HTML parts": talon.html_parts, "HTML files": talon.html_files}
    for reader in readers():
        for name, read in sets.items():
            cases = list(read(folder))
            exact = [case.name for case in cases if case.is_exact(reader.answer(case))]
            missed = sorted({case.name for case in cases} - set(exact))
            said = f"{reader.name}: exact of {len(cases)} {name}" + (f" (not: {', '.join(missed)})" if missed else "")
            goal = {"texts": _GOAL_TEXTS, "HTML files": _GOAL_HTML}.get(name) if reader.name == "ours" else None
            yield Figure(said, len(exact), goal=goal, digits=0)


def savings(name: str, chains: list[Chain]) -> Iterator[Figure]:
    """Yield what of the texts is shown to a model, and what the rest is."""
    raw = sum(len(email.text) for chain in chains for email in chain.emails)
    shown: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    started_s = time.process_time()
    for chain in chains:
        for passages in passages_of(chain).values():
            shown.update({"shown": sum(one.end - one.start for one in passages)})
    took_s = time.process_time() - started_s
    heads = named = 0
    for chain in chains:
        earlier = Said()
        for email in chain.emails:
            for one in segments(email.text, earlier, email.written_on):
                kind = "known" if one.is_known else "head" if one.is_head else one.kind
                kinds[kind] += one.end - one.start
                heads += one.is_head and not one.is_known
                named += bool(
                    one.is_head and not one.is_known and one.quoted and one.quoted.sender and one.quoted.sent_on
                )
            earlier.add(email.text)
    emails = sum(len(chain.emails) for chain in chains)
    yield Figure(f"{name}: emails in {len(chains)} chains", emails, digits=0)
    yield Figure(f"{name}: characters of the texts", raw, digits=0)
    yield Figure(f"{name}: saved in the prompt", 100 * (1 - shown["shown"] / raw), "%")
    yield from (Figure(f"{name}: of it {kind}", 100 * size / raw, "%") for kind, size in kinds.most_common())
    yield Figure(f"{name}: heads of unseen mail with sender and day", 100 * named / max(1, heads), "%")
    yield Figure(f"{name}: speed", emails / took_s, "emails/s", digits=0)


def speeds(texts: list[str]) -> Iterator[Figure]:
    """Yield how many texts a second each reader does, of processor time."""
    for reader in readers():
        started_s = time.process_time()
        for text in texts:
            reader.answer(talon.Fixture(name="", text=text, expected=()))
        yield Figure(
            f"{reader.name}: speed over the same texts", len(texts) / (time.process_time() - started_s), "/s", digits=0
        )


def _chains(folder: Path, pattern: str, limit: int) -> list[Chain]:
    files = (path for path in sorted(folder.rglob(pattern)) if path.is_file())
    return chains_of(emails_of(path.read_bytes() for path in islice(files, limit)))


def inline(chains: Iterable[Chain]) -> list[Chain]:
    """Return the emails of *chains* as one chain a base subject: what a guarded merge of all would give at most."""
    by_subject: dict[str, list[Chain]] = {}
    for chain in chains:
        subject = chain.subject.lower()
        while subject.startswith(("re:", "fw:", "fwd:")):
            subject = subject.partition(":")[2].strip()
        by_subject.setdefault(subject, []).append(chain)
    merged = []
    for same in by_subject.values():
        emails = sorted((email for chain in same for email in chain.emails), key=lambda email: str(email.sent_at))
        merged.append(same[0].model_copy(update={"emails": tuple(emails)}))
    return merged


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpora", type=Path)
    arguments.add_argument("--limit", type=int, default=2_000, help="so many mails of each corpus (2,000)")
    given = arguments.parse_args()
    print(machine())
    figures = list(fixtures(given.corpora / "talon_fixtures"))
    enron = _chains(given.corpora / "enron_berkeley_labelled", "*.txt", given.limit)
    figures += savings("Enron", enron)
    figures += savings("Enron, one chain a subject", inline(enron))
    figures += savings("easy_ham", _chains(given.corpora / "spamassassin/easy_ham", "*", given.limit))
    figures += speeds([email.text for chain in enron[:400] for email in chain.emails])
    print(as_text(figures))


if __name__ == "__main__":
    main()
