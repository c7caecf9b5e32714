"""How the common mail programs quote and forward, in their languages: what is put before an earlier mail.

Each opening introduces a mail of Ann Weber, ann@acme.example, of Monday, 12 October 2026, 09:14. `marked`
openings stand before lines with `>`, the others before the text as it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """One way to quote: who does so, the opening, whether marks stand before lines, whether it names her."""

    name: str
    opening: str
    marked: bool = False
    is_named: bool = True

    def quoting(self, text: str) -> str:
        """Return *text* quoted or forwarded in this way."""
        lines = text.split("\n")
        return self.opening + "\n".join(f"> {line}".rstrip() if self.marked else line for line in lines)


_BOX = "Ann Weber <ann@acme.example>"
_ATTRIBUTIONS = {
    "en gmail": f"On Mon, Oct 12, 2026 at 9:14 AM {_BOX} wrote:",
    "en gmail wrapped": "On Mon, Oct 12, 2026 at 9:14 AM Ann Weber\n<ann@acme.example> wrote:",
    "en gmail in three lines": "On Monday, October 12, 2026 at 9:14:03 AM UTC+2\nAnn Weber of Acme Incorporated\n"
    "<ann@acme.example> wrote:",
    "en apple": f"On 12 Oct 2026, at 09:14, {_BOX} wrote:",
    "en thunderbird": "On 10/12/2026 9:14 AM, Ann Weber wrote:",
    "en yahoo": f"--- On Mon, 10/12/26, {_BOX} wrote:",
    "de gmail": "Am Mo., 12. Okt. 2026 um 09:14 Uhr schrieb Ann Weber <ann@acme.example>:",
    "de gmail wrapped": "Am Mo., 12. Okt. 2026 um 09:14 Uhr schrieb Ann Weber <\nann@acme.example>:",
    "de thunderbird": "Am 12.10.2026 um 09:14 schrieb Ann Weber:",
    "fr gmail": f"Le lun. 12 oct. 2026 à 09:14, {_BOX} a écrit :",
    "fr thunderbird": "Le 12/10/2026 à 09:14, Ann Weber a écrit :",
    "es gmail": "El lun, 12 oct 2026 a las 9:14, Ann Weber (<ann@acme.example>) escribió:",
    "it gmail": f"Il giorno lun 12 ott 2026 alle ore 09:14 {_BOX} ha scritto:",
    "nl gmail": f"Op ma 12 okt 2026 om 09:14 schreef {_BOX}:",
    "pt gmail": f"Em seg., 12 de out. de 2026 às 09:14, {_BOX} escreveu:",
    "sv gmail": f"Den mån 12 okt. 2026 kl 09:14 skrev {_BOX}:",
    "da gmail": f"Den man. 12. okt. 2026 kl. 09.14 skrev {_BOX}:",
    "no gmail": f"man. 12. okt. 2026 kl. 09:14 skrev {_BOX}:",
    "fi gmail": "ma 12. lokak. 2026 klo 9.14 Ann Weber (ann@acme.example) kirjoitti:",
    "pl gmail": f"pon., 12 paź 2026 o 09:14 {_BOX} napisał(a):",
    "pl thunderbird": "W dniu 12.10.2026 o 09:14, Ann Weber pisze:",
    "cs gmail": f"po 12. 10. 2026 v 9:14 odesílatel {_BOX} napsal:",
    "cs thunderbird": "Dne 12. 10. 26 v 9:14 Ann Weber napsal(a):",
    "ru gmail": f"пн, 12 окт. 2026 г. в 09:14, {_BOX}:",  # noqa: RUF001 - as Gmail writes it
    "ru thunderbird": "12.10.2026 09:14, Ann Weber пишет:",
    "ru mail.ru": f"Понедельник, 12 октября 2026, 9:14 +03:00 от {_BOX}:",
    "zh gmail": f"{_BOX} 于2026年10月12日周一 09:14写道：",  # noqa: RUF001 - as Gmail writes it
    "ja gmail": f"2026年10月12日(月) 9:14 {_BOX}:",
    "ja thunderbird": "2026/10/12 9:14、Ann Weber さんは書きました:",
    "ko gmail": f"2026년 10월 12일 (월) 오전 9:14, {_BOX}님이 작성:",
    "tr gmail": f"{_BOX}, 12 Eki 2026 Pzt, 09:14 tarihinde şunu yazdı:",  # noqa: RUF001 - as Gmail writes it
}
#: From, date, to, subject, as Outlook writes them; the day as that language does.
_HEADERS = {
    "en": ("From", "Sent", "Monday, October 12, 2026 9:14 AM", "To", "Subject"),
    "de": ("Von", "Gesendet", "Montag, 12. Oktober 2026 09:14", "An", "Betreff"),
    "fr": ("De", "Envoyé", "lundi 12 octobre 2026 09:14", "À", "Objet"),
    "es": ("De", "Enviado el", "lunes, 12 de octubre de 2026 9:14", "Para", "Asunto"),
    "it": ("Da", "Inviato", "lunedì 12 ottobre 2026 09:14", "A", "Oggetto"),
    "nl": ("Van", "Verzonden", "maandag 12 oktober 2026 9:14", "Aan", "Onderwerp"),
    "pt": ("De", "Enviada em", "segunda-feira, 12 de outubro de 2026 09:14", "Para", "Assunto"),
    "sv": ("Från", "Skickat", "den 12 oktober 2026 09:14", "Till", "Ämne"),
    "da": ("Fra", "Sendt", "12. oktober 2026 09:14", "Til", "Emne"),
    "no": ("Fra", "Sendt", "mandag 12. oktober 2026 09:14", "Til", "Emne"),
    "fi": ("Lähettäjä", "Lähetetty", "maanantai 12. lokakuuta 2026 9.14", "Vastaanottaja", "Aihe"),
    "pl": ("Od", "Wysłano", "poniedziałek, 12 października 2026 09:14", "Do", "Temat"),
    "cs": ("Od", "Odesláno", "pondělí 12. října 2026 9:14", "Komu", "Předmět"),
    "ru": ("От", "Отправлено", "12 октября 2026 г. 9:14", "Кому", "Тема"),  # noqa: RUF001 - Cyrillic is meant
    "zh": ("发件人", "发送时间", "2026年10月12日 9:14", "收件人", "主题"),
    "ja": ("差出人", "送信日時", "2026年10月12日 9:14", "宛先", "件名"),
    "ko": ("보낸 사람", "보낸 날짜", "2026년 10월 12일 월요일 오전 9:14", "받는 사람", "제목"),
    "tr": ("Kimden", "Gönderildi", "12 Ekim 2026 Pazartesi 09:14", "Kime", "Konu"),
}
_DIVIDERS = {
    "en": ("-----Original Message-----", "---------- Forwarded message ---------"),
    "de": ("-----Ursprüngliche Nachricht-----", "---------- Weitergeleitete Nachricht ----------"),
    "fr": ("-----Message d'origine-----", "---------- Message transféré ---------"),
    "es": ("-----Mensaje original-----", "---------- Mensaje reenviado ---------"),
    "it": ("-----Messaggio originale-----", "---------- Messaggio inoltrato ---------"),
    "nl": ("-----Oorspronkelijk bericht-----", "---------- Doorgestuurd bericht ---------"),
    "pt": ("-----Mensagem original-----", "---------- Mensagem encaminhada ---------"),
    "sv": ("-----Ursprungligt meddelande-----", "---------- Vidarebefordrat meddelande ---------"),
    "da": ("-----Oprindelig meddelelse-----", "---------- Videresendt meddelelse ---------"),
    "no": ("-----Opprinnelig melding-----", "---------- Videresendt melding ---------"),
    "fi": ("-----Alkuperäinen viesti-----", "---------- Välitetty viesti ---------"),
    "pl": ("-----Wiadomość oryginalna-----", "---------- Wiadomość przekazana ---------"),
    "cs": ("-----Původní zpráva-----", "---------- Přeposlaná zpráva ---------"),
    "ru": ("-----Исходное сообщение-----", "---------- Пересылаемое сообщение ---------"),
    "zh": ("-----原始邮件-----", "---------- 转发的邮件 ---------"),
    "ja": ("-----元のメッセージ-----", "---------- 転送されたメッセージ ---------"),
    "ko": ("-----원본 메시지-----", "---------- 전달된 메시지 ---------"),
    "tr": ("-----Orijinal İleti-----", "---------- Yönlendirilen ileti ---------"),
}
_FIELDS = "To: Lena Brandt/RW/Ring@RING\ncc:  \n\nSubject: Rings\n\n"
_LONG_FIELDS = (
    "\t\t To: Lena Brandt/RW/Ring@RING, Carl \nBerg/RW/Ring@RING, Dora Lind/RW/Ring@RING\n\t\t cc: \n"
    "\t\t Subject: Rings\n\n"
)
_DIVIDED = (
    "---------------------- Forwarded by Lena Brandt/RW/Ring on 10/13/2026 \n08:00 AM ---------------------------\n"
)
_LETTERHEAD = "\tAcme Services\n\t\n\tFrom:  Ann Weber                           10/12/2026 09:14 AM\n"
_OUTSIDE = '"Ann Weber" <ann@acme.example> on 10/12/2026 09:14:03 AM\nPlease respond to <ann@acme.example>\n'
_LOTUS = {
    "lotus": f"Ann Weber@ACME\n10/12/2026 09:14 AM\n{_FIELDS}",
    "lotus indented": f"\tAnn Weber\n\tSent by: Ben Hill\n\t10/12/2026 09:14 AM\n\t\t \n{_LONG_FIELDS}",
    "lotus forwarded": f"{_DIVIDED}\n\nAnn Weber\n10/12/2026 09:14 AM\n{_FIELDS}",
    "lotus letterhead": f"{_LETTERHEAD}\tPhone No: 555 0100\n\t\n\n\n{_FIELDS}",
    "lotus from outside": f"{_OUTSIDE}{_FIELDS}",
    "groupwise": '>>> "Weber, Ann" <ann@acme.example> 10/12/26 09:14AM >>>\n',
}


def _blocks() -> list[Style]:
    styles = []
    for language, (sender, sent, day, to, subject) in _HEADERS.items():
        fields = ((sender, _BOX), (sent, day), (to, "Lena Brandt <lena@ringwerk.example>"), (subject, "Rings"))
        plain = "\n".join(f"{name}: {value}" for name, value in fields)
        starred = "\n".join(f"*{name}:* {value}" for name, value in fields)
        original, forwarded = _DIVIDERS[language]
        styles += [
            Style(f"{language} outlook", f"{plain}\n\n"),
            Style(f"{language} outlook in stars", f"{starred}\n\n"),
            Style(f"{language} original message", f"{original}\n{plain}\n\n"),
            Style(f"{language} forwarded message", f"{forwarded}\n{plain}\n\n"),
        ]
    return styles


_HOTMAIL = (
    "> Subject: Rings\n> From: ann@acme.example\n> To: lena@ringwerk.example\n"
    "> Date: Mon, 12 Oct 2026 09:14:03 +0200\n> \n"
)
_UNDERLINED = f"{'_' * 32}\nFrom: {_BOX}\nSent: Monday, October 12, 2026 9:14 AM\nTo: Lena\nSubject: Rings\n\n"
_APPLE = (
    f"Begin forwarded message:\n\nFrom: {_BOX}\nSubject: Rings\nDate: 12 October 2026 at 09:14:03 CEST\n"
    "To: Lena <lena@ringwerk.example>\n\n"
)
_HTML = f"On Mon, Oct 12, 2026 at 9:14 AM {_BOX} wrote:\n\n"
STYLES = [
    *(Style(name, f"{line}\n\n", marked=True) for name, line in _ATTRIBUTIONS.items()),
    Style("marks alone", "", marked=True, is_named=False),
    Style("hotmail", _HOTMAIL, marked=True),
    *_blocks(),
    *(Style(name, opening) for name, opening in _LOTUS.items()),
    Style("underlined", _UNDERLINED),
    Style("apple forward", _APPLE),
    Style("attribution of html", _HTML),
]
