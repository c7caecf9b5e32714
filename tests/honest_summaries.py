"""What an honest model would write about the chains of the demo mailbox: by hand, before any rule was held against it.

Of a subject's first words, sentences of summary, next step and narrative.
"""

from __future__ import annotations

HONEST: dict[str, tuple[str, ...]] = {
    "Rechnung RE-2026-1187": (
        "The wire supplier Drahtwerk Süd invoiced EUR 6,480.00 plus VAT for two tonnes of spring steel wire.",
        "Payment is due by 18 November 2026.",
        "Pay the invoice RE-2026-1187 on time.",
        "The delivery took place on 15 October 2026 under delivery note LS-8841.",
    ),
    "Purchase order PO-4471": (
        "Fjordfisk ordered 120 pairs of mesh gloves for EUR 10,140.00, and all of them arrived.",
        "Petra Novak now asks for the invoice.",
        "Send the invoice to Petra Novak.",
        "The order was confirmed as RW-20931 and shipped as consignment BF-77120.",
        "The buyer in Norway depends on a punctual delivery to the Tromsø plant.",
        "Ringwerk kept the agreed deadline, which speaks for the relationship.",
    ),
    "Scanned delivery note": (
        "Karla Reyes sent a delivery note and points out that two boxes are wet.",
        "Inspect the two wet boxes of order RW-20958 before Tuesday.",
        "If goods are damaged, the carrier may be liable.",
    ),
    "Metal Mesh Weekly": (
        "This is a trade newsletter about wire prices, a fair in Lyon and a faster ring machine.",
        "Nothing has to be done.",
        "Rising brass prices of USD 7,900 per tonne could make production more expensive.",
    ),
    "[NH-30418] Web shop": (
        "The web shop was down in the night because a storage unit failed, and is working again since 09:05.",
        "Nordhost grants a credit of EUR 450.00.",
        "Check the last orders and close the ticket NH-30418.",
        "The outage cost roughly EUR 900 per hour and threatened the autumn campaign.",
        "It is unclear whether the campaign was restarted.",
    ),
    "Application: welder": (
        "Jonas Keller applied as a welder and was invited to an interview on 17 November at 14:00.",
        "He confirmed the appointment.",
        "Prepare the interview with Lena Brandt in hall 3.",
        "The candidate has eight years of experience with fine wire.",
    ),
    "Electricity meter": (
        "Tomasz reports that the electricity meter in hall 2 shows 48,211 kWh.",
        "Lena should pass the reading on to the power company by Friday.",
    ),
    "Soup on Thursday": (
        "Two colleagues arrange to have lunch together on Thursday.",
        "They meet at 12:30 at the gate, and Omar pays.",
        "No business is at stake.",
    ),
    "Partnership": (
        "Rudi Falk wants to sell the gloves in his market and asks for a price list.",
        "Lena Brandt pointed to the web page and asked which quantities he has in mind.",
        "Wait for the answer of Mr Falk.",
    ),
    "Mietvertrag Halle 3": (
        "The landlord offers to extend the lease of hall 3 by three years at EUR 6,350.00 a month instead of 5,900.00.",
        "The signed contract has to be returned by 30 November 2026, otherwise the hall is let to somebody else.",
        "Omar should compare two other halls by 16 November.",
        "The rent would rise by EUR 450.00 a month.",
        "Missing the deadline would leave the company without its hall.",
    ),
    "Invoice RW-7702": (
        "The invoice RW-7702 for USD 12,400.00 is overdue, and the customer agreed to pay in two instalments.",
        "Maria Lopes pays USD 6,200.00 this week and the rest by 20 November.",
        "Watch for the second payment; otherwise a lawyer will be involved.",
        "The payment was stuck in an internal approval process.",
    ),
    "Delay of consignment": (
        "Because of a storm the ferry was cancelled, so the shipment BF-77135 arrives on 12 November, three days late.",
        "Omar accepted the delay and informed the customer.",
        "There are no additional costs.",
    ),
    "Re: Samples for the wave pool": (
        "Maria Lopes asks for three stainless steel samples to be shipped to Lisbon by 25 November.",
        "If the chlorine test succeeds, an order of 300 m² worth about EUR 88,000 could follow.",
        "Yuki promised to send them on Monday and needs to know the thickness.",
        "A large order depends on the quality of the samples.",
    ),
    "見積依頼": (
        "The architect Aiko Tanabe requested a quotation for 45 m² of brass mesh curtain for a hotel lobby.",
        "After a negotiation both sides agreed on EUR 19,575.00 including the hanging rails.",
        "Yuki Mori will send the contract; production takes five weeks after the signature.",
        "The Japanese customer had a budget of EUR 19,000.",
    ),
    "URGENT: glove failed": (
        "A glove from lot L-5528 failed and injured a worker at Harbour Meats.",
        "The company decided to recall all 410 pairs of that lot.",
        "Omar writes to the customers, Tomasz stops machine 2, and EUR 35,000 is set aside.",
        "The laboratory found a weak weld caused by a machine that ran too cold on 14 September.",
        "Harbour Meats claims damages of £2,350.00 and expects a written explanation by 6 November.",
        "Further accidents could cause liability claims and harm the reputation of the manufacturer.",
    ),
}
