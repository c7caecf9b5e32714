"""Which HTML a reader of the mail does not see: the oldest way to plant instructions for a machine.

Comes in: an element's attributes, the rules of the `<style>` elements and the look of what surrounds it. Goes out: the
element's own look, or that it is hidden. Where the look is not known for sure (a picture behind the text, rules that
are not simple), the text counts as seen: it is worse to lose what somebody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

Attributes = Mapping[str, str | None]
Declarations = dict[str, str]
Colour = tuple[int, int, int]

_BRACE = re.compile(r"[{}]")
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?(?:[.#]([\w-]+))?", re.IGNORECASE)
_MAX_SHEET_CHARS = 200_000
_MAX_RULES = 2_000
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})")
#: Zero counts with any unit, `0.9em` does not.
_ZERO = re.compile(r"0(?:\.0*)?(?:[a-z]+|%)?\Z")
#: Off any screen: three digits to the left of it or above it.
_FAR = re.compile(r"-\d{3,}")
_CLIPPED = re.compile(r"rect\((?:\s*[01](?:px)?[\s,]*){4}\)|inset\((?:50|100)%")
#: Values that hide whatever the other properties say.
_HIDING = {
    "display": re.compile(r"none\Z"),
    "visibility": re.compile(r"(?:hidden|collapse)\Z"),
    "mso-hide": re.compile(r"all\Z"),
    "font-size": re.compile(rf"{_ZERO.pattern}|[01](?:\.\d*)?(?:px|pt)\Z"),
    "opacity": _ZERO,
    "max-height": _ZERO,
    "max-width": _ZERO,
    "text-indent": _FAR,
    "margin-left": _FAR,
    "margin-top": _FAR,
    "clip": _CLIPPED,
    "clip-path": _CLIPPED,
    "transform": re.compile(r"scale\(0(?:\.0*)?[,)]"),
}
_NAMED: dict[str, Colour] = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250)}
#: Attributes that colour a text, as old HTML has them.
_INK = {"font": "color", "body": "text"}
_WHITE, _BLACK = _NAMED["white"], _NAMED["black"]
#: Two colours that are nearer in every channel (of 256) cannot be told apart by a reader.
_CONTRAST = 10


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a text, None where they are not known, and whether it can be told from what is behind it."""

    colour: Colour | None = _BLACK
    background: Colour | None = _WHITE
    is_visible: bool = True


def _look(colour: Colour | None, background: Colour | None) -> Look:
    known = colour is not None and background is not None
    return Look(colour, background, not known or _differ(colour or _BLACK, background or _WHITE))


def _differ(one: Colour, other: Colour) -> bool:
    return any(abs(a - b) > _CONTRAST for a, b in zip(one, other, strict=True))


@dataclass(kw_only=True)
class Sheet:
    """The simple rules of a document (`p`, `.class`, `#id`, `p.class`), and whether others paint backgrounds."""

    rules: dict[str, Declarations] = field(default_factory=dict)
    paints_otherwise: bool = False

    def declared(self, tag: str, attributes: Attributes) -> Declarations:
        """Return what the rules and the style attribute of an element declare; `!important` wins."""
        found: Declarations = {}
        if self.rules:
            for key in _keys(tag, attributes):
                found.update(self.rules.get(key, ()))
        style = attributes.get("style")
        if not style:
            return found
        own = declarations(style)
        firm = {
            name: value
            for name, value in found.items()
            if "!important" in value and "!important" not in own.get(name, "")
        }
        return {**found, **own, **firm}


def _keys(tag: str, attributes: Attributes) -> list[str]:
    keys = [tag]
    for name in (attributes.get("class") or "").lower().split():
        keys += (f".{name}", f"{tag}.{name}")
    if identifier := (attributes.get("id") or "").lower():
        keys += (f"#{identifier}", f"{tag}#{identifier}")
    return keys


def sheet_of(text: str) -> Sheet:
    """Return the simple rules in the text of `<style>` elements; what depends on the screen (`@media`) is left out."""
    sheet = Sheet()
    for selectors, body in islice(_rules(_without_comments(text[:_MAX_SHEET_CHARS])), _MAX_RULES):
        declared = declarations(body)
        paints = any(name.startswith("background") for name in declared)
        for selector in selectors.lower().split(","):
            key = selector.strip()
            if key and _SIMPLE.fullmatch(key):
                sheet.rules.setdefault(key, {}).update(declared)
            else:
                sheet.paints_otherwise = sheet.paints_otherwise or paints
    return sheet


def _without_comments(text: str) -> str:
    before, *others = text.replace("<!--", "").replace("-->", "").split("/*")
    return before + "".join(other.partition("*/")[2] for other in others)


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Yield (selectors, body) of the rules that hold on every screen."""
    at = 0
    while (opened := text.find("{", at)) >= 0 and (closed := text.find("}", opened)) >= 0:
        selectors = text[at:opened].rpartition(";")[2].strip("} \t\r\n")
        if selectors.startswith("@"):
            closed = _end_of_block(text, opened)
        else:
            yield selectors, text[opened + 1 : closed]
        at = closed + 1


def _end_of_block(text: str, opened: int) -> int:
    depth = 0
    for brace in _BRACE.finditer(text, opened):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return len(text)


def declarations(style: str) -> Declarations:
    """Return the properties of a style attribute or a rule, in lower case."""
    found: Declarations = {}
    for declaration in style.lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip()] = value.strip()
    return found


def look_of(tag: str, attributes: Attributes, sheet: Sheet, around: Look) -> Look | None:
    """Return how the text of an element looks, or None where it is hidden whatever its colours are."""
    if "hidden" in attributes:
        return None
    declared = sheet.declared(tag, attributes) if sheet.rules or "style" in attributes else {}
    if declared and _is_hidden(declared):
        return None
    colour, background = around.colour, around.background
    painted = declared.get("background") or declared.get("background-color") or attributes.get("bgcolor")
    if painted or "background" in attributes or "background-image" in declared:
        sure = "background" not in attributes and "background-image" not in declared
        background = _colour(painted or "") if sure else None
    if tag == "a":
        colour = None  # links have a colour of their own, chosen by the reader's program
    inked = declared.get("color") or (attributes.get(_INK[tag]) if tag in _INK else None)
    if inked and not inked.startswith(("inherit", "currentcolor")):
        if inked.startswith("transparent"):
            return None
        colour = _colour(inked)
    same = colour is around.colour and background is around.background
    return around if same else _look(colour, background)


def _is_hidden(declared: Declarations) -> bool:
    value = {name: text.partition("!")[0].strip() for name, text in declared.items()}
    if any(name in value and hiding.match(value[name]) for name, hiding in _HIDING.items()):
        return True
    emptied = any(_ZERO.fullmatch(value.get(name, "")) for name in ("height", "width"))
    moved = any(_FAR.match(value.get(name, "")) for name in ("left", "top"))
    cut_off = emptied and value.get("overflow") == "hidden"
    return cut_off or (moved and value.get("position") in {"absolute", "fixed"})


def _colour(text: str) -> Colour | None:
    """Return the one colour of a value, None where it is not known (a picture, a gradient, a rarer name)."""
    text = text.lower().strip()
    if found := _HEX.search(text):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])  # noqa: PLR2004 - rrggbb
        return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)) if "url(" not in text else None
    if found := _RGB.match(text):
        return (int(found[1]), int(found[2]), int(found[3]))
    return _NAMED.get(text.partition(" ")[0])
