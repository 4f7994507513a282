"""A list of alike answers, with "Add another" and "Remove" that are plain submit buttons.

    Visitors = add_another(VisitorForm, noun="visitor", at_least=1, at_most=6)

    formset = Visitors(request.POST or None, initial=[…])
    if request.method == "POST" and not formset.rearranged and formset.is_valid():
        … formset.answers is the list of cleaned data …
    return render(…, {"formset": formset})            and in the template, inside its form:
    {% include "govforms/add_another.html" %}

Either button gives the page again with everything that was typed and without errors: nobody has finished yet.
"""

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.forms.renderers import BaseRenderer
from django.forms.utils import ErrorDict

from mastery_hub.common.forms.wording import lower_first


class AddAnotherFormSet(BaseFormSet):
    noun = "answer"
    min_num: int
    max_num: int
    absolute_max: int
    renderer: BaseRenderer  # Django's, which its types leave out

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.rearranged = False
        if self.is_bound:
            self._rearrange()

    def _rearrange(self) -> None:
        counted = self.management_form.is_valid()
        total = self.management_form.cleaned_data["TOTAL_FORMS"] if counted else 0
        kept = list(range(min(total or 0, self.absolute_max)))
        removed = str(self.data.get(f"{self.prefix}-remove", ""))
        if removed in map(str, kept) and len(kept) > self.min_num:
            kept.remove(int(removed))
        elif f"{self.prefix}-add" in self.data and len(kept) < self.max_num:
            kept.append(len(kept))
        if f"{self.prefix}-add" in self.data or f"{self.prefix}-remove" in self.data:
            self.rearranged = True
            self.data = self._moved(kept)
            del self.management_form

    def _moved(self, kept: list[int]) -> Any:
        """The same answers under their new numbers; what is not one of the list's answers stays."""
        moved: Any = self.data.copy()  # type: ignore[attr-defined]
        for name in [name for name in moved if name.startswith(f"{self.prefix}-")]:
            del moved[name]
        for new, old in enumerate(kept):
            for name in self.data:
                before, start = f"{self.prefix}-{old}-", f"{self.prefix}-{new}-"
                if name.startswith(before):
                    values = self.data.getlist(name) if hasattr(self.data, "getlist") else [self.data[name]]
                    moved.setlist(start + name.removeprefix(before), values)
        moved[f"{self.prefix}-TOTAL_FORMS"] = str(len(kept))
        moved[f"{self.prefix}-INITIAL_FORMS"] = "0"
        return moved

    def _construct_form(self, i: int, **kwargs: Any) -> forms.BaseForm:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.empty_permitted = i >= max(self.min_num, 1)
        if self.rearranged:
            form._errors = ErrorDict(renderer=self.renderer)
        return form

    def full_clean(self) -> None:
        if self.rearranged:
            self._errors: list[ErrorDict] = []
            self._non_form_errors = self.error_class(renderer=self.renderer)
        else:
            super().full_clean()

    def is_valid(self) -> bool:
        return not self.rearranged and super().is_valid()

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Cleaned data of the rows that say something; a row left empty is no answer."""
        return [form.cleaned_data for form in self.forms if form.has_changed() or not form.empty_permitted]

    @property
    def can_add(self) -> bool:
        return len(self.forms) < self.max_num

    @property
    def can_remove(self) -> bool:
        return len(self.forms) > self.min_num

    @property
    def legend(self) -> str:
        return self.noun[:1].upper() + self.noun[1:]


def add_another(
    form: type[forms.BaseForm], *, noun: str, at_least: int = 1, at_most: int = 20
) -> type[AddAnotherFormSet]:
    """`noun` is what one row is about, in the singular and lower case."""
    made: Any = formset_factory(
        form,
        formset=AddAnotherFormSet,
        extra=0,
        min_num=at_least,
        max_num=at_most,
        absolute_max=at_most,
        validate_min=True,
        validate_max=True,
    )
    made.noun = lower_first(noun)
    return made
