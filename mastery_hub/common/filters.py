"""The base of every FilterSet: a GET form in the project's look, each filter in force with a link to drop it.

class ApplicationFilter(FilterSet):
    q = django_filters.CharFilter(label="Name or school", method="search")
    state = ChoicesFilter(choices=State.choices, widget=forms.CheckboxSelectMultiple)

{% include "components/filter_panel.html" %}   with `filter` in the context
"""

from collections.abc import Iterator, Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import Model
from django.http import QueryDict

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.widgets import PARTS
from mastery_hub.common.templatetags.moments import day

PAGE = "page"
SORT = "sort"


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """Any of several values of a column of the row's own, so that no row is found twice: DISTINCT, which
    django-filter asks for, would compute and sort each row in full width only to count them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"distinct": False, **kwargs})


class FilterForm(GovukForm):
    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False


class FilterSet(django_filters.FilterSet):
    looks: Mapping[str, Look] = {}
    total: int | None = None  # of the rows before filtering, where a filter had to go through all of them anyway

    def get_form_class(self) -> type[FilterForm]:
        fields = {name: each.field for name, each in self.filters.items()}
        return type("FilterForm", (FilterForm,), {**fields, "looks": self.looks})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form must send along so that applying filters keeps the order of the table."""
        return [(SORT, value) for value in self.data.getlist(SORT)] if hasattr(self.data, "getlist") else []

    @property
    def applied(self) -> list[dict[str, str]]:
        """Each filter in force: its label, its value in words and the address without it."""
        if not self.is_bound:
            return []
        self.errors  # noqa: B018  django-filter cleans the form by being asked for its errors
        found = []
        for name, value in self.form.cleaned_data.items():
            found += [
                {"label": str(self.form[name].label), "text": text, "href": self.without(name, raw)}
                for text, raw in in_words(self.form.fields[name], value)
            ]
        return found

    def without(self, name: str, raw: str) -> str:
        left: QueryDict = self.data.copy()
        for key in (PAGE, *(f"{name}-{part}" for part in PARTS)):
            left.pop(key, None)
        values = left.getlist(name)
        left.setlist(name, [value for value in values if value != raw] if raw in values else [])
        return f"?{left.urlencode()}"


def in_words(field: forms.Field, value: Any) -> Iterator[tuple[str, str]]:
    """Pairs of what a person reads and what the address holds, one for each value chosen."""
    chosen: list[Any]
    if isinstance(field, forms.ModelChoiceField):
        chosen = [value] if isinstance(value, Model) else list(value or ())
        yield from ((field.label_from_instance(row), str(field.prepare_value(row))) for row in chosen)
    elif isinstance(field, forms.ChoiceField):
        names = {str(key): str(name) for key, name in field.widget.choices}
        chosen = [value] if isinstance(value, str) else list(value or ())
        yield from ((names.get(str(each), str(each)), str(each)) for each in chosen if each != "")
    elif value not in (None, "", False):
        text = day(value) if hasattr(value, "year") else "Yes" if value is True else str(value)
        yield text, str(value)
