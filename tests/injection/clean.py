"""`python -m tests.injection.clean`: in how many honest mails code finds an order to their reader.

Each is a passage that bears no claim although nobody meant harm. Prints a Markdown table, and the files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

from consumer.analysis.instructions import instructions
from producer.parse import parse
from schemas.chain import Email

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
#: By corpus: its files of mail.
_FILES = {
    "enron_berkeley_labelled": "*.txt",
    "spamassassin/easy_ham": "*",
    "spamassassin/hard_ham": "*",
    "notmuch": "*",
}


def orders_in(path: Path) -> int | None:
    """Return how many orders stand in the mail in the file *path*; None where it holds none, or one that is no text."""
    email = parse(path.read_bytes())
    if not isinstance(email, Email):
        return None
    return sum(len(instructions(text)) for text in (email.subject, email.text))


def files(corpus: str) -> Iterator[Path]:
    """Yield the files of *corpus* in their order."""
    yield from (path for path in sorted((_CORPORA / corpus).rglob(_FILES[corpus])) if path.is_file())


def main() -> int:
    """Print the table, and in which files orders were found."""
    print("| corpus | mails | with an order |\n| --- | --- | --- |")
    mails, found = 0, []
    with Pool() as pool:
        for corpus in _FILES:
            paths = list(files(corpus))
            counts = pool.map(orders_in, paths, chunksize=50)
            here = [path for path, count in zip(paths, counts, strict=True) if count]
            total = sum(count is not None for count in counts)
            print(f"| {corpus} | {total} | {len(here)} |")
            mails, found = mails + total, found + here
    print(f"| all | {mails} | {len(found)} |")
    print("\n".join(str(path.relative_to(_CORPORA)) for path in found), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
