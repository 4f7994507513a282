"""What every field gets before it is shown or read, whoever declared it: GOV.UK inputs and errors that say what to do.

It is done as the bound field is made, which Django does before it cleans and before it renders, so that model forms,
filters and other packages' forms need nothing. A message that a form words itself always stays.
"""

from typing import Any

from django import forms
from django.forms.utils import pretty_name

from mastery_hub.common.forms import wording
from mastery_hub.common.forms.fields import DateField
from mastery_hub.common.forms.widgets import PlainTextarea, TelephoneInput

DJANGO_BLANK = "---------"


def dress(form: Any, name: str, field: forms.Field) -> forms.Field:
    if type(field) is forms.DateField and isinstance(field.widget, forms.DateInput):
        field = form.fields[name] = date_field(field)
    if getattr(field, "dressed", False):
        return field
    field.dressed = True  # type: ignore[attr-defined]
    field.label = pretty_name(name) if field.label is None else field.label
    widget_dress(field)
    blank_choice_name(field)
    for code, message in messages(field).items():
        if djangos_own(field, code):
            field.error_messages[code] = message
    return field


def date_field(plain: forms.DateField) -> DateField:
    field = DateField(
        required=plain.required,
        label=plain.label,
        help_text=plain.help_text,
        initial=plain.initial,
        disabled=plain.disabled,
        validators=plain.validators,
    )
    field.error_messages |= {code: text for code, text in plain.error_messages.items() if not djangos_own(plain, code)}
    return field


def widget_dress(field: forms.Field) -> None:
    """Number inputs become text inputs with a keypad: a number input drops what it does not like without a word."""
    widget = field.widget
    if type(widget) is forms.Textarea:
        field.widget = PlainTextarea(widget.attrs)
    elif type(widget) is forms.NumberInput:
        kept = {name: value for name, value in widget.attrs.items() if name not in ("min", "max", "step")}
        field.widget = forms.TextInput({"inputmode": "numeric" if is_whole(field) else "decimal"} | kept)
        field.widget.is_localized = widget.is_localized
    elif isinstance(widget, forms.EmailInput):
        widget.attrs = {"autocomplete": "email", "spellcheck": "false"} | widget.attrs
    elif isinstance(widget, TelephoneInput):
        widget.attrs = {"autocomplete": "tel"} | widget.attrs


def is_whole(field: forms.Field) -> bool:
    """Django's decimal field is an integer field too."""
    return isinstance(field, forms.IntegerField) and not isinstance(field, forms.FloatField | forms.DecimalField)


def blank_choice_name(field: forms.Field) -> None:
    """Radios need no blank choice; a select's says what to do."""
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == DJANGO_BLANK:
            field.empty_label = None if isinstance(field.widget, forms.RadioSelect) else "Choose one"
    elif type(field.widget) is forms.Select and isinstance(field, forms.ChoiceField):
        given = list(field.widget.choices)
        field.choices = [(value, "Choose one" if text == DJANGO_BLANK else text) for value, text in given]


def messages(field: forms.Field) -> dict[str, str]:
    subject = wording.subject(field.label).replace("%", "%%")
    most = f"{field.max_length:,}" if getattr(field, "max_length", None) else "%(limit_value)s"
    number = "a whole number, like 3" if is_whole(field) else "a number, like 3.5"
    found = {
        "required": required_message(field),
        "max_length": f"{subject} must be {most} characters or fewer",
        "min_length": f"{subject} must be %(limit_value)s characters or more",
        "min_value": f"{subject} must be %(limit_value)s or more",
        "max_value": f"{subject} must be %(limit_value)s or less",
        "max_decimal_places": f"{subject} must have no more than %(max)s decimal places",
        "max_digits": f"{subject} must have no more than %(max)s digits",
        "max_whole_digits": f"{subject} must have no more than %(max)s digits before the point",
    }
    if isinstance(field, forms.IntegerField | forms.DecimalField):
        found["invalid"] = f"{subject} must be {number}"
    if isinstance(field, forms.EmailField):
        found["invalid"] = "Enter an email address in the correct format, like name@example.com"
    if isinstance(field, forms.ChoiceField):
        found["invalid_choice"] = "Select one of the choices shown"
    return found


def required_message(field: forms.Field) -> str:
    if isinstance(field, forms.BooleanField):
        return f"Tick “{field.label}” to continue"
    choosing = isinstance(field, forms.ChoiceField | forms.FileField)
    if choosing and wording.is_question(field.label):
        return f"Select an answer to “{field.label}”"
    return wording.required(field.label, "Select" if choosing else "Enter")


def djangos_own(field: forms.Field, code: str) -> bool:
    """True where the message is still the one Django brought, or where the field has none."""
    if code not in field.error_messages:
        return True
    for cls in type(field).__mro__:
        defaults = vars(cls).get("default_error_messages", {})
        if code in defaults:
            return cls.__module__.startswith("django.") and field.error_messages[code] == defaults[code]
    return False
