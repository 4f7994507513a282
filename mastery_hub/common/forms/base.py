"""The form bases of the project. A form says what it asks; how it looks is decided once.

    class SchoolForm(GovukForm):
        urn = forms.CharField(label="School", error_messages={"required": "Select your school"})
        role = forms.ChoiceField(label="Your role", choices=Role.choices, widget=forms.RadioSelect)
        other_role = forms.CharField(label="What is your role?")
        starts_on = forms.DateField(label="When did you start?", help_text="For example, 1 9 2019")
        why = WordsField(label="Why do you want to take part?", max_words=300)

        looks = {
            "urn": Look(width=10, inputmode="numeric"),
            "role": Look(hints={"teacher": "You teach"}, conditional={"other": "other_role"}, divider="other"),
        }
        button = "Save and continue"  # the default
        layout = Layout("urn", Group("Your role", "role", "starts_on"), "why")  # without one: all fields in order

    {% extends "base.html" %}{% load crispy_forms_tags %}
    {% block content %}<h1 class="govuk-heading-l">Your school</h1>{% crispy form %}{% endblock %}

base.html shows the error summary and the "Error: " of the title by itself, from the context's `form` and `formset`.
A revealed field (`other_role`) is required only when its choice is selected, else it is emptied. `cancel`, `looks` and
`layout` may be set in `__init__`; fields added there need nothing else. Where one question is the whole page, give it
`Look(heading=True)` and the page no h1. To the view, a further button is `"its name" in request.POST`.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, LayoutObject
from django import forms

from mastery_hub.common.forms.helper import Button, page_helper
from mastery_hub.common.forms.look import Look


class GovukFormMixin(forms.BaseForm):
    looks: Mapping[str, Look] = {}
    asked: Mapping[str, str] = {}  # the question in words, where a field's label alone does not say it
    layout: LayoutObject | None = None
    button = "Save and continue"
    extra_buttons: Sequence[Button] = ()
    method = "post"  # "get" for what only asks, so that its answer has an address
    cancel = ""
    warning = False  # the button is red: what it does cannot be undone
    label_size = "s"
    mark_optional = True
    use_required_attribute = False
    template_name_div = "govforms/form.html"

    @cached_property
    def helper(self) -> FormHelper:
        revealed = {name for look in self.looks.values() for name in look.all_revealed}
        shown = self.layout or Layout(*[name for name in self.fields if name not in revealed])
        return page_helper(
            self.button,
            layout=shown,
            extra=self.extra_buttons,
            cancel=self.cancel,
            warning=self.warning,
            method=self.method,
        )

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # Django's, which its types leave out
        for name, look in self.looks.items():
            if name in self.fields:
                self._clean_revealed(name, look)
                self._clean_exclusive(name, look)

    def _clean_revealed(self, name: str, look: Look) -> None:
        """What is asked under a choice that was not made is neither missed nor kept."""
        chosen = self._chosen(name)
        for value in look.conditional:
            for revealed in look.revealed(value):
                if value not in chosen and revealed in self.fields:
                    self.errors.pop(revealed, None)
                    self.cleaned_data[revealed] = self.fields[revealed].to_python(None)

    def _clean_exclusive(self, name: str, look: Look) -> None:
        chosen = self._chosen(name)
        if look.exclusive in chosen and len(chosen) > 1:
            label = dict(self.fields[name].widget.choices).get(look.exclusive, look.exclusive)
            self.add_error(name, f"Select what applies, or select “{label}”, not both")

    def _chosen(self, name: str) -> set[str]:
        value = self[name].value()
        return {str(each) for each in (value if isinstance(value, list | tuple) else [value])}


class GovukForm(GovukFormMixin, forms.Form):
    pass


class GovukModelForm(GovukFormMixin, forms.ModelForm):
    pass
