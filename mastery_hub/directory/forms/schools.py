"""Finding and choosing a school.

    school = SchoolField(label="Which school do you work in?")     # in any form; `cleaned_data["school"]` is the School

Whoever types is shown schools to choose from: by the script in a list below the field, without it as radios when the
form comes back. The school chosen counts only while the text is the one that it was chosen for. A view that would
rather show the radios without an error gives the text as `initial`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import Script

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.directory import searching
from mastery_hub.directory.enums import LARGEST_URN, EstablishmentStatus
from mastery_hub.directory.finding import Found, schools_found
from mastery_hub.directory.models import School

RESULTS = 20
LONGEST = 100
LONGEST_URN = len(str(LARGEST_URN))  # Python makes no number of thousands of digits
WHAT_TO_ENTER = {
    "required": "Enter a school’s name, town, postcode or URN",
    "max_length": f"Your search must be {LONGEST} characters or fewer",
    "short": f"Enter at least {searching.LEAST} letters or numbers",
}


class SuggestingMedia:
    css = {"all": ["css/accessible-autocomplete.css"]}
    js = [Script("js/accessible-autocomplete.js", defer=True), Script("js/school-search.js", defer=True)]


class SchoolSearchInput(forms.TextInput):
    """Choosing a suggestion goes to that school's page; the button searches."""

    template_name = "directory/_school_search_input.html"
    Media = SuggestingMedia


class SchoolSearchForm(GovukForm):
    q = forms.CharField(
        label="Find a school",
        help_text="Name, town, postcode or URN",
        max_length=LONGEST,
        error_messages=WHAT_TO_ENTER,
        widget=SchoolSearchInput,
    )

    looks = {"q": Look(autocomplete="off", spellcheck=False)}
    button = "Search"

    def clean_q(self) -> str:
        q = self.cleaned_data["q"]
        if not searching.is_enough(q):
            raise ValidationError(WHAT_TO_ENTER["short"], code="short")
        return q


@dataclass(frozen=True)
class Typed:
    """What a school field holds: a text, and the school that was chosen for a text."""

    text: str = ""
    urn: str = ""
    chosen_for: str = ""

    @property
    def chosen(self) -> str:
        """The URN, unless another text was typed after choosing."""
        return self.urn if self.text == self.chosen_for else ""


def school_of(urn: str) -> School | None:
    is_urn = urn.isdecimal() and len(urn) <= LONGEST_URN
    return School.objects.filter(pk=urn).first() if is_urn else None


class SchoolInput(forms.Widget):
    template_name = "directory/_school_input.html"
    Media = SuggestingMedia
    buttons: tuple[str, str] | None = None
    any_status = False
    answer: tuple[str, Found] | None = None

    def found(self, text: str) -> Found:
        """Asked for once by the field and once by its template."""
        if self.answer is None or self.answer[0] != text:
            enough = searching.is_enough(text) and len(text) <= LONGEST
            self.answer = text, schools_found(text, RESULTS) if enough else Found()
        return self.answer[1]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed:
        return Typed(*(str(data.get(part) or "").strip() for part in (f"{name}-text", name, f"{name}-for")))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-text" not in data

    def format_value(self, value: School | Typed | str | None) -> Typed:
        if isinstance(value, School):
            return Typed(value.label, str(value.urn), value.label)
        return value if isinstance(value, Typed) else Typed(value or "")

    def offered(self, found: Found | None) -> list[School]:
        return [] if found is None else found.schools if self.any_status else found.open

    def shown(self, value: School | Typed | str | None) -> tuple[Typed, Found | None]:
        """What stands in the field, and what was found for it where it is not one school's own label."""
        typed = self.format_value(value)
        school = school_of(typed.chosen)
        if school and typed.text in ("", school.label):
            return self.format_value(school), None
        return typed, self.found(typed.text) if searching.is_enough(typed.text) else None

    def button(self, value: School | Typed | str | None) -> str:
        """What the form's button says, which the script changes as somebody types and chooses."""
        search, choose = self.buttons or ("", "")
        typed, found = self.shown(value)
        return choose if typed.chosen or self.offered(found) else search

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        typed, found = self.shown(value)
        return super().get_context(name, value, attrs) | {
            "typed": typed,
            "found": found,
            "offered": self.offered(found),
            "closed": [] if found is None or self.any_status else found.closed,
            "buttons": self.buttons,
        }


class SchoolField(forms.Field):
    """A school of the register, an open one unless `any_status`. `buttons`: see SchoolButtonMixin."""

    widget: Any = SchoolInput
    default_error_messages: ClassVar[Any] = WHAT_TO_ENTER | {
        "choose": "Select one of the schools found",
        "none": "No school found for “%(text)s”. Try fewer words, the postcode or the URN",
        "unknown": "Select a school",
    }

    def __init__(self, *, any_status: bool = False, buttons: tuple[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**{"label": "School", "help_text": "Name, town, postcode or URN"} | kwargs)
        self.widget.any_status, self.widget.buttons = any_status, buttons

    def clean(self, value: Typed) -> School | None:
        if value.chosen:
            return self.school(value.chosen)
        if not value.text:
            if self.required:
                raise self.error("required")
            return None
        if len(value.text) > LONGEST or not searching.is_enough(value.text):
            raise self.error("max_length" if len(value.text) > LONGEST else "short")
        raise self.error("choose" if self.widget.found(value.text).schools else "none", text=value.text)

    def error(self, code: str, **params: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=params)

    def school(self, urn: str) -> School:
        school = school_of(urn)
        if school is None:
            raise self.error("unknown")
        if not (school.is_open or self.widget.any_status):
            raise ValidationError(why_not(school), code="closed")
        return school

    def has_changed(self, initial: Any, data: Typed) -> bool:
        return self.widget.format_value(initial) != data


class SchoolButtonMixin:
    """A form whose one question is `school`: its button searches until there is a school to choose."""

    fields: Any

    @property
    def button(self) -> str:
        return self.fields["school"].widget.button(self["school"].value())  # type: ignore[index]


def why_not(school: School) -> str:
    """And what to choose instead, where the register tells."""
    if school.status == EstablishmentStatus.PROPOSED:
        return f"{school.label} is not open yet. Choose the school as it is today"
    later = [later.label for later in School.objects.following(school).open()]
    return f"{school.label} is closed. Choose {' or '.join(later) or 'the school that took its place'}"
