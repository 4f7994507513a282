"""A time of day as people write it, and the instant that a day and a time are in London."""

import re
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from mastery_hub.common.clock import LONDON
from mastery_hub.common.templatetags.moments import hour

NAMED = {"midday": time(12), "noon": time(12), "midnight": time(0)}


class TimeField(forms.Field):
    """5pm, 9:30am, 17:00, midday; gives a `time`. Minutes alone: nobody is asked for seconds."""

    default_error_messages: ClassVar[Any] = {"invalid": "Enter a time, like 5pm or 9:30am"}

    def prepare_value(self, value: Any) -> Any:
        return hour(value) if isinstance(value, time) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, time):
            return value
        text = re.sub(r"\s", "", value or "").lower()
        if not text:
            return None
        return NAMED[text] if text in NAMED else self._read(text)

    def _read(self, text: str) -> time:
        found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm)?", text, re.ASCII)
        if not found or not (found[2] or found[3]):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        hours, minutes, half = int(found[1]), int(found[2] or 0), found[3]
        if (half and not 1 <= hours <= 12) or hours > 23 or minutes > 59:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return time(hours % 12 + (12 if half == "pm" else 0) if half else hours, minutes)


def instant(on: date, at: time) -> datetime:
    """In London. Of the hour that comes twice when the clocks go back, the second; the hour that is left out when they
    go forward is refused."""
    found = datetime.combine(on, at, tzinfo=LONDON).replace(fold=1)
    if found.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != found.replace(tzinfo=None):
        raise ValidationError(f"The clocks go forward on this day: there is no {hour(at)}", code="no-such-time")
    return found
