"""govuk-frontend's own fixtures, told in the form pack's words: which field and look should make that very HTML."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.safestring import mark_safe

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import DateField, WordsField
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.widgets import PARTS

FOLDER = settings.BASE_DIR / "static" / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "components"
COMPONENTS = ("input", "textarea", "character-count", "radios", "checkboxes", "select", "date-input", "file-upload")
VOID = ("input", "br")
Made = tuple[forms.Field, dict[str, Any], dict[str, Any]]  # the field, its look, the data it is bound to


class UnmappedError(Exception):
    """The fixture shows something that the pack has no word for."""


class Outline(HTMLParser):
    """Tags, attributes and words in order; neither white space nor the order of attributes and classes counts."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "class" in found:
            found["class"] = " ".join(sorted(found["class"].split()))
        self.parts.append((tag, sorted(found.items())))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.parts.append(" ".join(data.split()))


def outline(html: str) -> list[Any]:
    parser = Outline()
    parser.feed(html)
    return parser.parts


class RevealedField(forms.Field):
    """Stands for the ready-made HTML that a fixture shows under a choice."""

    def __init__(self, html: str) -> None:
        super().__init__(required=False)
        self.html = html

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> Any:
        bound = super().get_bound_field(form, field_name)
        bound.as_field_group = lambda: mark_safe(self.html)
        return bound


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for component in COMPONENTS:
        for fixture in json.loads((FOLDER / component / "fixtures.json").read_text())["fixtures"]:
            try:
                form_of(component, fixture["options"])
            except UnmappedError:
                continue
            yield component, fixture


def form_of(component: str, options: dict[str, Any]) -> GovukForm:
    """A form of one field that shows what the fixture's options ask for; raises UnmappedError."""
    rest = {key: value for key, value in options.items() if value not in (None, "", {})}
    name = rest.pop("name", "") or rest.pop("namePrefix", "") or rest.get("id", "")
    css_id = rest.pop("id", "") or rest.pop("idPrefix", "") or name
    error = rest.pop("errorMessage", {}).get("text")
    code = wrong_parts(rest) if component == "date-input" and error else ""
    look, label = heading_of(rest)
    help_text = text_of(rest.pop("hint", {}))
    field, extra_look, data = MAKERS[component](rest, name)
    if rest or not name:
        raise UnmappedError(rest)
    field.label, field.help_text = label, help_text
    field.widget.attrs["id"] = css_id
    revealed = {f"revealed-{value}": RevealedField(html) for value, html in extra_look.pop("revealed", {}).items()}
    conditional = {key.removeprefix("revealed-"): key for key in revealed}
    looks = {name: Look(**look, **extra_look, conditional=conditional)}
    form = type("FixtureForm", (GovukForm,), {name: field, **revealed, "looks": looks})(data, auto_id="%s")
    form._errors = ErrorDict({name: form.error_class([ValidationError(error, code)])} if error else {})
    return form


def expected(component: str, fixture: dict[str, Any]) -> str:
    """The fixture's HTML; the pack's three inputs of a date always bear the field's name."""
    options, html = fixture["options"], fixture["html"]
    if component == "date-input" and not options.get("namePrefix"):
        html = re.sub(r'name="(day|month|year)"', rf'name="{options["id"]}-\1"', html)
    return html


def wrong_parts(rest: dict[str, Any]) -> str:
    """The code by which the pack's date field says which of its parts are wrong."""
    found = []
    for part in PARTS:
        options = rest.get(part)
        if isinstance(options, dict) and set(options) <= {"error", "classes"}:
            wanted = f"govuk-input--width-{4 if part == 'year' else 2}"
            if options.get("classes", wanted) == wanted and options.get("error") is not False:
                del rest[part]
                found += [part] if options.get("error") else []
    return f"date-{'-'.join(found)}" if found else ""


def heading_of(rest: dict[str, Any]) -> tuple[dict[str, Any], str]:
    words = rest.pop("label", None)
    if words is None:
        fieldset = dict(rest.pop("fieldset", {}))
        words = fieldset.pop("legend", None)
        if fieldset or words is None:
            raise UnmappedError("no fieldset, or more than a legend")
    words = dict(words)
    label = text_of(words)
    classes = words.get("classes", "")
    size = re.fullmatch(r"govuk-(?:label|fieldset__legend)--(s|m|l|xl)|", classes)
    if not size or not label:
        raise UnmappedError(words)
    return {"heading": words.get("isPageHeading", False), "size": size[1] or ""}, label


def text_of(words: dict[str, Any]) -> str:
    if "html" in words or set(words) - {"text", "classes", "isPageHeading"}:
        raise UnmappedError(words)
    return words.get("text", "").strip()


def width_of(rest: dict[str, Any]) -> dict[str, Any]:
    found = re.fullmatch(r"govuk-input--width-(\d+)|govuk-!-width-([\w-]+)|", rest.pop("classes", ""))
    if not found:
        raise UnmappedError("classes")
    return {"width": int(found[1])} if found[1] else {"width": found[2] or ""}


def affix_of(rest: dict[str, Any], which: str) -> dict[str, str]:
    words = rest.pop(which, {})
    if set(words) - {"text"}:
        raise UnmappedError(words)
    return {which: words.get("text", "")}


def make_input(rest: dict[str, Any], name: str) -> Made:
    field = forms.CharField(disabled=rest.pop("disabled", False))
    field.widget.input_type = rest.pop("type", "text")
    look = width_of(rest) | affix_of(rest, "prefix") | affix_of(rest, "suffix")
    look |= {key: rest.pop(key) for key in ("autocomplete", "inputmode", "spellcheck") if key in rest}
    look["attrs"] = {key: rest.pop(key) for key in ("pattern", "autocapitalize") if key in rest}
    look["attrs"] |= rest.pop("attributes", {})
    return field, look, values_of(rest, name, "value")


def make_textarea(rest: dict[str, Any], name: str) -> Made:
    look = {key: rest.pop(key) for key in ("rows", "autocomplete", "spellcheck") if key in rest}
    look["attrs"] = rest.pop("attributes", {})
    return forms.CharField(widget=forms.Textarea), look, values_of(rest, name, "value")


def make_character_count(rest: dict[str, Any], name: str) -> Made:
    limit = rest.pop("maxlength", None)
    if limit is None:
        raise UnmappedError("the old maxwords, or no limit")
    words = rest.get("countType") == "words"
    if rest.pop("countType", "words") != "words":
        raise UnmappedError("characters are counted where nothing is said")
    look = {key: rest.pop(key) for key in ("rows", "spellcheck") if key in rest}
    field = WordsField(max_words=limit) if words else forms.CharField(widget=forms.Textarea, max_length=limit)
    return field, look, values_of(rest, name, "value")


def make_choices(
    rest: dict[str, Any], name: str, *, several: bool
) -> tuple[forms.Field, dict[str, Any], dict[str, Any]]:
    css = set(rest.pop("classes", "").split())
    prefix = "govuk-checkboxes" if several else "govuk-radios"
    look: dict[str, Any] = {"small": f"{prefix}--small" in css, "inline": f"{prefix}--inline" in css}
    look |= {"hints": {}, "revealed": {}}
    choices, chosen = [], [*rest.pop("values", []), *filter(None, [rest.pop("value", "")])]
    divided = False
    for item in filter(None, rest.pop("items")):
        item = dict(item)
        if item.pop("divider", "") == "or":
            divided = True
            continue
        value = str(item.pop("value", ""))
        choices.append((value, item.pop("text", "")))
        look["hints"][value] = text_of(item.pop("hint", {}))
        chosen += [value] if item.pop("checked", False) else []
        if html := item.pop("conditional", {}).get("html"):
            look["revealed"][value] = html
        exclusive = item.pop("behaviour", "") == "exclusive"
        if divided != exclusive and several:
            raise UnmappedError("the pack divides what excludes")
        look |= {"exclusive": value} if exclusive else {"divider": value} if divided else {}
        divided = False
        if item or not choices[-1][1] or not value:
            raise UnmappedError(item)
    kind, widget = (
        (forms.MultipleChoiceField, forms.CheckboxSelectMultiple) if several else (forms.ChoiceField, forms.RadioSelect)
    )
    return kind(choices=choices, widget=widget), look, {name: chosen if several else "".join(chosen)}


def make_select(rest: dict[str, Any], name: str) -> Made:
    items = [dict(item) for item in rest.pop("items", []) if item]
    if any(item.get("selected") is False for item in items):
        raise UnmappedError("a choice that is expressly not selected")
    chosen = [item for item in items if item.pop("selected", False)]
    if any(set(item) != {"value", "text"} for item in items):
        raise UnmappedError(items)
    data = {name: str(chosen[-1]["value"])} if chosen else values_of(rest, name, "value")
    if len(chosen) > 1 or any(item["value"] in ("", False) for item in items):
        raise UnmappedError("values that are no words")
    choices = [(str(item["value"]), item["text"]) for item in items]
    return forms.ChoiceField(choices=choices), width_of(rest), data


def make_date(rest: dict[str, Any], name: str) -> Made:
    values = rest.pop("values", {})
    plain = {key.rpartition("-")[2]: str(value) for key, value in values.items()}
    return DateField(), {}, {f"{name}-{part}": value for part, value in plain.items()}


def make_file(rest: dict[str, Any], name: str) -> Made:
    return forms.FileField(disabled=rest.pop("disabled", False)), {"attrs": rest.pop("attributes", {})}, {}


def values_of(rest: dict[str, Any], name: str, key: str) -> dict[str, str]:
    return {name: str(rest.pop(key))} if key in rest else {}


MAKERS = {
    "input": make_input,
    "textarea": make_textarea,
    "character-count": make_character_count,
    "radios": lambda rest, name: make_choices(rest, name, several=False),
    "checkboxes": lambda rest, name: make_choices(rest, name, several=True),
    "select": make_select,
    "date-input": make_date,
    "file-upload": make_file,
}


def fixture_of(component: str, name: str) -> dict[str, Any]:
    fixtures = json.loads((FOLDER / component / "fixtures.json").read_text())["fixtures"]
    return next(fixture for fixture in fixtures if fixture["name"] == name)


def form_with_errors(errors: list[dict[str, str]]) -> GovukForm:
    """A form whose fields bear the ids that the errors link to; what links nowhere is about the whole form."""
    ids = {error["href"].removeprefix("#"): error["text"] for error in errors if "href" in error}
    fields = {f"field-{css_id}": forms.CharField(widget=forms.TextInput({"id": css_id})) for css_id in ids}
    form = type("FixtureForm", (GovukForm,), fields)({})
    about_all = [error["text"] for error in errors if "href" not in error]
    found = {forms.forms.NON_FIELD_ERRORS: form.error_class(about_all)} if about_all else {}
    form._errors = ErrorDict(found | {f"field-{css_id}": form.error_class([text]) for css_id, text in ids.items()})
    return form
