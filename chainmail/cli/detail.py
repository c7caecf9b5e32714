"""`show`: one chain for a person: what was found, in whose words, how sure that is and why, then the mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rich.text import Text

from chainmail.cli.speech import OUT, print_hanging
from chainmail.cli.untrusted import in_a_line
from monitor.chains import ChainDetail
from schemas.analysis import ActionItem, Amount, Analysis, DateMention, Evidence, Person
from schemas.house import Housed

#: Never colour alone: the word stands there too.
PRIORITY_STYLE = {"critical": "bold red", "high": "yellow", "normal": "", "low": "dim"}
_NAME_WIDTH = 10
_READ_BY = {"code": " [by rules]", "both": " [by model and rules]", "model": ""}


def print_detail(detail: ChainDetail) -> None:
    """Print one chain: the analysis with its evidence, then the mail."""
    for line in _head(detail):
        print_hanging(line)
    if detail.analysis is None:
        OUT.print("not analysed yet")
    else:
        found = detail.analysis
        style = PRIORITY_STYLE[found.priority] or "bold"
        print_hanging(Text.assemble((found.priority.value, style), _reason(detail)))
        for line in analysis_lines(found, _writers(detail), detail.housed):
            print_hanging(line)
        for line in _others(detail.analyses):
            print_hanging(line)
    _print_mail(detail)


def analysis_lines(found: Analysis, writers: Mapping[str, str], housed: Housed | None = None) -> Iterator[str]:
    """Yield what an analysis says below its priority; *writers* are who wrote which email (by its id)."""
    value = ", ".join(f"{each.value:,} {each.currency or '(no currency)'}" for each in found.business_value)
    feeling = f" · {found.sentiment} in tone" if found.sentiment else ""
    yield f"{found.category} · {found.workflow_state}{feeling} · at stake: {value or '-'}"
    yield f"next: {in_a_line(found.next_step) or '-'}"
    yield in_a_line(found.summary)
    yield from (_claim(name, text, evidence, writers) for name, text, evidence in _claims(found))
    yield from (f"  {'person':{_NAME_WIDTH}} {_person(who)}" for who in found.people)
    yield from _listed("organisation", found.organisations)
    yield from _trust(found)
    if housed is not None:
        yield f"rules of the house {housed.version}:"
        yield from (f"  {in_a_line(each)}" for each in housed.reasons)
        if housed.currency:
            yield f"  amounts without a currency are taken as {housed.currency}"
        yield from _listed("found by them", (f"{each.kind} {each.value}" for each in housed.references))
    if found.narrative:
        yield f"narrative ({found.narrative_form}, {len(found.narrative):,} characters):\n{found.narrative}"


def _head(detail: ChainDetail) -> Iterator[str]:
    line = detail.line
    yield f"{in_a_line(line['subject']) or '(no subject)'}  chain {line['chain_id']} revision {line['revision']}"
    missing = "; ".join(map(in_a_line, detail.missing))
    yield f"completeness {line['completeness']:.0%} {missing}".rstrip()


def _reason(detail: ChainDetail) -> str:
    assert detail.analysis is not None  # noqa: S101 - the caller has looked
    by_model = detail.model_priority
    was = f" ({by_model} before the rules of the house)" if by_model not in {None, detail.analysis.priority} else ""
    return f"{was}: {in_a_line(detail.analysis.priority_reason)}"


def _claims(found: Analysis) -> Iterator[tuple[str, str, Evidence]]:
    """Yield all that has a quote: its name, what it says, and the quote."""
    if found.priority_evidence:
        yield "priority", found.priority, found.priority_evidence
    yield from (("amount", _amount(each), each.evidence) for each in found.amounts)
    yield from (("action", _action(each), each.evidence) for each in found.action_items)
    yield from (("date", _date(each), each.evidence) for each in found.dates)
    yield from (("reference", f"{each.kind} {each.value}", each.evidence) for each in found.references)
    named = (("decision", found.decisions), ("risk", found.risks), ("question", found.open_questions))
    yield from ((name, claim.text, claim.evidence) for name, claims in named for claim in claims)


def _amount(amount: Amount) -> str:
    per = f" per {amount.unit}" if amount.unit else ""
    what_for = f" for {amount.what_for}" if amount.what_for else ""
    return f"{amount.value:,} {amount.currency or '(no currency)'} ({amount.kind}{per}){what_for}"


def _date(day: DateMention) -> str:
    time = f" {day.time}" if day.time else ""
    zone = f" {day.zone}" if day.time and day.zone else ""
    return f"{day.resolved or '(not to be fixed)'}{time}{zone} ({day.kind})"


def _action(item: ActionItem) -> str:
    until = f" until {item.due}" if item.due else ""
    return f"{item.owner or '(nobody named)'}: {item.what}{until} ({item.kind}){_READ_BY[item.read_by]}"


def _claim(name: str, text: str, evidence: Evidence, writers: Mapping[str, str]) -> str:
    quote = in_a_line(evidence.quote)
    return f"  {name:{_NAME_WIDTH}} {in_a_line(text)}  “{quote}” {_source(evidence, writers)}"


def _source(evidence: Evidence, writers: Mapping[str, str]) -> str:
    """Return whose words a quote is: of the email's writer, or of somebody whom that email only quotes."""
    place = "the subject by " if evidence.field == "subject" else ""
    writer = writers.get(evidence.email_id, "an email that is not shown")
    if evidence.quoted is None:
        return f"— {place}{writer}"
    day: date | None = evidence.quoted.sent_on
    on = f" of {day.isoformat()}" if day else ""
    return f"— {in_a_line(evidence.quoted.sender) or 'somebody'}{on}, quoted by {writer}"


def _person(who: Person) -> str:
    address = f" <{who.address}>" if who.address else ""
    others = ", ".join(filter(None, (who.title, who.organisation, who.role, "our own" if who.is_own else "")))
    return in_a_line(f"{who.name}{address}{f' ({others})' if others else ''}")


def _trust(found: Analysis) -> Iterator[str]:
    """Yield how sure all this is, why not more, what was left out, and who made it."""
    sure = found.confidence
    parts = ", ".join(f"{name} {value:.2f}" for name, value in sure.parts.items())
    raw = f", {sure.raw:.0%} before" if sure.calibrated and sure.raw is not None else ""
    yield f"confidence {sure.score:.0%} ({'calibrated' if sure.calibrated else 'uncalibrated'}{raw}): {parts or '-'}"
    yield from _listed("not higher", sure.reasons)
    yield from _listed("read otherwise by the rules", found.disagreements)
    yield from _listed("the mail talks to its reader", found.injection_signs)
    if found.hidden_chars:
        yield f"  hidden in the HTML and shown to nobody: {found.hidden_chars:,} characters"
    if found.dropped:
        gone = ", ".join(f"{count} {name}" for name, count in found.dropped.items())
        yield f"  dropped, because no evidence was found: {gone}"
    yield from _listed("lacking", found.lacking)
    yield from _listed("not shown to the model", found.cut)
    use = found.model_use
    if found.made_by == "code":
        yield f"by rules alone, without a model ({found.analyser_id})"
        return
    calls = f"{use.calls} calls" if use.calls != 1 else "1 call"
    repaired = f" ({use.repairs} to repair)" if use.repairs else ""
    yield f"by {in_a_line(use.model)}, {calls}{repaired}, {use.duration_s:.1f} s ({found.analyser_id})"


def _listed(name: str, words: Iterable[str]) -> Iterator[str]:
    yield from (f"  {name}: {in_a_line(each)}" for each in words)


def _others(analyses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for each analysis beside the current one."""
    others = [each for each in analyses if not each["is_current"]]
    if others:
        yield f"{len(others)} other {'analysis' if len(others) == 1 else 'analyses'} of this chain:"
    for each in others:
        made_by = "rules alone" if each["made_by"] == "code" else in_a_line(each["model"])
        yield (
            f"  {each['analyser_id']}  {made_by}  revision {each['revision']}  {each['priority']}  {each['category']}  "
            f"{each['confidence']:.0%}  {each['analysed_at'][:16]}"
        )


def _writers(detail: ChainDetail) -> dict[str, str]:
    return {email.email_id: in_a_line(str(email.sender or "nobody named")) for email in detail.emails}


def _print_mail(detail: ChainDetail) -> None:
    for email in detail.emails:
        when = f"{email.sent_at:%Y-%m-%d %H:%M} UTC" if email.sent_at else "undated"
        OUT.rule(Text(f"{in_a_line(str(email.sender or '?'))} · {when}"), align="left")
        OUT.print(email.text)
        for attachment in email.attachments:
            name = in_a_line(f"{attachment.filename or '?'} {attachment.content_type}")
            print_hanging(f"  (attached: {name})")
