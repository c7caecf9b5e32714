"""How many tokens a text takes, estimated without the model's own vocabulary."""

from __future__ import annotations

import re

#: What a tokenizer cuts Latin text into, roughly: a word, capitals, blanks; everything else is dear.
_PIECES = re.compile(r"(?P<word>[A-Z]?[a-z]+)|(?P<caps>[A-Z]+)|(?P<blank>\s+(?!\d))|(?P<dear>.)", re.DOTALL)
_WORD_CHARS, _CAPS_CHARS = 5, 2
#: From here on (CJK and beyond) small vocabularies take more than one token a character (SmolLM2: 1.6).
_FIRST_IDEOGRAPH = "\u2e80"
_IDEOGRAPH_TOKENS = 1.6


def tokens_of(text: str) -> float:
    """Return an estimate of the tokens of *text*, rather too many than too few.

    Characters alone would not do: prose has 4 to a token, figures and code have 1 to 2. Held against SmolLM2's
    vocabulary of 49,000, the smallest in use, on 440 mails: 0.85 to 1.9 times the truth, 1.04 in the median.
    """
    return sum(_cost(found.lastgroup, found.group()) for found in _PIECES.finditer(text))


def _cost(kind: str | None, piece: str) -> float:
    match kind:
        case "word":
            return -(-len(piece) // _WORD_CHARS)
        case "caps":
            return -(-len(piece) // _CAPS_CHARS)
        case "blank":
            return float(piece != " ")
        case _:
            return _IDEOGRAPH_TOKENS if piece >= _FIRST_IDEOGRAPH else 1.0
