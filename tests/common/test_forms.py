"""What the form pack reads, refuses and keeps; its HTML is held to govuk-frontend's fixtures in test_forms_fixtures."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from crispy_forms.layout import Layout
from crispy_forms.utils import render_crispy_form
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import MoneyField, TelephoneField, UploadField, WordsField
from mastery_hub.common.forms.helper import Button, Group
from mastery_hub.common.forms.look import Look
from tests.common.markup import flat


def form_with(field: forms.Field, data: dict[str, Any], files: dict[str, Any] | None = None) -> GovukForm:
    return type("OneFieldForm", (GovukForm,), {"answer": field})(data, files or {})


def parts(day: str, month: str, year: str) -> dict[str, str]:
    return {"answer-day": day, "answer-month": month, "answer-year": year}


class SchoolForm(GovukForm):
    name = forms.CharField(label="Full name", max_length=5)
    role = forms.ChoiceField(
        label="What is your role?", choices=[("teacher", "Teacher"), ("other", "Other")], widget=forms.RadioSelect
    )
    other_role = forms.CharField(label="Say what")
    needs = forms.MultipleChoiceField(
        label="Needs", choices=[("a", "A"), ("b", "B"), ("none", "None of these")], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label="My headteacher agrees")
    note = forms.CharField(label="Note", required=False)

    looks = {
        "role": Look(hints={"teacher": "You <teach>"}, conditional={"other": "other_role"}),
        "needs": Look(exclusive="none"),
    }


GOOD = {"name": "Ann", "role": "teacher", "needs": ["a"], "agree": "on"}


# Dates


@pytest.mark.parametrize(
    "typed", [("12", "3", "2027"), ("12", "03", "2027"), (" 12", "March", "2027 "), ("12", "mar", "2027")]
)
def test_date_is_read_from_numbers_and_month_names(typed: tuple[str, str, str]):
    form = form_with(forms.DateField(label="Start date"), parts(*typed))

    assert form.is_valid()
    assert form.cleaned_data == {"answer": date(2027, 3, 12)}


@pytest.mark.parametrize(
    ("typed", "message", "first"),
    [
        (("", "", ""), "Enter start date", "day"),
        (("12", "", "2027"), "Start date must include a month", "month"),
        (("", "", "2027"), "Start date must include a day and month", "day"),
        (("12", "3", ""), "Start date must include a year", "year"),
        (("12", "3", "27"), "Year must include 4 numbers", "year"),
        (("12", "13", "2027"), "Start date must be a real date", "month"),
        (("12", "marzipan 3", "2027"), "Start date must be a real date", "month"),
        (("32", "3", "2027"), "Start date must be a real date", "day"),
        (("29", "2", "2027"), "Start date must be a real date", "day"),
        (("١٢", "3", "2027"), "Start date must be a real date", "day"),
    ],
)
def test_date_error_names_the_part_and_links_to_it(typed: tuple[str, str, str], message: str, first: str):
    form = form_with(forms.DateField(label="Start date"), parts(*typed))

    assert form.errors == {"answer": [message]}
    assert form["answer"].first_id == f"id_answer-{first}"
    assert [part["value"] for part in form["answer"].parts] == [text.strip() for text in typed]


def test_date_shows_the_day_it_was_given():
    form = type("DateForm", (GovukForm,), {"answer": forms.DateField()})(initial={"answer": date(2027, 3, 12)})

    assert [part["value"] for part in form["answer"].parts] == ["12", "3", "2027"]


def test_date_that_may_be_left_out_is_none():
    form = form_with(forms.DateField(required=False), parts("", "", ""))

    assert form.is_valid()
    assert form.cleaned_data == {"answer": None}


def test_date_keeps_the_message_that_its_form_words():
    form = form_with(forms.DateField(error_messages={"required": "Enter the day you began"}), {})

    assert form.errors == {"answer": ["Enter the day you began"]}


# Numbers, money, telephones, files, words


@pytest.mark.parametrize(
    ("typed", "pounds"), [("£1,000", Decimal("1000")), (" 12.50 ", Decimal("12.50")), ("0", Decimal(0))]
)
def test_money_is_read_as_people_write_it(typed: str, pounds: Decimal):
    form = form_with(MoneyField(label="Grant"), {"answer": typed})

    assert form.is_valid()
    assert form.cleaned_data == {"answer": pounds}


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        (MoneyField(label="Grant"), "1.234", "Grant must have no more than 2 decimal places"),
        (MoneyField(label="Grant"), "-1", "Grant must be 0 or more"),
        (MoneyField(label="Grant"), "lots", "Grant must be a number, like 3.5"),
        (forms.IntegerField(label="Years", max_value=60), "61", "Years must be 60 or less"),
        (forms.IntegerField(label="Years"), "2.5", "Years must be a whole number, like 3"),
        (forms.IntegerField(label="How many?"), "x", "Your answer must be a whole number, like 3"),
        (forms.EmailField(label="Email"), "x", "Enter an email address in the correct format, like name@example.com"),
        (forms.CharField(label="100% sure", max_length=2), "abc", "100% sure must be 2 characters or fewer"),
        (forms.CharField(label="TRN"), "", "Enter TRN"),
        (forms.CharField(label="Why?"), "", "Answer “Why?”"),
        (forms.ChoiceField(label="Maths Hub", choices=[("a", "A")]), "", "Select Maths Hub"),
        (forms.ChoiceField(label="Phase", choices=[("a", "A")]), "z", "Select one of the choices shown"),
    ],
)
def test_error_says_what_to_do(field: forms.Field, typed: str, message: str):
    assert form_with(field, {"answer": typed}).errors == {"answer": [message]}


@pytest.mark.parametrize("typed", ["01632 960 001", "(0191) 498-0000", "+44 808 157 0192", "07700900982 ext. 12"])
def test_telephone_is_kept_as_typed(typed: str):
    form = form_with(TelephoneField(), {"answer": typed})

    assert form.is_valid()
    assert form.cleaned_data == {"answer": typed}


@pytest.mark.parametrize("typed", ["12", "call me", "01632 960 00a", "٠١٦٣٢٩٦٠٠٠١"])
def test_telephone_that_is_none_is_refused_with_examples(typed: str):
    assert form_with(TelephoneField(), {"answer": typed}).errors == {
        "answer": ["Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"]
    }


def test_words_counts_a_line_end_as_the_browser_does():
    form = form_with(WordsField(max_words=2), {"answer": "one\r\ntwo"})

    assert form.is_valid()
    assert form.cleaned_data == {"answer": "one\ntwo"}


def test_textarea_counts_a_line_end_as_one_character():
    form = form_with(forms.CharField(widget=forms.Textarea, max_length=3), {"answer": "a\r\nb"})

    assert form.is_valid()
    assert form.cleaned_data == {"answer": "a\nb"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("letter.exe", b"x", "The selected file must be a PDF (.pdf) or a Word document (.docx)"),
        ("letter.pdf", b"", "The selected file is empty"),
        ("letter.pdf", b"x" * (1024 * 1024 + 1), "The selected file must be smaller than 1MB"),
    ],
)
def test_upload_refuses_what_it_did_not_ask_for(name: str, content: bytes, message: str):
    field = UploadField(types=["pdf", "docx"], max_megabytes=1)

    assert form_with(field, {}, {"answer": SimpleUploadedFile(name, content)}).errors == {"answer": [message]}


def test_upload_takes_what_it_asked_for():
    form = form_with(UploadField(types=["pdf"]), {}, {"answer": SimpleUploadedFile("letter.PDF", b"%PDF-1.7")})

    assert form.is_valid()
    assert form.cleaned_data["answer"].name == "letter.PDF"


def test_upload_names_the_file_given_earlier_and_links_to_it():
    form = type("FileForm", (GovukForm,), {"answer": UploadField(types=["pdf"])})(
        initial={"answer": SimpleNamespace(name="letters/<b>.pdf")}
    )
    form.fields["answer"].current_href = "/letters/1/"

    assert '<a class="govuk-link" href="/letters/1/">&lt;b&gt;.pdf</a>' in str(form["answer"])


# Choices that reveal and exclude


def test_revealed_field_is_not_missed_while_its_choice_is_not_made():
    form = SchoolForm(GOOD | {"other_role": "typed and then hidden"})

    assert form.is_valid()
    assert form.cleaned_data["other_role"] == ""


def test_revealed_field_is_asked_for_once_its_choice_is_made():
    form = SchoolForm(GOOD | {"role": "other"})

    assert form.errors == {"other_role": ["Enter say what"]}


def test_revealed_field_is_kept_once_its_choice_is_made():
    form = SchoolForm(GOOD | {"role": "other", "other_role": "Coach"})

    assert form.is_valid()
    assert form.cleaned_data["other_role"] == "Coach"


def test_revealed_field_is_shown_once_and_under_its_choice():
    html = render_crispy_form(SchoolForm())

    assert html.count('name="other_role"') == 1
    assert html.index('id="conditional-id_role-2"') < html.index('name="other_role"') < html.index('name="needs"')


def test_none_of_these_with_something_else_is_refused():
    form = SchoolForm(GOOD | {"needs": ["a", "none"]})

    assert form.errors == {"needs": ["Select what applies, or select “None of these”, not both"]}


def test_none_of_these_alone_is_taken():
    assert SchoolForm(GOOD | {"needs": ["none"]}).is_valid()


# The form as a whole


def test_error_summary_lists_every_problem_and_links_to_its_first_control(rf: Any):
    form = SchoolForm({"name": "<Ann Other>"})

    links = [(error, field.first_id) for field in form for error in field.errors]

    assert links == [
        ("Full name must be 5 characters or fewer", "id_name"),
        ("Select an answer to “What is your role?”", "id_role"),
        ("Select needs", "id_needs"),
        ("Tick “My headteacher agrees” to continue", "id_agree"),
    ]
    html = str(form)
    for _, css_id in links:
        assert html.count(f'id="{css_id}"') == 1


def test_form_escapes_what_was_typed_and_what_was_declared():
    html = str(SchoolForm({"name": '"><script>'}))

    assert "<script>" not in html
    assert "&quot;&gt;&lt;script&gt;" in html
    assert "You &lt;teach&gt;" in html


def test_crispy_form_has_its_buttons_and_no_browser_checks():
    class TwoButtonForm(SchoolForm):
        layout = Layout(Group("About you", "name", hint="As at school"), "role")
        button = "Save"
        extra_buttons = [Button("Come back later", "later")]
        cancel = "/tasks/"

    html = flat(render_crispy_form(TwoButtonForm()))

    assert html.startswith('<form novalidate method="post">')
    assert " required" not in html
    assert 'name="needs"' not in html
    assert '<h2 class="govuk-fieldset__heading">About you</h2>' in html
    script = 'data-module="govuk-button" data-prevent-double-click="true"'
    assert html.endswith(
        '<div class="govuk-button-group">'
        f'<button type="submit" class="govuk-button" {script}>Save</button>'
        f'<button type="submit" class="govuk-button govuk-button--secondary" {script} name="later" value="1">'
        'Come back later</button><a class="govuk-link" href="/tasks/">Cancel</a></div></form>'
    )


def test_field_that_may_be_left_out_says_so():
    form = SchoolForm()

    assert [field.name for field in form if field.is_optional] == ["note"]


def test_field_added_as_the_form_is_made_is_dressed_too():
    class QuestionForm(GovukForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["q1"] = WordsField(label="Evidence", max_words=2)

    form = QuestionForm({"q1": "one two three"})

    assert form.errors == {"q1": ["Your answer must be 2 words or fewer. It is 1 word too long"]}
    assert 'data-maxlength="2" data-count-type="words"' in flat(str(form))
