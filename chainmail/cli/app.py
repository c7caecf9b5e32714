"""The command `chainmail`: its subcommands, and what every error means for the exit code."""

from __future__ import annotations

import sys

import typer
from sqlalchemy.exc import DBAPIError

from chainmail.cli import compare, conversations, database, dead_letters, reanalyse, results, servers, work
from chainmail.cli.configured import settings
from chainmail.cli.demo import demo
from chainmail.cli.evaluate import HELP as HOW_TO_EVALUATE
from chainmail.cli.evaluate import evaluate
from chainmail.cli.forget import forget
from chainmail.cli.speech import Exit, Stop, say
from chainmail.local.errors import HomeBusyError, StackError
from chainmail.records import BrokerUnreachableError
from chainmail.settings import SettingsError
from consumer.evaluation.cases import SetError
from consumer.evaluation.fitting import FitError
from producer.sources.imap.errors import MailServerUnreachableError
from producer.sources.source import SourceError
from storage import trouble
from storage.engine import ForeignDatabaseError
from storage.migrate import OutdatedDatabaseError

_HELP = """Turn a company's email into decisions: chains of mail, analysed by a local LLM, with evidence.

\b
First:      chainmail demo
Your mail:  chainmail run ~/Maildir --workers 3 --db ./mail.db

The model is llama3.2:3b of an Ollama on this host, unless something else is set; --no-llm does without one.
Settings come from flags, then CHAINMAIL_* (CHAINMAIL_DB, CHAINMAIL_MODEL_SERVER=ollama|openai|embedded|none,
CHAINMAIL_MODEL_URL, CHAINMAIL_MODEL, CHAINMAIL_KAFKA_BOOTSTRAP, …), then ./chainmail.toml: `chainmail settings`
lists them all.

Exit codes: 0 done, 1 finished with failures, 2 wrong usage or settings, 3 a dependency is not reachable,
130 interrupted.
"""

#: Plain help keeps examples as they are written, and wraps the rest at any width.
app = typer.Typer(
    help=_HELP, rich_markup_mode=None, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.command()(demo)
app.command()(work.run)
app.command()(servers.up)
app.command()(servers.down)
app.command()(servers.doctor)
app.command()(settings)
app.command()(work.ingest)
app.command()(work.work)
app.command()(results.status)
app.add_typer(conversations.chains, name="chains")
app.command()(conversations.rebuild_chains)
app.command()(results.show)
app.command()(results.trace)
app.command()(reanalyse.reanalyse)
app.command()(compare.analysers)
app.command()(compare.compare)
app.command()(compare.promote)
app.add_typer(dead_letters.app, name="dead-letters")
app.command()(forget)
app.command("eval", help=HOW_TO_EVALUATE)(evaluate)
app.add_typer(database.app, name="db")

_USAGE = (SettingsError, SourceError, ForeignDatabaseError, OutdatedDatabaseError, HomeBusyError, SetError, FitError)
_UNREACHABLE = (BrokerUnreachableError, MailServerUnreachableError, StackError)


def main() -> None:
    """Run the command line; ends the process with the exit code."""
    try:
        app()
    except Stop as stop:
        code = _said(stop, stop.code)
    except _USAGE as error:
        code = _said(error, Exit.USAGE)
    except _UNREACHABLE as error:
        code = _said(error, Exit.UNREACHABLE)
    except DBAPIError as error:
        code = Exit.FAILURES
        say(trouble.in_words(error))
    sys.exit(code)


def _said(error: Exception, code: Exit) -> Exit:
    if str(error):
        say(str(error))
    return code


if __name__ == "__main__":
    main()
