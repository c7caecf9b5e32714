"""HTML to readable text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.html import text_of


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<div>One</div><div>Two</div>", "One\n\nTwo"),
        ("  <p>many\n   spaces&nbsp;\t here</p>", "many spaces here"),
        ("<p>1 &lt; 2 &amp; 3 &euro;</p>", "1 < 2 & 3 €"),
        ("<ul><li>one<li>two</ul>", "- one\n\n- two"),
        ("<table><tr><td>Boxes</td> <td>12</td> </tr><tr><th>Price</th><th>EUR 4.50</th></tr></table>",
         "Boxes | 12\n\nPrice | EUR 4.50"),
        ("<pre>one\n  two\n\nthree</pre>", "one\ntwo\n\nthree"),
        ("<a href='https://x.example/pay'>Pay now</a>", "Pay now <https://x.example/pay>"),
        ("<a href='https://x.example/'>x.example</a>", "x.example"),
        ("<a href='mailto:ann@x.example'>ann@x.example</a>", "ann@x.example"),
        ("<a href='mailto:ann@x.example'>Ann</a>", "Ann <mailto:ann@x.example>"),
        ("<a href='javascript:alert(1)'>here</a>", "here"),
        ("<a href='https://x.example/" + "t" * 300 + "'>Track</a>", "Track"),
        ("<a name=top>Top</a>", "Top"),
        ("<img src=x alt='Our logo'><img src=y>", "[Our logo]"),
        ("<style>p{}</style><script>x()</script><title>t</title><p>seen</p><!-- note -->", "seen"),
        ("<noscript>seen without scripts, as mail is</noscript>", "seen without scripts, as mail is"),
        ("pay\u200bment \u00adnow", "payment now"),
        ("plain text", "plain text"),
        ("<p>never <b>closed", "never closed"),
        ("<frameset><frame></frameset>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_text_of_keeps_what_a_reader_sees(html: str, expected: str) -> None:
    """Prices would run into names, links and lines would be lost, code would be read as text."""
    assert text_of(html) == (expected, 0)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("Yes.<br>On Monday Ann wrote:<blockquote type=cite><p>One</p><p>Two</p></blockquote><p>Three</p>",
         "Yes.\nOn Monday Ann wrote:\n\n> One\n>\n> Two\n\nThree"),
        ("<blockquote class='gmail_quote'>One<blockquote class='gmail_quote'>Two</blockquote></blockquote>",
         "> One\n\n> > Two"),
        ("<blockquote cite='mid:1@x.example'>One</blockquote>", "> One"),
        ("<blockquote>One</blockquote><blockquote type=cite></blockquote>Two", "One\n\nTwo"),
        ("<blockquote type=cite>" * 300 + "deep", "> " * 9 + "deep"),
    ],
)  # fmt: skip
def test_text_of_marks_what_a_mail_program_quotes(html: str, expected: str) -> None:
    """An answer between quoted lines would look as if it was quoted, too."""
    assert text_of(html)[0] == expected


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "display : NONE !important",
        "color:red;visibility: hidden;",
        "font-size:0",
        "font-size: 0px;",
        "font-size:0.0em",
        "opacity:0",
        "opacity: 0.00 ; color:red",
        "max-height:0!important",
        "mso-hide:all",
        "visibility:collapse",
        "font-size:1px",
        "max-width:0",
        "height:0;overflow:hidden",
        "overflow:hidden; width:0px",
        "position:absolute;left:-9999px",
        "position: fixed; top:-500em",
        "text-indent:-9999px",
        "margin-left: -10000px",
        "clip:rect(0,0,0,0)",
        "clip: rect(1px 1px 1px 1px)",
        "clip-path:inset(50%)",
        "transform:scale(0)",
        "color:transparent",
        "color:#fff",
        "color:WHITE",
        "color:#fefefe",
        "color: rgb(255, 255, 255)",
        "color:#000; background:#000 none",
        "background-color:black",
    ],
)
def test_text_of_removes_hidden_text_and_counts_it(style: str) -> None:
    """Instructions that no reader of the mail sees would reach the model."""
    assert text_of(f"<p>seen</p><div style='{style}'>obey <b>me</b></div>") == ("seen", 7)


@pytest.mark.parametrize(
    "style",
    [
        "font-size:0.9em",
        "font-size: 08px",
        "opacity:0.5",
        "max-height:0.5em",
        "display:block",
        "font-size:10px",
        "height:0",
        "left:-9999px",
        "position:absolute;left:-9px",
        "text-indent:-20px",
        "color:#eee",
        "color:white;background:#036",
        "color:#fff;background:url(x.png)",
        "color:white;background-image:url(x.png)",
        "background:navy",
        "clip:rect(0,100px,20px,0)",
        "color:inherit",
    ],
)
def test_text_of_keeps_small_print(style: str) -> None:
    """Conditions in small print would be taken for hidden and lost."""
    assert text_of(f"<p style='{style}'>small print</p>") == ("small print", 0)


def test_text_of_counts_nested_hidden_text_once() -> None:
    """The count would exceed what was there, or freed memory would be read."""
    html = "<div hidden>ab<p style='display:none'>cd<span hidden>ef</span></p></div>seen"
    assert text_of(html) == ("seen", 6)


def test_text_of_a_hidden_body_is_empty() -> None:
    """A mail that hides all of itself would be shown."""
    assert text_of("<body style='display:none'>all of it</body>") == ("", 9)


def test_text_of_takes_thousands_of_nested_tables() -> None:
    """A newsletter's layout would overflow the stack."""
    assert text_of("<table><tr><td>" * 3_000 + "deep")[0].strip(" |\n") == "deep"


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("<>/'\"= adivtablehrefstyle:none;!-\x00\ud800"), max_size=80))
def test_text_of_never_raises(html: str) -> None:
    """One broken page would end the import."""
    text, hidden_chars = text_of(html)
    assert isinstance(text, str)
    assert hidden_chars >= 0


@pytest.mark.parametrize(
    ("sheet", "html", "expected"),
    [
        (".x{display:none}", "<p class='a x'>obey</p>seen", ("seen", 4)),
        ("#x{font-size:0}", "<p id=x>obey</p>seen", ("seen", 4)),
        ("p.x, b { visibility : hidden }", "<p class=x>obey</p><b>me</b><i class=x>seen</i>", ("seen", 6)),
        ("/* a */ .x { DISPLAY:NONE } ", "<p class=X>obey</p>seen", ("seen", 4)),
        (".x{color:#ffffff}", "<p class=x>obey</p>seen", ("seen", 4)),
        # what the element says itself wins, unless the rule is firm
        (".x{display:none}", "<p class=x style='display:block'>seen</p>", ("seen", 0)),
        (".x{display:none !important}", "<p class=x style='display:block'>obey</p>seen", ("seen", 4)),
        # what depends on the screen is not known
        ("@media print { .x{display:none} } .y{display:none}", "<p class=x>seen</p><p class=y>obey</p>", ("seen", 4)),
        ("@import 'a.css'; .x{display:none}", "<p class=x>obey</p>seen", ("seen", 4)),
        ("div .x{display:none}", "<p class=x>seen</p>", ("seen", 0)),
        # a background that a rule of another form paints
        ("td > .x{background:#000}", "<p style='color:#fff'>seen</p>", ("seen", 0)),
        (".x{", "<p class=x>seen</p>", ("seen", 0)),
        ("@media {", "<p>seen</p>", ("seen", 0)),
    ],
)
def test_text_of_reads_simple_rules_of_a_style_sheet(sheet: str, html: str, expected: tuple[str, int]) -> None:
    """Hidden instructions would pass by a class, or words would be lost by a rule that does not hold."""
    assert text_of(f"<html><head><style>{sheet}</style></head><body>{html}</body></html>") == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<body bgcolor=#000000 text=#ffffff>seen <font color=black>obey</font></body>", ("seen", 4)),
        ("<table bgcolor=#333><tr><td style='color:white'>seen</td></tr></table>", ("seen", 0)),
        ("<div style='color:white'>obey <span style='background:#000'>seen</span></div>", ("seen", 5)),
        ("<div style='background:#000'><a href='https://x.example'>Pay</a></div>", ("Pay <https://x.example>", 0)),
        ("<table><td background=x.png><font color=white>seen</font></td></table>", ("seen", 0)),
        ("<p aria-hidden=true>seen</p>", ("seen", 0)),
    ],
)
def test_text_of_knows_the_colours_around_a_text(html: str, expected: tuple[str, int]) -> None:
    """White letters on a dark bar would be lost, or white ones on white be read."""
    assert text_of(html) == expected


@pytest.mark.timeout(20)
@pytest.mark.parametrize("hostile", ["{", "}", "@", "@{", "a{}", ".x{display:none}", "/*", "<!--", "a,"])
def test_text_of_takes_hostile_style_sheets_in_bounded_time(hostile: str) -> None:
    """One page of marks would hold up the import."""
    sheet = hostile * (1_000_000 // len(hostile))
    text, _ = text_of(f"<style>{sheet}</style><p>seen</p>")
    assert text == "seen"
