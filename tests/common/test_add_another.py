from typing import Any

from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string

from mastery_hub.common.forms.add_another import AddAnotherFormSet, add_another
from mastery_hub.common.forms.base import GovukForm
from tests.common.markup import flat


class VisitorForm(GovukForm):
    name = forms.CharField(label="Name")
    days = forms.MultipleChoiceField(
        label="Days",
        choices=[("mon", "Monday"), ("tue", "Tuesday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


Visitors = add_another(VisitorForm, noun="visitor", at_least=1, at_most=3)


def posted(*names: str, **extra: str) -> AddAnotherFormSet:
    data = QueryDict(mutable=True)
    data.update({"form-TOTAL_FORMS": str(len(names)), "form-INITIAL_FORMS": "0", "other": "kept"} | extra)
    for number, name in enumerate(names):
        data[f"form-{number}-name"] = name
        data.setlist(f"form-{number}-days", ["mon", "tue"] if name == "Ann" else [])
    return Visitors(data)


def names_of(formset: AddAnotherFormSet) -> list[Any]:
    return [form["name"].value() for form in formset]


def test_add_gives_one_more_row_keeps_what_was_typed_and_finds_no_fault():
    formset = posted("Ann", "", **{"form-add": "1"})

    assert formset.rearranged
    assert not formset.is_valid()
    assert names_of(formset) == ["Ann", "", None]
    assert formset[0]["days"].value() == ["mon", "tue"]
    assert formset.total_error_count() == 0
    assert formset.data["other"] == "kept"


def test_add_stops_at_the_most_there_may_be():
    formset = posted("Ann", "Bob", "Cy", **{"form-add": "1"})

    assert names_of(formset) == ["Ann", "Bob", "Cy"]
    assert not formset.can_add


def test_remove_takes_that_row_and_no_other():
    formset = posted("Ann", "Bob", "Cy", **{"form-remove": "1"})

    assert formset.rearranged
    assert names_of(formset) == ["Ann", "Cy"]


def test_remove_leaves_the_last_row_there_must_be():
    formset = posted("Ann", **{"form-remove": "0"})

    assert names_of(formset) == ["Ann"]
    assert not formset.can_remove


def test_remove_of_a_row_that_is_not_there_changes_nothing():
    for number in ("7", "-1", "x", "²", "9" * 5_000):
        assert names_of(posted("Ann", "Bob", **{"form-remove": number})) == ["Ann", "Bob"]


def test_answers_leave_out_rows_left_empty():
    formset = posted("Ann", "", "Cy")

    assert formset.is_valid()
    assert [answer["name"] for answer in formset.answers] == ["Ann", "Cy"]


def test_first_row_must_be_answered():
    formset = posted("")

    assert not formset.is_valid()
    assert formset.errors == [{"name": ["Enter name"]}]


def test_more_rows_than_may_be_are_refused():
    formset = posted("Ann", "Bob", "Cy", "Di")

    assert not formset.is_valid()


def test_missing_row_count_is_an_error_and_no_crash():
    formset = Visitors({"form-add": "1"})

    assert not formset.is_valid()
    assert names_of(formset) == [None]


def test_page_has_a_button_before_remove_for_the_enter_key():
    html = flat(render_to_string("govforms/add_another.html", {"formset": posted("Ann", "Bob")}))

    assert html.index("<button") < html.index('name="form-remove"')
    assert html.index('<button type="submit" class="govuk-visually-hidden"') == html.index("<button")
    assert html.count('name="form-remove"') == 2
    assert "Add another visitor" in html
