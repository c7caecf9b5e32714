"""What a model says in its own words: which sentences the mail bears.

Summary, next step, reasons and narrative carry no quote, so they are where an order in a mail would show ("add the
phrase …"). A sentence goes where it

1. has a figure, an amount, a mail address or a link that the mail does not have outside passages that talk to their
   reader (`instructions`);
2. in a chain with such passages, has a word that stands only there;
3. names somebody or something that the mail does not name;
4. shares hardly a word with a chain in its own language: it is about something else;
5. talks to its reader itself, or repeats our prompt.

No model is asked, and none is trusted. What remains is escaped wherever it is shown, and links in it are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, cached_property

from consumer.analysis import record
from consumer.analysis.free_words import ENGLISH, NAMES, NEUTRAL
from consumer.analysis.instructions import bare, flat, instructions, speaks_to_reader
from consumer.analysis.prompt import narrative_part, system_part
from consumer.analysis.readers import amounts
from consumer.analysis.reading import Reading
from consumer.analysis.said import Said
from schemas.completion import Completion, CompletionClaim

_SENTENCE = re.compile(r".+?(?:[.!?]+[\"')]*(?=\s|$)|[\u3002\uff01\uff1f]|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_FIGURE = re.compile(r"\d+(?:[.,'\u00a0\u202f]\d+)*")
_LINK = re.compile(
    r"\b(?:https?|ftp|file|data|javascript):\S+|\bwww\.\S+|"
    r"(?<![@\w.])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|org|net|info|biz|io|ai|xyz|ru|cn|co|de|uk|fr|eu|example|top)\b(?:/\S*)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: Letters and signs in one word, or one without an end: no writing of any tongue in these letters.
_ODD = re.compile(r"[a-z][@#$%&*+=|~^<>\d]+[a-z]|[a-z]{25}|[a-z]\((?!e?s\))")
#: Figures up to this count something ("three offers"): they need not stand in the mail.
_COUNTS = 12
_STEM_CHARS = 5
_WORD_CHARS = 4
#: Words of its own share that a sentence about the matter has; measured, see `docs/injection.md`.
_LEAST_BORNE = 0.34
_FEWEST = 2
#: A sentence with this share of its runs of four words from our prompt repeats it.
_DISCLOSED = 0.3
_PROMPT_WORDS = 6
_ENGLISH_SHARE = 0.08
_MOST_CHARS = 4_000
#: A longer figure is no quantity: it is known by its length and so many digits.
_FIGURE_CHARS = 30
LINK = "[link]"


class FreeText:
    """Tells which sentences about one chain its mail bears; `dropped` counts the others.

    Args:
        reading: The chain, and what code read in it.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._said, self._ordered = _parted(reading)
        self.dropped = 0

    def borne(self, text: str) -> str:
        """Return the sentences of *text* that the mail bears, in their paragraphs; links become a word."""
        paragraphs = (self._kept(" ".join(part.split())) for part in re.split(r"\n\s*\n", text[:_MOST_CHARS]))
        return "\n\n".join(filter(None, paragraphs))

    def _kept(self, paragraph: str) -> str:
        sentences = [sentence for sentence in _SENTENCE.findall(paragraph) if sentence.strip()]
        kept = [sentence for sentence in sentences if self._stands(sentence)]
        self.dropped += len(sentences) - len(kept)
        return _LINK.sub(LINK, "".join(kept)).strip()

    def checked(self, completion: Completion) -> tuple[Completion, tuple[str, ...]]:
        """Return *completion* with nothing in its free text that the mail does not bear, and what it then lacks.

        A summary by code takes the place of one that does not stand, and its quote that of a claim's words; whether
        the quote stands is checked as ever.
        """
        summary, reason = self.borne(completion.summary), self.borne(completion.priority_reason)
        changes: dict[str, object] = {
            "summary": summary or record.summary(self.reading),
            "priority_reason": reason or f"the model says {completion.priority}",
            "next_step": self.borne(completion.next_step),
            "action_items": tuple(
                item.model_copy(update={"what": self._named(item.what, item.quote)}) for item in completion.action_items
            ),
        }
        for name in ("decisions", "risks", "open_questions"):
            claims: tuple[CompletionClaim, ...] = getattr(completion, name)
            changes[name] = tuple(
                claim.model_copy(update={"text": self._named(claim.text, claim.quote)}) for claim in claims
            )
        lacking = () if summary else ("summary: the mail does not bear the model's words",)
        return completion.model_copy(update=changes), lacking

    def _named(self, words: str, quote: str) -> str:
        return (self.borne(words) or _LINK.sub(LINK, quote)) if words else ""

    def _stands(self, sentence: str) -> bool:
        if speaks_to_reader(sentence) or _repeats_prompt(sentence):
            return False
        plain = _plain(sentence)
        words = [word for word in _words(plain) if word not in NEUTRAL]
        if not self._has_marks(plain) or any(word in self._only_ordered for word in _words(plain)):
            return False
        if not self._is_latin:
            return True
        if self._strange_names(sentence):
            return False
        weighty = [word for word in words if len(word) >= _WORD_CHARS]
        if len(weighty) < _FEWEST or not self._is_english:
            return True
        return sum(self._knows(word) for word in weighty) >= _LEAST_BORNE * len(weighty)

    def _has_marks(self, plain: str) -> bool:
        """Return whether all figures, amounts, addresses and links of a sentence stand in the mail."""
        marks = [*_ADDRESS.findall(plain), *(link.rstrip(".,;)") for link in _LINK.findall(plain))]
        odd = [word for word in plain.split() if _ODD.search(word) and "@" not in word[1:-1].rpartition(".")[0]]
        if not all(mark in self._said for mark in (*marks, *odd)):
            return False
        bare = _LINK.sub(" ", _ADDRESS.sub(" ", plain))
        sums = (amount.value for amount in amounts.read(bare.upper()))
        if not all(abs(value) in self._figures for value in sums):
            return False
        return all(figure & self._figures or max(figure) <= _COUNTS for figure in _figures(bare))

    def _strange_names(self, sentence: str) -> bool:
        """Return whether *sentence* names, in capitals, what the mail does not."""
        found = list(_WORD.finditer(_ADDRESS.sub(" ", _LINK.sub(" ", bare(sentence).text))))
        capital = [match for match in found[1:] if match.group()[0].isupper()]
        if 2 * len(capital) > len(found):
            # A title, in which capitals say nothing.
            return False
        names = (word for match in capital for word in _words(_plain(match.group())))
        return any(not self._knows(name) for name in names if name not in NAMES and name not in NEUTRAL)

    def _knows(self, word: str) -> bool:
        return word in self._words or word[:_STEM_CHARS] in self._stems

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_words(self._said))

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(word[:_STEM_CHARS] for word in self._words if len(word) >= _WORD_CHARS)

    @cached_property
    def _only_ordered(self) -> frozenset[str]:
        """Words of passages that talk to their reader which stand nowhere else."""
        ordered = {word for word in _words(self._ordered) if len(word) >= _WORD_CHARS}
        return frozenset(ordered - self._words - NEUTRAL)

    @cached_property
    def _figures(self) -> frozenset[Decimal]:
        readings = self.reading.readings
        said = [value for amount in readings.amounts for value in (amount.value, abs(amount.value))]
        days = " ".join(filter(None, (day.resolved for day in readings.dates)))
        sent = " ".join(f"{email.sent_at:%Y %m %d %H %M}" for email in self.reading.chain.emails if email.sent_at)
        count = Decimal(len(self.reading.chain.emails))
        places = " ".join([self._said, days.replace("-", " "), sent])
        return frozenset([*said, count]).union(*_figures(places))

    @cached_property
    def _is_latin(self) -> bool:
        letters = [char for char in self._said[:20_000] if char.isalpha()]
        return sum(char < "\u0250" for char in letters) > len(letters) / 2

    @cached_property
    def _is_english(self) -> bool:
        words = list(_words(f"{self._said[:20_000]} {self._ordered[:2_000]}"))
        return sum(word in ENGLISH for word in words) >= _ENGLISH_SHARE * len(words)


@cache
def _prompt_words() -> Said:
    return Said(system_part(), narrative_part())


def _repeats_prompt(sentence: str) -> bool:
    return len(sentence.split()) >= _PROMPT_WORDS and (_prompt_words().share([sentence]) or 0) >= _DISCLOSED


def _parted(reading: Reading) -> tuple[str, str]:
    """Return all that the emails of a chain say, and apart what of it talks to whoever reads it; both folded."""
    said: list[str] = []
    ordered: list[str] = []
    for email in reading.chain.emails:
        people = [email.sender, *email.to, *email.cc]
        said += [f"{who.name} {who.address}" for who in people if who]
        said += [attachment.filename or "" for attachment in email.attachments]
        for text in (email.subject, email.text):
            start = 0
            for one in instructions(text):
                said.append(text[start : one.start])
                ordered += [one.says, text[one.start : one.end]]
                start = max(start, one.end)
            said.append(text[start:])
    said += [who.organisation for who in reading.people]
    return _plain("\n".join(said)), _plain("\n".join(ordered))


def _plain(text: str) -> str:
    """Return *text* folded, in small letters, without accents."""
    return flat(text).lower()


def _words(plain: str) -> Iterator[str]:
    for match in _WORD.finditer(plain):
        yield from re.split("['-]", match.group().removesuffix("'s"))


def _figures(text: str) -> Iterator[frozenset[Decimal]]:
    """Yield what each figure in *text* may mean: "12.400" is 12400 or 12.4, of "2.11." the parts count too."""
    for match in _FIGURE.finditer(text):
        parts = re.split(r"\D", match.group())
        if len(match.group()) > _FIGURE_CHARS:
            digits = f"1{''.join(parts)}"
            yield frozenset({Decimal(digits[:_FIGURE_CHARS]).scaleb(min(len(digits), _MOST_CHARS))})
            continue
        whole, last = Decimal("".join(parts)), len(parts[-1])
        yield frozenset(
            {whole, whole.scaleb(-last) if parts[1:] else whole, *(map(Decimal, parts) if parts[1:] else ())}
        )
