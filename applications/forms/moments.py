"""Instants asked for as a day and a time in London; days when schools are closed are asked about once more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms

from mastery_hub.common import clock
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import DateField, TimeField
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look


class KeptDaysField(forms.MultipleChoiceField):
    """Its choices are known only once the dates are."""

    def valid_value(self, value: str) -> bool:
        return True


@dataclass(frozen=True)
class Moment:
    """An instant asked for as a day and a time, in London."""

    name: str
    label: str
    short: str
    hint: str = ""
    required: bool = True


class MomentsForm(GovukForm):
    """Days and times in pairs; `moment` gives the instant. Days when schools are closed are asked about once more."""

    moments: tuple[Moment, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = kwargs["initial"] = dict(kwargs.get("initial") or {})
        for each in self.moments:
            if at := initial.get(each.name):
                there = clock.london(at)
                initial |= {f"{each.name}_on": there.date(), f"{each.name}_time": there.time()}
        super().__init__(*args, **kwargs)
        looks = dict(self.looks)
        for each in self.moments:
            self.fields[f"{each.name}_on"] = DateField(label=f"{each.short} date", required=each.required)
            self.fields[f"{each.name}_time"] = TimeField(label=f"{each.short} time", required=each.required)
            self.fields[f"{each.name}_on"].error_messages["required"] = f"Enter the {each.short.lower()} date"
            self.fields[f"{each.name}_time"].error_messages["required"] = f"Enter the {each.short.lower()} time"
            looks |= {
                f"{each.name}_on": Look(optional=False),
                f"{each.name}_time": Look(width=5, optional=False),
            }
        self.fields["kept"] = KeptDaysField(
            label="Schools are closed on these days", required=False, widget=forms.CheckboxSelectMultiple
        )
        self.fields["kept"].help_text = "Choose another day above, or tick what is meant as it is."
        self.looks = looks | {"kept": Look(optional=False)}

    def groups(self) -> list[Any]:
        asked = [Group(m.label, f"{m.name}_on", f"{m.name}_time", hint=m.hint) for m in self.moments]
        return [*asked, *(["kept"] if self.fields["kept"].choices else [])]

    def moment(self, name: str) -> datetime | None:
        on, at = self.cleaned_data.get(f"{name}_on"), self.cleaned_data.get(f"{name}_time")
        return datetime.combine(on, at, tzinfo=clock.LONDON) if on and at else None

    def clean(self) -> dict[str, Any]:
        super().clean()
        for each in self.moments:
            self._clean_pair(each)
        return self.cleaned_data

    def _clean_pair(self, each: Moment) -> None:
        day, time_ = f"{each.name}_on", f"{each.name}_time"
        if self.has_error(day) or self.has_error(time_):
            return
        given = bool(self.cleaned_data.get(day)), self.cleaned_data.get(time_) is not None
        if given == (True, False):
            self.add_error(time_, f"Enter the {each.short.lower()} time")
        elif given == (False, True):
            self.add_error(day, f"Enter the {each.short.lower()} date")
        elif (at := self.moment(each.name)) and at != at.astimezone(UTC).astimezone(clock.LONDON):
            self.add_error(time_, "Clocks go forward then, so there is no such time on that day")

    def add_problems(self, problems: dict[str, str]) -> None:
        for name, sentence in problems.items():
            place = f"{name}_on" if f"{name}_on" in self.fields else name
            self.add_error(place if place in self.fields else None, sentence)

    def ask_about(self, awkward: dict[str, str]) -> None:
        """Each such day is kept by a tick of its own; another day is asked about anew."""
        choices = [(f"{name} {self.moment(name):%Y-%m-%d}", f"{words}. Keep it.") for name, words in awkward.items()]
        self.fields["kept"].choices = choices
        kept = self.cleaned_data.get("kept") or []
        if [key for key, _ in choices if key not in kept]:
            self.add_error("kept", "Tick each of these days to keep it, or choose another")
