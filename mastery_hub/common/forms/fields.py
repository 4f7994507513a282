"""The fields that Django lacks, or whose errors must say what to do.

A plain `forms.DateField` is shown and read as `DateField` here, and the other plain fields need no replacement:
the renderer dresses them (see `dressing`).
"""

import re
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.kinds import KINDS, kind_checked, kinds_listed
from mastery_hub.common.files.names import shown_name
from mastery_hub.common.files.scanning import virus_refused
from mastery_hub.common.files.uploads import MEGABYTE, CutUpload
from mastery_hub.common.forms.widgets import PARTS, DateParts, PlainTextarea, TelephoneInput
from mastery_hub.common.forms.wording import listed, subject
from mastery_hub.common.forms.words import MaxWordsValidator
from mastery_hub.common.templatetags.moments import hour

NAMED_HOURS = {"midday": time(12), "noon": time(12), "midnight": time(0)}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DateField(forms.Field):
    """A date typed in three parts; the month may be a name. Each error's code names the parts it is about."""

    widget = DateParts

    def to_python(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return value
        typed = {part: value.get(part, "") for part in PARTS}
        if not any(typed.values()):
            return None
        name = subject(self.label)
        if missing := [part for part in PARTS if not typed[part]]:
            raise ValidationError(f"{name} must include a {listed(missing)}", code=f"date-{'-'.join(missing)}")
        if not re.fullmatch(r"\d{4}", typed["year"], re.ASCII):
            raise ValidationError("Year must include 4 numbers", code="date-year")
        day, month = number(typed["day"]), month_number(typed["month"])
        wrong = [part for part, ok in (("day", 1 <= day <= 31), ("month", 1 <= month <= 12)) if not ok]
        try:
            return date(int(typed["year"]), month, day)
        except ValueError:
            raise ValidationError(f"{name} must be a real date", code=f"date-{'-'.join(wrong or PARTS)}") from None


class TimeField(forms.Field):
    """A time of day as people write it: 5pm, 9:30am, 17:00, midday, midnight. Shown again as the site writes it."""

    widget = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return hour(value) if isinstance(value, time) else value

    def to_python(self, value: Any) -> time | None:
        if value is None or isinstance(value, time):
            return value
        text = re.sub(r"[\s.]", lambda found: ":" if found[0] == "." else "", str(value)).lower()
        if not text:
            return None
        if text in NAMED_HOURS:
            return NAMED_HOURS[text]
        found = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?(am|pm)?|(\d{2})(\d{2})", text, re.ASCII)
        if found and (found[2] or found[3] or found[5]):
            hours, minutes = int(found[1] or found[4]), int(found[2] or found[5] or 0)
            if found[3] and 1 <= hours <= 12:
                hours = hours % 12 + (12 if found[3] == "pm" else 0)
            elif found[3]:
                hours = 24
            if hours < 24 and minutes < 60:
                return time(hours, minutes)
        raise ValidationError(f"{subject(self.label)} must be a time, like 9am, 5:30pm or 17:00", code="time")


def number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,2}", text, re.ASCII) else 0


def month_number(text: str) -> int:
    short = text.lower()[:3]
    return MONTHS.index(short) + 1 if short in MONTHS and text.isalpha() else number(text)


class WordsField(forms.CharField):
    """A long answer with a limit in words (see `words`), counted down as it is typed."""

    widget = PlainTextarea

    def __init__(self, *, max_words: int, what: str = "Your answer", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_words = max_words
        self.validators.append(MaxWordsValidator(max_words, what))


class MoneyField(forms.DecimalField):
    """Pounds, with pence or without; "£1,000" is understood. Gives a Decimal."""

    def __init__(self, *, max_digits: int = 10, **kwargs: Any) -> None:
        super().__init__(**{"min_value": Decimal(0), "decimal_places": 2, **kwargs}, max_digits=max_digits)

    def to_python(self, value: Any) -> Any:
        return super().to_python(re.sub(r"[£,\s]", "", value) if isinstance(value, str) else value)


class TelephoneField(forms.CharField):
    """Any way of writing a telephone number that has 10 to 15 digits (E.164's most); stored as typed."""

    widget = TelephoneInput
    default_error_messages = {
        "invalid": "Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 30, **kwargs})

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        plain = re.sub(r"[\s().-]|ext\.?|x|#", "", text, flags=re.IGNORECASE)
        if text and not re.fullmatch(r"\+?\d{10,15}", plain, re.ASCII):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return text


class UploadField(forms.FileField):
    """A file of the kinds named by `types` (see `files.kinds`), no larger than `max_megabytes` and free of viruses.

    What comes out has a `name` fit to be shown and says its `kind`. The view must let as much in: `upload_megabytes`.
    `current_href`, set in the form's `__init__`, is where the file given earlier can be opened."""

    current_href = ""

    def __init__(self, *, types: Sequence[str], max_megabytes: int = 10, **kwargs: Any) -> None:
        self.types = tuple(types)
        self.max_megabytes = max_megabytes
        kinds = kinds_listed(self.types)
        super().__init__(**{"help_text": f"{kinds[0].upper()}{kinds[1:]}, smaller than {max_megabytes}MB", **kwargs})
        self.error_messages |= {"empty": "The selected file is empty", "missing": "Select a file"}

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """What the browser offers first; any other file can still be chosen, and is told of."""
        return {"accept": ",".join(ending for each in self.types for ending in KINDS[each].endings)}

    def to_python(self, data: Any) -> Any:
        upload = super().to_python(data)
        if upload is None:
            return None
        if isinstance(upload, CutUpload) or upload.size > self.max_megabytes * MEGABYTE:
            raise ValidationError(f"The selected file must be smaller than {self.max_megabytes}MB", code="size")
        upload.name = shown_name(str(upload.name))
        try:
            upload.kind = kind_checked(upload, name=upload.name, kinds=self.types).name
            virus_refused(upload)
        except DomainError as refused:
            raise ValidationError(refused.message, code=refused.code) from None
        return upload
