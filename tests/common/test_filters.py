import django_filters
import pytest
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.http import QueryDict

from mastery_hub.common.filters import FilterSet


class KindFilter(FilterSet):
    """Over rows that every database has, so that no app above is needed."""

    q = django_filters.CharFilter(field_name="model", lookup_expr="icontains", label="Name")
    app = django_filters.MultipleChoiceFilter(
        field_name="app_label",
        choices=[("auth", "Sign-in"), ("sessions", "Sessions")],
        widget=forms.CheckboxSelectMultiple,
        label="App",
    )
    since = django_filters.DateFilter(method="all_of_them", label="Since")
    only = django_filters.ModelChoiceFilter(field_name="pk", queryset=ContentType.objects.order_by("pk"), label="Only")

    def all_of_them(self, rows, name, value):
        return rows


def filtered(query: str) -> KindFilter:
    return KindFilter(QueryDict(query) or None, queryset=ContentType.objects.order_by("pk"))


@pytest.mark.django_db
def test_filters_narrow_the_rows():
    found = filtered("q=SESS&app=sessions")

    assert [(kind.app_label, kind.model) for kind in found.qs] == [("sessions", "session")]


def test_applied_filters_are_told_in_words_and_each_can_be_dropped():
    found = filtered("q=a%26b&app=auth&app=sessions&since-day=1&since-month=2&since-year=2027&sort=-name&page=3")

    since = "since-day=1&since-month=2&since-year=2027"
    assert [(each["label"], each["text"], each["href"]) for each in found.applied] == [
        ("Name", "a&b", f"?app=auth&app=sessions&{since}&sort=-name"),
        ("App", "Sign-in", f"?q=a%26b&app=sessions&{since}&sort=-name"),
        ("App", "Sessions", f"?q=a%26b&app=auth&{since}&sort=-name"),
        ("Since", "1 February 2027", "?q=a%26b&app=auth&app=sessions&sort=-name"),
    ]


@pytest.mark.django_db
def test_applied_row_is_named_and_can_be_dropped():
    kind = ContentType.objects.order_by("pk").first()

    found = filtered(f"only={kind.pk}")

    assert found.applied == [{"label": "Only", "text": str(kind), "href": "?"}]


def test_nothing_applied_where_nothing_is_asked():
    assert filtered("").applied == []


def test_order_is_sent_along_with_the_filters():
    assert filtered("q=a&sort=-name").kept == [("sort", "-name")]


@pytest.mark.django_db
def test_filter_that_cannot_be_read_says_why_and_narrows_nothing():
    found = filtered("app=nonsense&since-day=40")

    assert found.qs.count() == ContentType.objects.count()
    assert found.form.errors == {
        "app": ["Select one of the choices shown"],
        "since": ["Since must include a month and year"],
    }


def test_filters_are_all_optional_and_none_says_so():
    assert "(optional)" not in str(KindFilter(QueryDict("q=a"), queryset=ContentType.objects.none()).form["q"])
