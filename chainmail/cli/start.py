"""The entry point. It loads nothing by itself: processes that work beside a command load its entry point as well."""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends the process with the exit code."""
    from chainmail.cli.app import main as run

    run()
