"""How people write currencies: signs, ISO 4217 codes and words, with what one of each is worth in whole units."""

from __future__ import annotations

from decimal import Decimal

_SYMBOLS = {
    "us$": "USD",
    "c$": "CAD",
    "ca$": "CAD",
    "cdn$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "r$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "円": "JPY",
    "元": "CNY",
    "₹": "INR",
    "rs": "INR",
    "rs.": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "zł": "PLN",
    "¢": "USD",
}
_WORDS = {
    "dollar": "USD",
    "us dollar": "USD",
    "u.s. dollar": "USD",
    "american dollar": "USD",
    "canadian dollar": "CAD",
    "australian dollar": "AUD",
    "buck": "USD",
    "euro": "EUR",
    "pound sterling": "GBP",
    "pounds sterling": "GBP",
    "swiss franc": "CHF",
    "schweizer franken": "CHF",
    "franken": "CHF",
    "yen": "JPY",
    "rupee": "INR",
}
_CENT = Decimal("0.01")
_CODES = "USD EUR GBP CHF JPY CAD AUD NZD CNY INR SEK NOK DKK PLN CZK HUF RUB BRL MXN ZAR SGD HKD KRW".split()
#: Codes are written in capitals ("try 5" is no lira); those that people also write small are not words.
CODES = f"(?-i:{'|'.join(_CODES)})|usd|eur|gbp|chf"
#: What stands in all money, in small letters.
TRACES = (
    *"$€£¥₹₽₩₺円元¢",
    *"zł dollar buck euro sterling yen rupee francs franken".split(),
    *(" rs ", " rs.", " cent", "\ncent", "-cent", ">cent"),
    *(code.lower() for code in _CODES),
)
SIGN = r"[$€£¥₹₽₩₺]"
#: Signs that stand before their number; a sign of two letters is none within a word.
_SYMBOL = rf"(?:US|CA?|CDN|AU?|NZ|HK|S|R)\$|{SIGN}|\b(?-i:Rs\.?)(?=\s?\d)"
_INITIALS = "".join(sorted({code[0] for code in _CODES}))
#: What stands before a number. Most characters of a text begin none, and are passed over at once.
BEFORE = rf"(?=[{SIGN[1:-1]}UCANHSR])(?:{_SYMBOL})|(?=[{_INITIALS}])\b(?:{CODES})(?![^\W\d_])"
WORD = (
    r"(?:U\.?S\.? |american |canadian |australian )?dollars?\b|bucks?\b|euros?\b|pounds? sterling\b|"
    r"(?:swiss francs?|(?:schweizer )?franken)\b|yen\b|rupees?\b|cents?\b"
)


def currency_of(written: str) -> tuple[str, Decimal]:
    """Return the ISO code behind what is *written* beside a number, and what one of it is worth in whole units."""
    word = " ".join(written.lower().split())
    if word in ("cent", "cents", "¢"):
        return "USD", _CENT
    singular = word.removesuffix("s").replace("us ", "u.s. ").replace("u.s ", "u.s. ")
    known = _SYMBOLS.get(word) or _WORDS.get(word) or _WORDS.get(singular)
    return known or written.upper(), Decimal(1)


def is_cents(factor: Decimal) -> bool:
    """Return whether what was written is worth a hundredth: what costs cents is one of many."""
    return factor == _CENT
