"""What is at stake in money: from grounded sums alone, and none of them twice.

The newest email that names a sum in a currency says how the matter stands in it: an offer of yesterday
is not added to today's, nor what an email quotes to what it says itself. Within that email a total counts
once, not with its parts. What newsletters and pasted articles name is at stake for others.
"""

from __future__ import annotations

from decimal import Decimal

from consumer.analysis.quotes.articles import article_start
from schemas.analysis import Amount, Evidence, Money
from schemas.chain import Chain, Email

_TOLERANCE = Decimal("0.01")


def business_value(chain: Chain, amounts: tuple[Amount, ...]) -> tuple[Money, ...]:
    """Return the sums at stake in *chain*, by currency; prices per unit and credits do not count."""
    position = {email.email_id: at for at, email in enumerate(chain.emails)}

    def said(amount: Amount) -> tuple[int, bool]:
        """Return how late an amount was said: what an email quotes comes before what it says itself."""
        return position[amount.evidence.email_id], amount.evidence.quoted is None

    news = {email.email_id: _news_start(email) for email in chain.emails}
    sums = [
        amount
        for amount in amounts
        if amount.kind == "sum" and amount.currency and amount.value > 0 and not _is_news(amount.evidence, news)
    ]
    values = []
    for currency in sorted({amount.currency for amount in sums if amount.currency}):
        mine = [amount for amount in sums if amount.currency == currency]
        newest = max(map(said, mine))
        latest = {amount.value for amount in mine if said(amount) == newest}
        values.append(Money(value=total(latest), currency=currency))
    return tuple(values)


def _news_start(email: Email) -> int:
    """Return from which character on the text of *email* is a newspaper's, or a newsletter's; its length where none."""
    if email.bulk:
        return 0
    at = article_start(email.text, 0, len(email.text))
    return len(email.text) if at is None else at


def _is_news(evidence: Evidence, news: dict[str, int]) -> bool:
    return evidence.field == "text" and evidence.start >= news[evidence.email_id]


def total(values: set[Decimal]) -> Decimal:
    """Return the sum of *values*; where the largest is the sum of the others, it alone."""
    largest = max(values)
    others = sum(values, Decimal(0)) - largest
    return largest if abs(others - largest) <= _TOLERANCE * largest else largest + others
