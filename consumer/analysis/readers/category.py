"""What a conversation is mainly about, by the words that such mail uses and by how it is built.

Words of the subject weigh most, then those that the writer says himself, then those that he passes on. Where no words
tell, a mail that asks for something is a request.
"""

from __future__ import annotations

import re
from collections import Counter

from consumer.analysis.readers.asking import asks
from schemas.analysis import Category

#: By category its words, "stem*" for all that begin so, and phrases; in small letters, without marks.
_WORDS: dict[Category, str] = {
    Category.INCIDENT: "outage, breakdown, is down, are down, emergency, accident, injur*, data breach, explosion, "
    "malfunction, störung, ausfall, notfall, stillstand, panne, avería",
    Category.COMPLAINT: "complain*, unacceptable, defective, faulty, damaged goods, damaged on arrival, wrong item, "
    "wrong items, wrong part, wrong parts, dissatisf*, disappoint*, reklamation, beschwerde, mängel, réclamation, "
    "reclamación, queja",
    Category.INVOICE: "invoice*, overdue, payment reminder, statement of account, remittance, rechnung*, mahnung, "
    "zahlungserinnerung, facture, factura",
    Category.QUOTE: "quote for, quotation for, quote no, quotation no, quote of, quotation of, "
    "quotation request, "
    "request for quotation, request for quote, price list, rfq, rfp, angebot*, preisliste, devis, "
    "cotización, presupuesto",
    Category.ORDER: "purchase order, order confirmation, your order, our order, we order, to order, delivery date, "
    "shipment, bestellung, auftrag*, liefertermin, lieferung, commande, livraison, pedido",
    Category.CONTRACT: "contract*, license agreement, lease agreement, service agreement, supply agreement, "
    "master agreement, confidentiality agreement, purchase agreement, partnership agreement, nda, term sheet, "
    "vertrag*, "
    "vereinbarung, contrat, contrato",
    Category.LEGAL: "legal*, attorney*, lawyer, lawyers, counsel, litigation, lawsuit, subpoena*, privileged, "
    "court, "
    "judge, settlement, regulat*, commissioner*, docket, proceeding, hearing, hearings, testimony, legislat*, senate, "
    "senator, congress*, lobby*, compliance, indemni*, statut*, filing, filings, bill, law, securities trading, ferc, "
    "cpuc, anwalt, gericht, klage, gesetz*, avocat, tribunal, juridique, abogado",
    Category.FINANCE: "payment, budget*, expense, expenses, reimburse*, bank, loan, credit, invest*, valuation, "
    "value of the deal, purchase price, share, shares, stock, bond, bonds, earnings, revenue, cost, costs, tax, "
    "contribution, donation, merger, acquisition, deal, pricing, curve, curves, zahlung, spesen, haushalt, kredit, "
    "kosten, paiement, pago",
    Category.SCHEDULING: "meeting, meetings, invit*, calendar, schedul*, conference call, conf call, agenda, rsvp, "
    "attend*, appointment, lunch, breakfast, dinner, interview, availab*, reschedul*, get together, arrange, "
    "rearrange, "
    "termin, besprechung, einladung, treffen, réunion, rendez vous, reunión, cita",
    Category.PERSONNEL: "resume, cv, candidate, hire, hiring, recruit*, job, position, salary, bonus*, "
    "performance review, promote, promoted, promotion, employment, staffing, headcount, vacation, resign*, prc, "
    "compensation, org chart, organization chart, bewerbung, gehalt, einstellung, candidature, "
    "embauche, contratación",
    Category.LOGISTICS: "travel, flight, hotel, ticket, tickets, itinerary, rental, office space, printer, print, "
    "password, login, log in, computer, badge, parking, address list, distribution, send around, send it around, "
    "piece around, reise, flug, voyage, viaje",
    Category.DECISION: "approve, approved, approval, decision, decid*, go ahead, sign off, agree with, "
    "i think we should, i think you should, i think they should, recommend*, not interested, strategy, strategic, "
    "look good, looks good, look fine, looks fine, looks ok, no problem with, entscheid*, genehmig*, décision, "
    "approuv*, decisión",
    Category.REPORT: "report, status, update, summary, analysis, results, minutes, findings, fyi, "
    "for your information, bericht, zusammenfassung, protokoll, rapport, compte rendu, informe",
    Category.PERSONAL: "birthday, congratulations, family, my wife, my husband, my son, my daughter, my kids, wedding, "
    "weekend, catch up, happy new year, happy holidays, merry christmas, geburtstag, glückwunsch, anniversaire, "
    "cumpleaños",
    Category.REQUEST: "please send, could you send, could you provide, could you tell, can you send, can you provide, "
    "can you tell, request*, need the, need your, information needed, follow up, following up, inquiry, anfrage, "
    "bitte senden, demande, solicitud",
    Category.BULK: "newsletter, news, press clip, press clips, article, clipping, subscri*, mentions, "
    "headlines, daily update, business proposal, abonnement, rundschreiben",
}
_ENTRIES = [(entry.strip(), kind) for kind, words in _WORDS.items() for entry in words.split(",")]
_EXACT = {entry: kind for entry, kind in _ENTRIES if " " not in entry and not entry.endswith("*")}
_STEMS = {entry[:-1]: kind for entry, kind in _ENTRIES if entry.endswith("*")}
_STEM_CHARS = sorted({len(stem) for stem in _STEMS})
_PHRASES = [(f" {entry} ", kind) for entry, kind in _ENTRIES if " " in entry]
_LETTERS = re.compile(r"\w+")
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
    scores = dict.fromkeys(Category, 0.0)
    for weight, text in ((_SUBJECT, subject), (_OWN, own[:_CHARS]), (_PASSED_ON, passed_on[:_CHARS])):
        for kind, count in _counts(text).items():
            scores[kind] += weight * min(count, _MOST_WORDS)
    best = max(_WORDS, key=lambda kind: scores[kind])
    if scores[best] >= _LEAST:
        return best
    return Category.REQUEST if asks(own or passed_on) else Category.OTHER


def _counts(text: str) -> Counter[Category]:
    """Return of how many different words and phrases of each category *text* has."""
    words = _LETTERS.findall(text.lower())
    joined = f" {' '.join(words)} "
    found = Counter(kind for phrase, kind in _PHRASES if phrase in joined)
    for word in set(words):
        stems = (_STEMS[word[:chars]] for chars in _STEM_CHARS if word[:chars] in _STEMS)
        kind = _EXACT.get(word) or next(stems, None)
        if kind:
            found[kind] += 1
    return found
