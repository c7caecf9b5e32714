"""What a conversation is mainly about, by the words that such mail uses and by how it is built.

Words of the subject weigh most, then those that the writer says himself, then those that he passes on. Where no words
tell, a mail that asks for something is a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from consumer.analysis.readers.asking import asks
from schemas.analysis import Category

_WORDS: dict[Category, str] = {
    Category.INCIDENT: r"outage|breakdown|(?:is|are) down|emergency|accident|injur\w+|data breach|explosion|"
    r"malfunction|"
    r"störung|ausfall|notfall|stillstand|panne|avería",
    Category.COMPLAINT: r"complain\w*|unacceptable|defective|faulty|damaged (?:goods|on arrival)|wrong (?:item|part)s?|"
    r"dissatisf\w+|disappoint\w+|reklamation|beschwerde|mängel|réclamation|reclamación|queja",
    Category.INVOICE: r"invoice\w*|overdue|payment reminder|statement of account|remittance|rechnung\w*|mahnung|"
    r"zahlungserinnerung|facture|factura",
    Category.QUOTE: r"quot(?:e|ation)s? (?:for|no|number|of|request)|request for quot\w+|price list|rfq|rfp|angebot\w*|"
    r"preisliste|devis|cotización|presupuesto",
    Category.ORDER: r"purchase order|order confirmation|your order|our order|we order|to order|delivery date|shipment|"
    r"bestellung|auftrag\w*|liefertermin|lieferung|commande|livraison|pedido",
    Category.CONTRACT: r"contract\w*|(?:license|lease|service|supply|master|confidentiality|purchase|"
    r"partnership) agreement|"
    r"nda|term sheet|vertrag\w*|vereinbarung|contrat|contrato",
    Category.LEGAL: r"legal\w*|attorney\w*|lawyers?|counsel|litigation|lawsuit|subpoena\w*|privileged|court|judge|"
    r"settlement|regulat\w+|commissioner\w*|docket|proceeding|hearings?|testimony|legislat\w+|senate|senator|"
    r"congress\w*|"
    r"lobby\w*|compliance|indemni\w+|statut\w+|filings?|bill|law|securities trading|ferc|cpuc|"
    r"anwalt|gericht|klage|gesetz\w*|avocat|tribunal|juridique|abogado",
    Category.FINANCE: r"payment|budget\w*|expenses?|expense (?:report|document)|reimburse\w*|bank|loan|credit|"
    r"invest\w*|"
    r"valuation|value of the deal|purchase price|shares?|stock|bonds?|earnings|revenue|costs?|tax|contribution|"
    r"donation|"
    r"merger|acquisition|deal|pricing|curves?|zahlung|spesen|haushalt|kredit|kosten|paiement|pago",
    Category.SCHEDULING: r"meetings?|invit\w+|calendar|schedul\w+|conference call|conf\.? call|agenda|rsvp|attend\w*|"
    r"appointment|lunch|breakfast|dinner|interview|availab\w+|reschedul\w+|get together|(?:re)?arrange|"
    r"conference|termin|besprechung|einladung|treffen|réunion|rendez-vous|invitation|reunión|cita",
    Category.PERSONNEL: r"resume|cv|candidate|hir(?:e|ing)|recruit\w*|job|position|salary|bonus\w*|performance review|"
    r"promot(?:e|ed|ion)|employment|staffing|headcount|vacation|resign\w*|prc|compensation|org(?:anization)? chart|"
    r"bewerbung|gehalt|einstellung|personal|candidature|embauche|contratación",
    Category.LOGISTICS: r"travel|flight|hotel|tickets?|itinerary|rental|office space|printer|print|password|log ?in|"
    r"computer|"
    r"badge|parking|address(?:es)? list|distribution(?: list)?|send (?:it|this|them|the .{3,30}) around|reise|flug|"
    r"voyage|viaje",
    Category.DECISION: r"approv(?:e|al|ed)|decision|decid\w+|go ahead|sign off|agree with|i think (?:we|you|"
    r"they) should|"
    r"recommend\w*|not interested|strateg(?:y|ic)|looks? (?:good|fine|ok)|no problem with|entscheid\w+|genehmig\w+|"
    r"décision|approuv\w+|decisión",
    Category.REPORT: r"report\b|status|update|summary|analysis|results|minutes|findings|fyi|for your information|"
    r"bericht|"
    r"zusammenfassung|protokoll|rapport|compte rendu|informe",
    Category.PERSONAL: r"birthday|congratulations|family|my (?:wife|husband|son|daughter|kids)|wedding|weekend|"
    r"vacation photos|"
    r"catch up|happy (?:new year|holidays)|merry christmas|geburtstag|glückwunsch|anniversaire|cumpleaños",
    Category.REQUEST: r"please send|could you (?:send|provide|tell)|can you (?:send|provide|tell)|request\w*|"
    r"need (?:the|your)|"
    r"information needed|follow(?:ing)? up|inquiry|anfrage|bitte senden|demande|solicitud",
    Category.BULK: r"newsletter|news|news clip|press clips?|article|clipping|subscri\w+|mentions|headlines|"
    r"daily update|"
    r"confidential business proposal|business proposal|abonnement|rundschreiben",
}
_PATTERNS = {kind: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for kind, words in _WORDS.items()}
_SUBJECT, _OWN, _PASSED_ON = 3.0, 1.5, 0.75
#: So many different words of a category count in each place; more of them say no more.
_MOST_WORDS = 4
_LEAST = 1.5
#: What follows the beginning of a text says more of the same.
_CHARS = 1_500


def category(subject: str, own: str, passed_on: str, *, is_bulk: bool) -> Category:
    """Return the category of a mail.

    Args:
        subject: Its subject.
        own: What its writer says himself.
        passed_on: What he forwards or quotes of mail that is not at hand.
        is_bulk: Whether it was sent to many, by its headers or footers, or is an article of a newspaper.
    """
    if is_bulk:
        return Category.BULK
    scores = {kind: _score(pattern, subject, own, passed_on) for kind, pattern in _PATTERNS.items()}
    best = max(scores, key=lambda kind: scores[kind])
    if scores[best] >= _LEAST:
        return best
    return Category.REQUEST if asks(own or passed_on) else Category.OTHER


def _score(pattern: re.Pattern[str], subject: str, own: str, passed_on: str) -> float:
    places = ((_SUBJECT, subject), (_OWN, own[:_CHARS]), (_PASSED_ON, passed_on[:_CHARS]))
    return sum(weight * len(_different(pattern.finditer(text))) for weight, text in places)


def _different(matches: Iterable[re.Match[str]]) -> list[str]:
    return list(islice(dict.fromkeys(match.group().lower() for match in matches), _MOST_WORDS))
