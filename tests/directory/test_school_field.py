"""A school's field in a form without a script: typed, found, chosen, and never a school that was not meant."""

import re
from typing import Any

import pytest
from django import forms
from pytest_django.asserts import assertInHTML

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.directory.enums import EstablishmentStatus
from mastery_hub.directory.forms.schools import SchoolField, SchoolSearchForm, Typed
from mastery_hub.directory.models import School, SchoolLink
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
LABEL = "Larkmoor Primary School, Halifax"


class VisitForm(GovukForm):
    school = SchoolField(buttons=("Search", "Choose"))
    other = SchoolField(required=False)
    day = forms.CharField()


@pytest.fixture
def larkmoor() -> School:
    return SchoolFactory(urn=912345, name="Larkmoor Primary School", town="Halifax", postcode="HX1 1AA")


def form_of(text: str = "", urn: str = "", chosen_for: str = "", **more: str) -> VisitForm:
    return VisitForm({"school-text": text, "school": urn, "school-for": chosen_for, "day": "Monday"} | more)


@pytest.mark.parametrize(
    ("text", "chosen_for"),
    [(LABEL, LABEL), ("larkm", "larkm"), (f"  {LABEL} ", LABEL), ("", "")],
    ids=["by the script", "among radios", "with spaces", "without text"],
)
def test_school_chosen_for_the_text_is_taken(larkmoor: School, text: str, chosen_for: str) -> None:
    form = form_of(text, "912345", chosen_for)

    assert form.errors == {}
    assert form.cleaned_data["school"] == larkmoor


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "Enter a school’s name, town, postcode or URN"),
        ({"text": "la"}, "Enter at least 3 letters or numbers"),
        ({"text": "x" * 101}, "Your search must be 100 characters or fewer"),
        ({"text": "larkm"}, "Select one of the schools found"),
        ({"text": "larkmore"}, "Select one of the schools found"),
        ({"text": "nowhere"}, "No school found for “nowhere”. Try fewer words, the postcode or the URN"),
        ({"text": "Beckside", "urn": "912345", "chosen_for": LABEL}, "No school found for “Beckside”. Try fewer words"),
        ({"text": "larkm", "urn": "912345", "chosen_for": "lark"}, "Select one of the schools found"),
        ({"text": "larkm", "urn": "1", "chosen_for": "larkm"}, "Select a school"),
        ({"text": "larkm", "urn": "x", "chosen_for": "larkm"}, "Select a school"),
        ({"text": "larkm", "urn": "9" * 30, "chosen_for": "larkm"}, "Select a school"),
        ({"text": "larkm", "urn": "9" * 5_000, "chosen_for": "larkm"}, "Select a school"),
        ({"text": "larkm", "urn": "٣", "chosen_for": "larkm"}, "Select a school"),
        ({"text": "\0😀\0"}, "Enter at least 3 letters or numbers"),
    ],
)
def test_school_not_chosen_is_refused(larkmoor: School, given: dict[str, str], error: str) -> None:
    form = form_of(**given)

    assert [message.startswith(error) for message in form.errors["school"]] == [True], form.errors
    assert "school" not in form.cleaned_data
    assert str(form)  # is shown back whatever it was


def test_school_that_need_not_be_given_may_be_left_out(larkmoor: School) -> None:
    form = form_of(LABEL, "912345", LABEL)

    assert form.is_valid()
    assert form.cleaned_data["other"] is None


@pytest.mark.parametrize(
    ("status", "successors", "said"),
    [
        (EstablishmentStatus.CLOSED, 0, " is closed. Choose the school that took its place"),
        (EstablishmentStatus.CLOSED, 1, " is closed. Choose Beckside Academy, Leeds"),
        (EstablishmentStatus.CLOSED, 2, " is closed. Choose Beckside Academy, Leeds or Beckside Academy, Leeds"),
        (EstablishmentStatus.PROPOSED, 0, " is not open yet. Choose the school as it is today"),
    ],
)
def test_school_that_is_not_open_is_refused_with_what_to_choose(
    larkmoor: School, status: int, successors: int, said: str
) -> None:
    School.objects.update(status=status)
    for school in SchoolFactory.create_batch(successors, name="Beckside Academy", town="Leeds"):
        SchoolLink.objects.create(from_school=larkmoor, to_school=school, kind="successor")

    form = form_of(LABEL, "912345", LABEL)

    assert form.errors["school"] == [LABEL + said]
    assert 'value="Larkmoor Primary School, Halifax"' in str(form)


def test_schools_found_are_radios_and_closed_ones_only_told(larkmoor: School) -> None:
    SchoolFactory(name="Larkmoor Infants", town="Halifax", closed=True)
    form = form_of("larkmoor")
    shown = str(form)

    radio = '<input class="govuk-radios__input" id="id_school-912345" name="school" type="radio" value="912345"'
    assertInHTML(f'{radio} aria-describedby="id_school-912345-facts">', shown)
    assertInHTML('<input type="hidden" name="school-for" value="larkmoor" data-for>', shown)
    assert shown.count('name="school"') == 1
    assert "Schools found for “larkmoor”" in shown
    assert "Larkmoor Infants, Halifax." in shown
    assert form.fields["school"].widget.button(form["school"].value()) == "Choose"


def test_schools_alike_are_offered_as_such(larkmoor: School) -> None:
    assert "Nothing found for “larkmore”. Schools like it:" in str(form_of("larkmore"))


def test_radio_chosen_stays_chosen_when_another_answer_is_wrong(larkmoor: School) -> None:
    form = form_of("larkm", "912345", "larkm", day="")

    assert list(form.errors) == ["day"]
    assert re.search(r'value="912345"\s+checked', str(form))


def test_school_chosen_by_the_script_stays_chosen_when_another_answer_is_wrong(larkmoor: School) -> None:
    shown = str(form_of(LABEL, "912345", LABEL, day=""))

    assertInHTML('<input type="hidden" name="school" value="912345" data-urn>', shown)
    assertInHTML(f'<input type="hidden" name="school-for" value="{LABEL}" data-for>', shown)
    assert "radio" not in shown


@pytest.mark.parametrize(
    ("initial", "value", "urn", "button"),
    [
        (None, "", "", "Search"),
        ("", "", "", "Search"),
        ("school", LABEL, "912345", "Choose"),
        ("nowhere", "nowhere", "", "Search"),
        ("la", "la", "", "Search"),
    ],
)
def test_field_begins_with_a_school_or_a_text(
    larkmoor: School, initial: Any, value: str, urn: str, button: str
) -> None:
    form = VisitForm(initial={"school": larkmoor if initial == "school" else initial})

    assert f'value="{value}"' in str(form["school"])
    assertInHTML(f'<input type="hidden" name="school" value="{urn}" data-urn>', str(form["school"]))
    assert form.fields["school"].widget.button(form["school"].value()) == button


def test_text_to_begin_with_shows_radios_without_an_error(larkmoor: School) -> None:
    form = VisitForm(initial={"school": "larkmore"})

    assert form.errors == {}
    assert 'type="radio"' in str(form["school"])


def test_text_is_searched_for_once(larkmoor: School, django_assert_num_queries: Any) -> None:
    form = form_of("larkmoor")

    with django_assert_num_queries(1):
        assert form.errors
        str(form["school"])


def test_field_tells_whether_it_changed(larkmoor: School) -> None:
    same = {"school-text": LABEL, "school": "912345", "school-for": LABEL, "day": ""}

    assert not VisitForm(same, initial={"school": larkmoor}).has_changed()
    assert VisitForm(same | {"school-text": "x"}, initial={"school": larkmoor}).has_changed()
    assert VisitForm({}, initial={}).fields["school"].widget.value_omitted_from_data({}, {}, "school")


def test_what_was_typed_is_escaped() -> None:
    shown = str(form_of('"><script>alert(1)</script>'))

    assert "<script>" not in shown
    assert Typed("a", "1", "b").chosen == ""


def test_form_brings_the_script_and_its_style() -> None:
    media = str(VisitForm().media)

    assert 'src="/static/js/school-search.js"' in media
    assert media.count("accessible-autocomplete.js") == 1
    assert 'href="/static/css/accessible-autocomplete.css"' in media


@pytest.mark.parametrize(
    ("q", "error"),
    [
        ("", "Enter a school’s name, town, postcode or URN"),
        ("st", "Enter at least 3 letters or numbers"),
        ("x" * 101, "Your search must be 100 characters or fewer"),
        ("a\0da", "Null characters are not allowed."),
    ],
)
def test_search_form_says_what_to_enter(q: str, error: str) -> None:
    form = SchoolSearchForm({"q": q})

    assert form.errors.get("q") == [error]
    assert SchoolSearchForm({"q": "ada"}).is_valid()
