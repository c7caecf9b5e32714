"""What the fake model answers: a record read off the prompt's mail, and its spoilt variants."""

from __future__ import annotations

import json
import re
from typing import Any

_MAIL = re.compile(r"^<mail ([0-9a-f]+)>\n(.*)\n</mail \1>$", re.DOTALL | re.MULTILINE)
_HEAD = re.compile(r"(From|To|Date|Subject): ")
_MONEY = re.compile(r"(?:(?:EUR|USD|GBP|CHF|[$€£])\s?\d[\d.,]*\d|\d[\d.,]*\d\s?(?:EUR|USD|GBP|CHF|€))")
_LEAST_QUOTE_CHARS = 12
_MOST_QUOTE_CHARS = 80
_SECTIONS = ("situation", "background", "people", "stakes", "risks", "outlook")


def chain_of(messages: list[dict[str, str]]) -> str:
    """Return the boundary of the mail, which is one to one with the chain's content; empty where there is none."""
    found = _mail(messages)
    return found[0] if found else ""


def answer_to(request: dict[str, Any]) -> str:
    """Return the completion of *request*: JSON, held to the schema that it carries."""
    found = _mail(request.get("messages", []))
    mail, schema = found[1] if found else "", _schema(request)
    asked = schema.get("properties", {})
    known = _story(mail) if asked and asked.keys() <= set(_SECTIONS) and _is_text(asked) else _record(mail)
    wanted = {name: known[name] for name in asked or known if name in known}
    return json.dumps(_bounded(wanted, schema), ensure_ascii=False)


def is_question(request: dict[str, Any]) -> bool:
    """Return whether *request* asks what the server can do: there is but one answer."""
    properties = _schema(request).get("properties", {})
    return [each.get("enum") for each in properties.values()] == [["high"]]


def faulty(fault: str, answer: str) -> str:
    """Return *answer* as *fault* spoils it; most faults leave it alone."""
    match fault:
        case "garbage":
            return "Sure! Here is what you asked for: the mail is about <b>gloves</b>"
        case "wrong_schema":
            return json.dumps({"summary": "", "priority": "whenever", "extra": [1, 2, 3]})
        case "empty":
            return ""
        case "length":
            return answer[: len(answer) // 2]
        case "loop":
            return json.dumps({**json.loads(answer), "summary": "the gloves and " * 20}, ensure_ascii=False)
        case _:
            return answer


def _mail(messages: list[dict[str, str]]) -> tuple[str, str] | None:
    """Return boundary and text of the mail in the first turn that has one."""
    for turn in messages:
        found = _MAIL.search(turn.get("content") or "")
        if found:
            return found.group(1), found.group(2)
    return None


def _record(mail: str) -> dict[str, Any]:
    lines = mail.splitlines()
    subjects = [line.removeprefix("Subject: ") for line in lines if line.startswith("Subject: ")]
    said = [line.strip() for line in lines if not _HEAD.match(line) and "(…" not in line]
    quotes = [line[:_MOST_QUOTE_CHARS].strip() for line in said if len(line) >= _LEAST_QUOTE_CHARS]
    quote = quotes[0] if quotes else ""
    is_urgent = "urgent" in mail.lower()
    claims = [{"text": f"somebody wrote: {quote[:40]}", "quote": quote}] if quote else []
    return {
        "summary": f"This conversation is about {(subjects or [''])[-1] or 'nothing named'}.",
        "priority": "high" if is_urgent else "normal",
        "priority_reason": "the mail says that it is urgent" if is_urgent else "work to read",
        "priority_quote": next((line for line in quotes if "urgent" in line.lower()), quote),
        "category": "request",
        "workflow_state": "in_progress",
        "next_step": "Read the newest email.",
        "sentiment": "neutral",
        "organisations": [],
        "amount_quotes": list(dict.fromkeys(_MONEY.findall("\n".join(said)))),
        "action_items": [{"what": "Answer the sender", "owner": "", "due": "", "quote": quote}] if quote else [],
        "decisions": claims,
        "risks": [],
        "open_questions": [],
    }


def _is_text(asked: dict[str, Any]) -> bool:
    return all(node.get("type") == "string" for node in asked.values())


def _story(mail: str) -> dict[str, str]:
    """Return sections of a story: what the mail says, dealt out to them line by line."""
    said = [line.strip() for line in mail.splitlines() if len(line) >= _LEAST_QUOTE_CHARS and not _HEAD.match(line)]
    return {
        name: " ".join(line if line.endswith(".") else f"{line}." for line in said[at :: len(_SECTIONS)])
        for at, name in enumerate(_SECTIONS)
    }


def _schema(request: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an Ollama or an OpenAI request; empty where it has none."""
    wanted = request.get("format") or request.get("response_format", {}).get("json_schema", {}).get("schema")
    return wanted if isinstance(wanted, dict) else {}


def _bounded(value: Any, schema: dict[str, Any]) -> Any:
    """Return *value* within maxLength and maxItems, as a grammar would force it."""
    match value:
        case str():
            return value[: schema.get("maxLength", len(value))]
        case list():
            return [_bounded(item, schema.get("items", {})) for item in value[: schema.get("maxItems", len(value))]]
        case dict():
            known = schema.get("properties", {})
            return {key: _bounded(item, known.get(key, {})) for key, item in value.items()}
        case _:
            return value
