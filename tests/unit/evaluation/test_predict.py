"""What is found in one mail, as lines that other people's labels can score."""

from __future__ import annotations

import json

from consumer.analysis.by_code import CodeAnalyser
from consumer.evaluation.predict import Prediction, predict, prediction
from schemas.analysis import ActionItem, Evidence
from tests.conversations import conversation

TEXT = """We pay $45 million, not $45 million and a half: EUR 7 per hour is the rate.
It is due on 20 October 2026. See http://www.ringwerk.example/Offer/ for more.

--\x20
Ann Weber
(555) 853-0147

On Mon, 12 Oct 2026 at 09:00, Lena Brandt <lena@ringwerk.example> wrote:
> We ask for $45 million by tomorrow.
"""


def found() -> Prediction:
    """Return what is found in the text above, which was written on 14 October."""
    return predict("m1", conversation(TEXT, subject="Offer"), CodeAnalyser())


def test_a_line_has_the_keys_that_others_score() -> None:
    """Nobody else's labels could be held against it."""
    line = json.loads(json.dumps(found().line))
    assert set(line) >= {"id", "amounts", "dates", "references", "actions", "priority", "category"}
    assert line["id"] == "m1"
    assert set(line["amounts"][0]) >= {"quote", "value", "currency", "where"}
    assert set(line["dates"][0]) >= {"quote", "resolved", "kind", "where"}
    assert set(line["references"][0]) >= {"quote", "kind", "value"}


def test_each_value_stands_once_in_own_words_and_once_in_quoted_ones() -> None:
    """Every mention again would count as made up."""
    sums = [(one["value"], one["where"]) for one in found().line["amounts"] if one["value"] == 45_000_000]
    assert sorted(sums) == [(45_000_000, "own"), (45_000_000, "quoted")]


def test_quoted_days_count_from_their_own_mail() -> None:
    """Tomorrow in a quoted mail of the 12th is the 13th."""
    days = {(one["resolved"], one["where"]) for one in found().line["dates"]}
    assert days == {("2026-10-20", "own"), ("2026-10-13", "quoted")}


def test_the_senders_signature_is_read_for_references() -> None:
    """The analysis leaves signatures out, labels do not."""
    values = {(one["kind"], one["value"], one["where"]) for one in found().line["references"]}
    assert values == {("url", "www.ringwerk.example/offer", "own"), ("phone", "5558530147", "own")}


def test_quotes_are_verbatim_and_no_longer_than_a_label() -> None:
    """A quote that was changed proves nothing."""
    chain = conversation(TEXT)
    words = "We pay $45 million, not $45 million and a half: EUR 7 per hour is the rate.\nIt is due on 20 October 2026."
    evidence = Evidence(quote=words, email_id="email-0", start=0, end=len(words))
    action = ActionItem(what="pay", owner="Ann Weber", due="2026-10-20", evidence=evidence)
    analysis = CodeAnalyser().analyse(chain).model_copy(update={"action_items": (action,)})
    (line,) = prediction("m1", chain.emails[0], analysis).line["actions"]
    assert len(line["quote"]) <= 80
    assert TEXT.startswith(line["quote"])
    assert line["quote"].endswith("\nIt")
    assert (line["owner"], line["due"], line["where"]) == ("Ann Weber", "2026-10-20", "own")
