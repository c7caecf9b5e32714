"""Requests and promises in a text: which sentences are one, of whom, and which are none."""

from __future__ import annotations

import pytest

from consumer.analysis.readers import actions


def said(text: str) -> list[tuple[str, str]]:
    """Return the kind and the words of what *text* asks or promises."""
    return [(action.kind, action.what) for action in actions.read(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Please send me the drawings by Friday.",
        "Could you confirm the quantity?",
        "Would you mind calling the mill?",
        "Let me know which colour you prefer.",
        "I would appreciate your comments on the draft.",
        "We look forward to your comments.",
        "I need your signature on page 3.",
        "You must return the form within two weeks.",
        "The report is ready for your approval.",
        "Let's meet at the mill.",
        "Review the list and correct what is wrong.",
        "Don't share this with the supplier.",
        "For the second point, mention that the rails are ours.",
        "Any news of the truck?",
        "What is your phone number?",
        "The mill has no such rail, but is this anything you would buy?",
        "I wonder if you could spare a lathe.",
        "We would like to invite you to speak in Leeds.",
        "We need to prepare the customs papers.",
        "calendar",
        "Could you call the mill and order the rails.",
        "Do you want a quotation for the rails (all sizes).",
        "May I have two of the drawings.",
        "Once you have the plan lets discuss it.",
        "How about adding a page on the rails?",
        "Or will there be time for it next week?",
        "At what price do the rails break even for us?",
        "The price is fixed, but I wonder if you would take fewer.",
        "I was wondering who runs the mill now.",
        "You are free on Monday?",
        "Are folks ready for a long call at nine on Monday to begin with the plan of the mill?",
        "Any thoughts on the plan - they are due.",
        "It is late (can you send the plan as well).",
        "What are your views on the plan (they are due).",
        "Starting tonight, will you add the rails to the list.",
        "You may need to ask the miller.",
        "I would like a copy of the plan.",
        "I need to discuss the plan with you.",
        "We will then need to decide which saw is cut.",
        "I wanted to check with you about rails.",
        "Take a look at the plan.",
        "We should discuss this on Monday.",
        "You should definitely include the mill.",
        "You should plan another visit.",
        "I think you, or someone of the mill, should discuss it.",
        "Ben, suggest you have Ann look at it.",
        "We encourage your visit.",
        "I am writing to ask for two rails.",
        "We look forward to getting your drawing.",
        "Ann wanted your opinion on the plan.",
        "I still need to speak with Ben on rails.",
        "Were you at the mill, it was loud.",
        "The saw is new, so if you get a chance, check it twice.",
        "Drop the blue rail from page nine.",
        "Ann would like your comments on the plan.",
        "Final comments are due to ann@acme.example by noon.",
        "Please destroy earlier versions of the plan.",
        "Ann will need it by Friday.",
        "I assume you will see that it gets to the mill.",
        "Please mark the plan as confidential and privileged.",
        "So we want to go there, right?",
        "In the letter, I would delete the second line.",
        "I think it makes sense to oil the saw.",
        "I told Ben you would oil the saw.",
        "Any sketch of the saw would be much appreciated.",
        "We invite you or Ben to the mill.",
        "It would be nice to oil the saw.",
        "I really do need you for this.",
        "The mill is shut......let me know which rails.",
        "The plan needs to be assessed.",
        "ACTION ITEM: Call the mill.",
        "I think you should put the price first.",
        "We need to decide who goes.",
        "The firm is small, we really need this soon.",
        "Your ideas are always welcome.",
        "Any help with the plan would be appreciated.",
        "I suggest you call the mill.",
        "I propose that we meet on Monday.",
        "Perhaps you could stop by the mill.",
        "It would be useful to compare the two plans.",
        "Comments should be received by Friday.",
        "The plan needs to be signed.",
        "Carla needs to decide on the colour.",
        "Ben wants to talk about the rails.",
        "I wanted to see whether rails bend.",
        "I am hoping you can spare an hour.",
        "I would be most interested in your drawing.",
        "We request your approval of the plan.",
        "Be prepared to show the plan.",
        "Don't forget the list.",
        "The mill is closed, so call them tomorrow.",
        "I think the plan is good, call me at 555-0100.",
        "Please let me know of any comments or concerns.",
        "Please put Monday in your diary, and if you have any questions, do not hesitate to call me.",
        "Your views on the saw please.",
        "We would much appreciate if you could come to Leeds.",
        "I should be really grateful for a drawing.",
        "If the mill is shut, let Carla know.",
        "Keep Carla and Ben apprised of the price.",
        "We will also need the drawing of the saw.",
        "Need to know if the mill is open.",
        "The saw is old, and will need copies of the plan.",
        "We should delete the second page.",
        "I think you should go to the mill.",
        "You, Ben and I should talk.",
        "Why not have Ben run the saw",
        "I would just say Ben runs the mill.",
        "I'd then go into the price of rails.",
        "Hope you can join us at the mill.",
        "I would really need to know when the mill opens.",
        "You will want to oil the saw.",
        "You'll need to oil the saw.",
        "The plan is done, and we wanted to run it by you.",
        "We need another saw.",
        "Reactions?",
        "Make sense for Ben to oil it?",
        "Any chance you could oil the saw",
        "Mind oiling the saw.",
        "Appreciate if you can oil the saw.",
        "Could u oil the saw",
        "Ben could really use your help.",
        "Need this by Friday.",
        "Action required: a new saw.",
        "Attendance is mandatory.",
        "Let me see the plan before it goes out.",
        "I'd like for you to see the saw.",
        "Hold off on the saw until Monday.",
        "I've asked Ben to oil it.",
        "Has this gone to the mill",
        "What are our chances of getting the rails by May.",
        "Ben do you have any rails left",
        "Carla--has the mill called yet?",
        "Lena -- is there something you can say of the saw",
        "Thoughts.....?",
        "The saw is new. (Need guidance on the price here.)",
        "What do you think about a new saw.",
        "Carla asked us to oil the saw.",
        "The miller asked that we not use the saw.",
        "We are asking for a third rail.",
        "Ben would like us to see the mill.",
        "Want you to show the saw.",
        "Contact either Ben or Carla.",
        "Further distribute the plan as you see fit.",
        "FYI -- send it to the mill.",
        "See the note below and respond directly to Carla.",
        "I'm suggesting that we wait.",
        "How about a page on the saw",
        "It would be a good idea to oil the saw.",
        "It would be helpful if we oiled the saw.",
        "I trust that you will oil the saw.",
        "Ben will likely need your help.",
        "We should perhaps use the old saw.",
        "It is essential for each of us to attend.",
        "Don't do anything in the meantime.",
        "Just checking to see if the mill is open.",
        "Please accept the attached list for the mill.",
        "Bitte schicken Sie uns die Zeichnung.",
        "Könnten Sie den Termin bestätigen?",
        "Merci de confirmer la livraison.",
        "Pourriez-vous nous envoyer le plan ?",
        "Por favor confirme el pedido.",
        "Bardzo prosze o kontakt.",
    ],
)
def test_read_finds_a_request(text: str) -> None:
    """Nobody would do what was asked for."""
    assert [kind for kind, _ in said(text)] == ["request"]


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("I will send the drawings tomorrow.", "writer"),
        ("I'll get back to you on this.", "writer"),
        ("I am forwarding the list to Ben.", "writer"),
        ("I will be turning in the room list next week.", "writer"),
        ("We will provide the samples.", "writer"),
        ("I'm going to read the plan next.", "writer"),
        ("I'll be taking the lead on the saw.", "writer"),
        ("I've agreed to oil the saw.", "writer"),
        ("Our sales team will send the list.", "writer"),
        ("I will leave a message for Ben.", "writer"),
        ("We are organising a visit.", "writer"),
        ("We intend to send the list.", "writer"),
        ("I will continue to work on the saw.", "writer"),
        ("Carla is arranging a visit.", "named"),
        ("I'm going to find out from Ben.", "writer"),
        ("I'll have Carla bring the list.", "writer"),
        ("I'll have to check with the mill.", "writer"),
        ("I am sending it to Ben for his views.", "writer"),
        ("I am sending you the list separately.", "writer"),
        ("I am reviewing the plan of the mill.", "writer"),
        ("We are obtaining a copy of the plan.", "writer"),
        ("Carla and I are following up with the mill.", "writer"),
        ("We will show it to Ben.", "writer"),
        ("We are going to meet with the miller.", "writer"),
        ("Will keep you posted on the saw.", "writer"),
        ("I am in Leeds and shall contact you from there.", "writer"),
        ("Will include the price in the list.", "writer"),
        ("Details of the saw will follow.", "writer"),
        ("More details are forthcoming.", "writer"),
        ("A drawing and a longer letter will be forthcoming.", "writer"),
        ("Carla will attend in your place.", "named"),
        ("Carla will continue to pursue it.", "named"),
        ("I need to check with Ben.", "writer"),
        ("I am setting up the call.", "writer"),
        ("I will be in touch with Ben.", "writer"),
        ("Will send a full report later.", "writer"),
        ("I have the list and will handle it.", "writer"),
        ("Ann is away so will coordinate through Ben.", "writer"),
        ("We'll try to set the saw up.", "writer"),
        ("We will have the list in hand tomorrow.", "writer"),
        ("We'll start the saw tonight.", "writer"),
        ("The list will be distributed before the call.", "writer"),
        ("Kelly will call the mill.", "named"),
        ("RW sales team will also let the mill know.", "named"),
        ("Leeds sales team will provide the list.", "named"),
        ("Ben Hill has agreed to prepare the drawings.", "named"),
        ("Ich schicke Ihnen die Liste.", "writer"),
        ("Je vous enverrai le plan.", "writer"),
        ("Le enviaré la oferta.", "writer"),
    ],
)
def test_read_finds_a_promise(text: str, party: str) -> None:
    """Nobody would wait for what was promised, or from another."""
    assert [(action.kind, action.party) for action in actions.read(text)] == [("commitment", party)]


@pytest.mark.parametrize(
    "text",
    [
        "Please call me if you have any questions.",
        "If you need anything further, let me know.",
        "Feel free to contact Ann.",
        "Please see the attached drawing.",
        "Please let me know if you would like a second drawing.",
        "I can meet you in Leeds, just let me know.",
        "If you are not the addressee, you must not use it.",
        "| If you received this in   |\n| error, please delete it. |",
        "If you received it by mistake, please return it.",
        "To reach our email administrator, send it to the mill.",
        "If you have questions, please leave me a note.",
        "Feel free to give me a call if you like to talk about it.",
        "Can you imagine what the mill would say?",
        "You have to worry about the price only.",
        "You must be busy.",
        "I do not think we should call the mill.",
        "Leeds will get covered as well.",
        "Please delete this message.",
        "It contains confidential words that are privileged, please keep it so.",
        "The saw must be made of steel.",
        "Get your free mailbox at acme.example.",
        "Take the second exit to Leeds.",
        "Save the most on rails.",
        "ORDER INFORMATION for the rails",
        "Add Payroll Processing Taxes",
        "Phone No: 555 0100",
        "Let me congratulate you on the plan.",
        "The time you need to reach it is short.",
        "This is where you have to sign in.",
        "The result was not what we hoped.?",
        "I will be unable to come, as I will be attending a fair.",
        "I will start in Leeds as a miller.",
        "There is talk that Carla will send a new plan.",
        "Minister Ruiz will review it.",
        "Please find enclosed our offer.",
        "Thank you for your help.",
        "I look forward to hearing from you.",
        "I hope all is well, how are you?",
        "Click here to unsubscribe.",
        "Visit our site for special offers.",
        "If you are not the intended recipient, please notify the sender.",
        "I will be out of the office on Friday.",
        "I will not attend.",
        "We will continue to grow.",
        "We will eliminate the unit in May.",
        "Gov. Miller will sign the bill.",
        "The council will decide.",
        "Perhaps we could use the old saw.",
        "Perhaps I should oil the saw.",
        "I intend to stay with the mill.",
        "How can you sleep when the saw runs all night.",
        "That is the list that we intend to send.",
        "Please see my note below.",
        "Please accept my apologies.",
        "Please refer to the list.",
        "The list shows the pages that need to be changed.",
        "I look forward to your visit of the mill.",
        "You are welcome to call me at home.",
        "You may also reach me at the mill.",
        "Just paste it in your browser and send it.",
        "Put remove in the subject of your mail to leave the list.",
        "I am sending you the list of rails.",
        "I'm forwarding my notes of the day.",
        "I am working on a new saw.",
        "How's it going?",
        "Let me know how we can help.",
        "For more information, call Ben at the mill.",
        "These are the things we need to consider.",
        "There is no need to review the plan.",
        "letter to millers 2.doc",
        "phone 555-0100",
        "Request ID: 0042",
        "Call in number is below.",
        "Carla will continue to report to Ben.",
        "I'd say that the saw is old.",
        "He is going to look into it and get back to me.",
        "He will give it some thought.",
        "The mill returned the order.",
        "Mark Hall, Managing Director",
        "Contact Information",
        "PHONE NUMBERS BELOW",
        "Please join me in congratulating Lena.",
        "See below.",
        "Bitte finden Sie anbei die Rechnung.",
        "Veuillez trouver ci-joint la facture.",
        "",
    ],
)
def test_read_finds_none_in_courtesy_news_and_footers(text: str) -> None:
    """The list of what is to be done would be too long for anybody to read."""
    assert said(text) == []


def test_read_takes_a_wrapped_and_marked_sentence_as_one() -> None:
    """A request would end with its line."""
    text = "> Please send the drawings\n> of the rails to Ben. Thanks.\n"
    (action,) = actions.read(text)
    assert action.what == "Please send the drawings of the rails to Ben."
    assert text[action.start : action.end].endswith("to Ben.")


def test_read_trims_what_to_the_request_and_ends_it_at_a_word() -> None:
    """A list would show sentences of half a page."""
    assert said("As the truck is late, please call the mill.") == [("request", "please call the mill.")]
    (action,) = actions.read("Please send " + "rails and " * 40 + "bolts.")
    assert len(action.what) <= 160
    assert action.what.endswith(("rails", "and"))


def test_read_passes_over_the_questions_of_a_treatise() -> None:
    """A list of what could be asked of others would be as many tasks of the reader."""
    treatise = (
        "Were rails short? Was the saw idle? Is steel dear? Has it grown? Did it pay? Is it so? Please add others."
    )
    assert said(treatise) == [("request", "Please add others.")]
    assert len(said("Were rails short? Did you run the saw?")) == 2


def test_read_takes_no_question_that_is_answered_at_once() -> None:
    """A list of what is often asked would be as many tasks."""
    assert said("Can you cut rails? Yes. The saw is new.") == []
    assert said("Who runs the mill? My answer - Ben and Carla.") == []


def test_read_ends_a_question_that_lacks_its_blank() -> None:
    """Two would be one, of which the end is none."""
    assert said("Has the mill called?Thanks.") == [("request", "Has the mill called?")]


def test_read_takes_curly_marks_for_straight_ones() -> None:
    """What a word processor wrote would ask for nothing."""
    assert said("I\u2019ll send the list.") == [("commitment", "I'll send the list.")]


def test_read_takes_the_questions_of_a_report_for_its_matter() -> None:
    """What a newsletter asks of everybody would be as many tasks."""
    report = "The mill cut a hundred rails that day. " * 70
    assert said(f"{report} Is the saw too old? Look at the rails.") == []
    assert len(said(f"{report} Please call me. Ben will send the list.")) == 2


def test_read_adds_nothing_for_a_phrase_that_follows_a_question() -> None:
    """One question would be two things to do."""
    assert said("Is the mill open on Friday? Please advise.") == [("request", "Is the mill open on Friday?")]
    assert said("The mill is open. Please advise.") == [("request", "Please advise.")]
    assert said("I will go there. Please advise.")[1:] == [("request", "Please advise.")]


def test_read_keeps_a_promise_beside_the_request_that_follows_from_it() -> None:
    """Of two things in a sentence one would be lost."""
    text = "I will send the list on Monday, please check it."
    assert [kind for kind, _ in said(text)] == ["commitment", "request"]


def test_read_keeps_what_a_sentence_asks_besides() -> None:
    """Whoever calls Ben would not send the list."""
    text = "Could you call Ben, and if he is out, please send him the list?"
    assert [what for _, what in said(text)] == [text, "please send him the list?"]
    assert len(said("Could you call Ben, and please find attached the list?")) == 1


def test_read_takes_each_bullet_for_itself() -> None:
    """A list of tasks would be one task."""
    text = "To do:\n- Call the mill\n- Send the samples to Ben\n- Check with Ann\n"
    assert len(said(text)) == 3


def test_read_leaves_a_newspaper_to_its_readers() -> None:
    """What politicians want would be ours to do."""
    article = "The mayor said it. He said more. She said no. They said yes. Please send money, he said."
    assert said(article) == []
    assert said(f"{article} Why is that? Please keep the article.") == [("request", "Please keep the article.")]


def test_read_leaves_an_advertisement_alone() -> None:
    """Whoever sells something would set the day's work."""
    assert said("Absolutely free! Please send this form, no obligation.") == []
    assert said("Please send the list of what is free!") != []


@pytest.mark.parametrize(
    "text",
    ['"Please send money to all," she wrote.', 'Please send money to all," she wrote.', 'He wrote "please send it".'],
)
def test_read_leaves_what_is_cited_to_whom_it_was_said(text: str) -> None:
    """What a witness told a court would be a task."""
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ben, could you call the mill?", "Ben"),
        ("Lena - please schedule it.", "Lena"),
        ("So, let's wait.", None),
        ("Perhaps, plan a visit.", None),
        ("Question: do you want it?", None),
        ("We would like Carla to call.", "Carla"),
        ("I have asked Carla Ruiz to call.", "Carla Ruiz"),
        ("We would like It to work, please.", None),
        ("Strategically, are you willing to wait?", None),
        ("Could you call the mill?", None),
    ],
)
def test_a_request_names_whom_it_calls(text: str, name: str | None) -> None:
    """What one of several is asked would be everybody's, or that of a word."""
    assert [action.name for action in actions.read(text)] == [name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hi Ben,\nplease call.", "Ben"),
        ("Dear Lena:\n", "Lena"),
        ("Lena -\n\nplease call.", "Lena"),
        ("Ben--\n\tplease call.", "Ben"),
        ("Ben, I believe that we met.", "Ben"),
        ("Subject: Rails\n\nBen,\n", "Ben"),
        ("Leeds, LS1 4AB\n", None),
        ("All,\nplease call.", None),
        ("MARKET NOTICE\nplease call.", None),
        ("Please call.", None),
        ("Today, I saw it.", None),
    ],
)
def test_greeted_finds_whom_the_first_line_greets(text: str, name: str | None) -> None:
    """Whoever is meant by "you" would be nobody, or a town."""
    assert actions.greeted(text) == name
