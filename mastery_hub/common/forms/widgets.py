from datetime import date
from typing import Any

from django import forms

PARTS = ("day", "month", "year")


class DateParts(forms.Widget):
    """Three inputs named `<name>-day`, `<name>-month` and `<name>-year`; the value is a dict of what was typed."""

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {part: str(data.get(f"{name}-{part}") or "").strip() for part in PARTS}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}-{part}" in data for part in PARTS)

    def format_value(self, value: Any) -> dict[str, str]:
        if isinstance(value, date):
            return {part: str(getattr(value, part)) for part in PARTS}
        return value if isinstance(value, dict) else dict.fromkeys(PARTS, "")


class PlainTextarea(forms.Textarea):
    """Browsers send line ends as two characters and count them as one: they are stored, and counted, as one."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class TelephoneInput(forms.TextInput):
    input_type = "tel"
