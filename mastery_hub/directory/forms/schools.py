"""Finding and choosing a school without a script, for any app's page:

    form = SchoolSearchForm(request.GET or None)                   # asks for `q`, by GET
    choice = SchoolChoiceForm(request.POST or None, schools=search_results(q))   # its radios, by POST
    choice.cleaned_data["school"]                                  # the School

`search_results` gives open schools only. `SchoolChoiceField` may stand in any other form too.
"""

from collections.abc import Sequence
from typing import Any

from django import forms

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.directory import searching
from mastery_hub.directory.models import School

RESULTS = 20


def search_results(q: str, limit: int = RESULTS) -> list[School]:
    """Open schools, the likeliest first, with authority and region at hand."""
    return list(School.objects.open().search(q).with_area()[:limit])


class SchoolSearchForm(GovukForm):
    q = forms.CharField(
        label="Find a school",
        help_text="Name, town, postcode or URN",
        max_length=100,
        error_messages={
            "required": "Enter a school’s name, town, postcode or URN",
            "max_length": "Your search must be 100 characters or fewer",
        },
    )

    looks = {"q": Look(autocomplete="off", spellcheck=False, width="two-thirds")}
    button = "Search"

    def clean_q(self) -> str:
        q = self.cleaned_data["q"]
        if not searching.is_enough(searching.words(q)):
            raise forms.ValidationError(f"Enter at least {searching.LETTERS} letters or numbers in a row")
        return q


class SchoolChoiceField(forms.ModelChoiceField):
    """Radios of the schools found. Any open school is taken, so that the page may be sent without searching again."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        told = {
            "label": "Select your school",
            "error_messages": {"required": "Select your school"},
            "empty_label": None,
        }
        super().__init__(School.objects.open(), **told | kwargs)

    def offer(self, schools: Sequence[School]) -> dict[str, str]:
        """Shows these; returns their hints for the form's `Look`."""
        self.widget.choices = [(str(school.urn), school.name) for school in schools]
        return {str(school.urn): f"{school.place} – {school.authority} – URN {school.urn}" for school in schools}


class SchoolChoiceForm(GovukForm):
    school = SchoolChoiceField()

    def __init__(self, *args: Any, schools: Sequence[School] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.looks = {"school": Look(hints=self.fields["school"].offer(schools), size="m")}
