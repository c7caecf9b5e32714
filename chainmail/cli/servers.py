"""`up`, `down`, `doctor`: the embedded stack alone, and whether all is there."""

from __future__ import annotations

from typing import Annotated

import typer

from chainmail.cli import options, workspace
from chainmail.cli.measuring import measure_servers
from chainmail.cli.pulling import pull_models
from chainmail.cli.speech import OUT, Exit, Stop, bar, print_json, say
from chainmail.local import stack
from chainmail.local.doctor import checks


def up(
    db: options.Db = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it runs; `chainmail down` ends it.")] = False,
) -> None:
    """Run the embedded broker until Ctrl-C.

    Where CHAINMAIL_MODEL_SERVER=embedded asks for it, the toy model server too.
    """
    settings = workspace.settings_of(db=db)
    if detach:
        with bar("starting the embedded stack"):
            found = stack.up_detached(settings)
        say(f"Kafka at {found.bootstrap}" + (f", model server at {found.model_url}" if found.model_url else ""))
        return
    stopping = options.stop_on_signals()
    with bar("starting the embedded stack") as advance:

        def on_progress(words: str, done: int, total: int, /) -> None:
            advance(done=done, total=total, words=words)

        def on_up(found: stack.Addresses) -> None:
            advance(words=f"Kafka at {found.bootstrap}, data in {settings.home_path}")
            say(f"Kafka at {found.bootstrap}" + (f", model server at {found.model_url}" if found.model_url else ""))

        def wait() -> None:
            stopping.wait()

        stack.up(settings, on_up, wait, on_progress)


def down(db: options.Db = None) -> None:
    """Stop the stack that `up` started for this database's home."""
    pid = stack.down(workspace.settings_of(db=db))
    say("nothing runs" if pid is None else f"stopped (process {pid})")


def doctor(
    db: options.Db = None,
    json: options.Json = False,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure how many analyses at once the model server does best (minutes).")
    ] = False,
    pull: Annotated[bool, typer.Option("--pull", help="Have Ollama fetch the model where it is missing.")] = False,
) -> None:
    """Check every dependency; say how to mend what is missing."""
    settings = workspace.settings_of(db=db)
    if pull:
        pull_models(settings)
    if measure:
        measure_servers(settings, as_json=json)
        return
    with bar("looking; a model that is not loaded takes its time"):
        found = checks(settings)
    if json:
        print_json([vars(check) for check in found])
    else:
        for check in found:
            OUT.print(f"{'ok     ' if check.ok else 'MISSING'} {check.name}: {check.detail}")
            if not check.ok:
                OUT.print(f"        {check.mend}")
    missing = [check.name for check in found if not check.ok]
    if missing:
        raise Stop(Exit.UNREACHABLE, f"missing: {', '.join(missing)}")
    say("all is there: `chainmail run SOURCE` analyses your mail")
