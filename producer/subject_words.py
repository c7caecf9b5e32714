"""Words of subject lines in the languages of our users: data alone.

Sources: the prefixes of the common mail programs (Outlook, Lotus Notes, Thunderbird, Gmail) in each language.
"""

from __future__ import annotations

#: What a mail program puts before the subject of an answer or a forwarded mail, case-folded.
PREFIXES = frozenset(
    (
        # English, and what most programs write everywhere
        "re ref fw fwd forward forwarded "
        # German: Antwort, Weitergeleitet. Dutch: Antwoord, Doorsturen.
        "aw antw antwort wg weitergeleitet weiterleitung antwoord doorst doorgestuurd "
        # Swedish, Danish, Norwegian, Icelandic: svar, vidarebefordrat/videresendt, framsent
        "sv svar vb vs vid vidarebefordrat videresendt videresend framsent fs "
        # Finnish: vastaus, välitetty. Estonian: vastus, edasi.
        "vl vast edasi "
        # French, Spanish, Portuguese, Italian, Romanian
        "tr rép réf trans rv reenv res enc encaminhada resp ri rif r i inoltra răsp "
        # Polish, Czech, Slovak, Hungarian, Turkish, Latvian
        "odp pd hiv vá továbbítás továbbítva ynt ilt atb yml pārs "
        # Greek, Russian, Ukrainian, Hebrew, Arabic
        "απ σχετ πρθ на отв ответ пер пересл відп השב הועבר תשובה رد "
        # Chinese, Japanese, Korean, Vietnamese, Indonesian
        "回复 回覆 答复 答覆 转发 轉寄 轉發 返信 転送 회신 답장 전달 tl ct bls trs"
    ).split()
)

#: Words by which no conversation can be told from another, case-folded.
GENERIC = frozenset(
    (
        # courtesies
        "hello hi hey hallo hej moin salut bonjour hola ciao olá ola merhaba witam cześć ahoj szia terve "
        "привет здравствуйте 你好 您好 こんにちは 안녕하세요 thanks thank thx danke merci gracias grazie obrigado "
        "bedankt tack tak takk kiitos dziękuję děkuji köszönöm teşekkürler спасибо 谢谢 謝謝 ありがとう 감사합니다 "
        "please bitte good morning evening guten morgen tag day regards greetings grüße welcome sorry fyi asap "
        # kinds of mail
        "message mail email e-mail e nachricht mensaje mensagem messaggio bericht meddelande besked wiadomość zpráva "
        "mesaj сообщение письмо note notes memo info information informations information informationen información "
        "attached attachment attachments anhang document documents dokument file files scan scanned image images fax "
        "picture pictures photo photos foto fotos link links draft copy none untitled subject betreff "
        # business of every day
        "meeting meetings besprechung termin réunion reunión reunião riunione vergadering möte møde møte kokous "
        "spotkanie schůzka toplantı встреча 会议 會議 会議 회의 call conference agenda schedule invitation einladung "  # noqa: RUF001 - Turkish
        "invoice invoices rechnung facture factura fatura fattura factuur faktura lasku счет счёт 发票 發票 請求書 "
        "order orders bestellung commande pedido ordine bestelling beställning ordre tilaus zamówienie objednávka "
        "sipariş заказ 订单 訂單 注文 주문 quote quotation offer offers angebot devis oferta offerte orçamento "
        "payment zahlung paiement pago pagamento betaling question questions frage fragen pregunta domanda vraag "
        "fråga spørgsmål pytanie dotaz soru вопрос 问题 質問 질문 query request anfrage demande solicitud richiesta "
        "reply answer antwort response update updates status report reports bericht rapport reporte relatório "
        "reminder erinnerung rappel urgent wichtig important dringend news newsletter announcement notification "
        "confirmation bestätigung problem issue issues error help hilfe aide ayuda aiuto hulp hjälp pomoc yardım "  # noqa: RUF001 - Turkish
        "помощь test tests testing prueba prova essai toets lunch dinner coffee drinks party vacation holiday weekend "
        "contact kontakt job change changes new neu work plan review feedback follow followup up next week month "
        "today tomorrow yesterday heute morgen gestern daily weekly monthly year version final here it this that "
        # joining words
        "a an the of for to in on at by with from and or your my our you me we is are be der die das und für von zu "
        "mit im le la les de des du et pour el los las y para por il lo gli per e di da o os as um uma no not yes re "
        # days and months
        "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag "
        "sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado "
        "domingo january february march april may june july august september october november december januar februar "
        "märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre "
        "décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
        "mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec am pm"
    ).split()
)
