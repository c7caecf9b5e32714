"""The figures of ingest: import against notmuch and mu, memory, the same again, one mail that arrives.

Run: python tests/benchmarks/ingest.py [NAME…] [--copies 20] [--markdown]
Each copy is the mail of ../shared/corpora/spamassassin/easy_ham (2,500 files) with ids of its own.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks import import_rate, live_arrival
from tests.benchmarks.figures import Figure, as_markdown, as_text, machine
from tests.benchmarks.ground import Ground, make_maildir
from tests.servers.kafka import kafka

#: In this order: those behind `import` use the ledger that it fills; `live` adds mail to it and to the Maildir.
BENCHMARKS: dict[str, Callable[[Ground], list[Figure]]] = {
    "import": import_rate.first_import,
    "peers": import_rate.peers,
    "again": import_rate.again,
    "live": live_arrival.maildir,
}
_CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "spamassassin" / "easy_ham"


def main() -> None:
    """Measure what is named (without names: all) and print the table."""
    arguments = _arguments()
    if not arguments.mail.is_dir():
        raise SystemExit(f"no mail in {arguments.mail}: name a folder of it with --mail")
    found: list[Figure] = []
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=arguments.folder)))
        maildir = arguments.maildir or folder / "maildir"
        files = make_maildir(arguments.mail, maildir, arguments.copies)
        bootstrap = opened.enter_context(kafka(folder / "kafka"))
        measured_on, ground = machine(), Ground(folder, maildir, bootstrap, files)
        for name, measure in BENCHMARKS.items():
            if name in arguments.names or not arguments.names or name == "import":
                started_s = time.monotonic()
                found += measure(ground)
                print(f"{name}: {time.monotonic() - started_s:.0f} s", flush=True)
    print(f"\n{measured_on}\n")
    print(as_markdown(found) if arguments.markdown else as_text(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ", ".join(BENCHMARKS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {names}; all unless given; import always")
    parser.add_argument("--copies", type=int, default=20, help="how often the mail is copied (20: 50,000 files)")
    parser.add_argument("--mail", type=Path, default=_CORPUS, help="the folder of mail that is copied")
    parser.add_argument("--maildir", type=Path, help="where the copies are kept for another run; there: used as it is")
    parser.add_argument("--folder", type=Path, help="where ledger, indexes and broker work (some GB at 200 copies)")
    parser.add_argument("--markdown", action="store_true", help="print the table for docs/ingest.md")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    main()
