from functools import cached_property
from pathlib import PurePath
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString, mark_safe

from mastery_hub.common.forms.dressing import dress
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.widgets import PARTS, DateParts

KINDS = (  # the first that fits
    (forms.CheckboxSelectMultiple, "checkboxes", ""),
    (forms.RadioSelect, "radios", ""),
    (forms.CheckboxInput, "checkbox", "govuk-checkboxes__input"),
    (DateParts, "date", ""),
    (forms.FileInput, "file", "govuk-file-upload"),
    (forms.Select, "select", "govuk-select"),
    (forms.Textarea, "textarea", "govuk-textarea"),
    (forms.HiddenInput, "hidden", ""),
    (forms.Widget, "input", "govuk-input"),
)
OWN_CONTROLS = ("radios", "checkboxes", "checkbox", "date", "file")
DEFAULT = Look()


class GovukBoundField(BoundField):
    """Everything that templates/govforms/field.html asks of a field, in govuk-frontend's words."""

    def __init__(self, form: Any, field: forms.Field, name: str) -> None:
        super().__init__(form, dress(form, name, field), name)

    @cached_property
    def look(self) -> Look:
        return getattr(self.form, "looks", {}).get(self.name, DEFAULT)

    @cached_property
    def kind(self) -> str:
        return next(kind for widget, kind, _ in KINDS if isinstance(self.field.widget, widget))

    @property
    def base_class(self) -> str:
        return next(css for widget, _, css in KINDS if isinstance(self.field.widget, widget))

    @property
    def control_id(self) -> str:
        return self.field.widget.attrs.get("id") or self.auto_id

    @property
    def first_id(self) -> str:
        """Where an error summary's link must land: the first control that is wrong."""
        if self.kind == "date":
            return f"{self.control_id}-{self.wrong_parts[0]}"
        return self.control_id

    # Label, hint and errors

    @property
    def is_optional(self) -> bool:
        marked = getattr(self.form, "mark_optional", True) and self.look.optional and self.kind != "checkbox"
        return marked and not self.field.required and not self.field.disabled

    @property
    def label_size(self) -> str:
        if self.look.size is not None:
            return self.look.size
        if self.look.heading:
            return "l"
        return "" if self.is_revealed else getattr(self.form, "label_size", "s")

    @property
    def is_revealed(self) -> bool:
        """Shown under the choice that asks for it, so not shown again by itself."""
        return any(self.name in look.all_revealed for look in getattr(self.form, "looks", {}).values())

    @property
    def use_fieldset(self) -> bool:
        return self.kind in ("radios", "checkboxes", "date")

    @property
    def aria_describedby(self) -> str | None:
        wanted = (("info", self.count_limit), ("hint", self.help_text), ("error", self.errors))
        ids = [f"{self.control_id}-{name}" for name, there in wanted if there]
        return " ".join(ids) or None

    # The control

    @property
    def max_words(self) -> int | None:
        return getattr(self.field, "max_words", None)

    @property
    def max_characters(self) -> int | None:
        return getattr(self.field, "max_length", None) if self.kind == "textarea" and not self.max_words else None

    @property
    def count_limit(self) -> int | None:
        return self.max_words or self.max_characters

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if (widget or self.field.widget).is_hidden:
            return attrs
        for unwanted in ("aria-invalid", "required"):
            attrs.pop(unwanted, None)
        look = self.look
        extra: dict[str, Any] = {"autocomplete": look.autocomplete, "inputmode": look.inputmode, **look.attrs}
        if look.spellcheck is not None:
            extra["spellcheck"] = str(look.spellcheck).lower()
        if self.kind == "textarea":
            extra |= {"rows": str(look.rows), "cols": False}
        # The browser must not cut what is pasted: the server says how much is too long
        attrs |= {"maxlength": False, "minlength": False, "class": self.css_class or False}
        return attrs | {name: value for name, value in extra.items() if value != ""}

    @property
    def css_class(self) -> str:
        base = self.base_class
        width = self.look.width or (5 if self.field.widget.attrs.get("inputmode") in ("numeric", "decimal") else "")
        widths = f"govuk-input--width-{width}" if isinstance(width, int) else f"govuk-!-width-{width}"
        return " ".join(
            filter(
                None,
                [
                    base,
                    "govuk-js-character-count" if self.count_limit else "",
                    self.field.widget.attrs.get("class", ""),
                    widths if width else "",
                    f"{base}--error" if self.errors and self.kind not in OWN_CONTROLS[:4] else "",
                ],
            )
        )

    def as_widget(
        self, widget: forms.Widget | None = None, attrs: Any = None, only_initial: bool = False
    ) -> SafeString:
        if widget is None and self.kind in OWN_CONTROLS and not only_initial:
            return self.form.render(f"govforms/controls/{self.kind}.html", {"field": self})
        return super().as_widget(widget, attrs, only_initial)

    @property
    def file_control(self) -> SafeString:
        """Without what Django writes about the current file: the template says that."""
        return super().as_widget(forms.FileInput(self.field.widget.attrs))

    @property
    def plain_control(self) -> SafeString:
        return super().as_widget()

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Radios or checkboxes as their template shows them; the first id has no number: errors link to it."""
        widget, look = self.field.widget, self.look
        groups = widget.optgroups(self.html_name, [str(v) for v in widget.format_value(self.value())], widget.attrs)
        found: list[dict[str, Any]] = []
        number = 0
        for option in (option for _, options, _ in groups for option in options):
            value = str(option["value"])
            if value == "" and self.kind == "radios":
                continue
            divider = value in (look.divider, look.exclusive)
            number += 2 if divider else 1
            item_id = self.control_id if number == 1 else f"{self.control_id}-{number}"
            revealed = [self.form[name] for name in look.revealed(value)]
            found.append(
                {
                    "id": item_id,
                    "value": value,
                    "label": option["label"],
                    "checked": option["selected"],
                    "hint": look.hints.get(value, ""),
                    "divider": divider,
                    "exclusive": value == look.exclusive,
                    "revealed": mark_safe("".join(str(each.as_field_group()) for each in revealed)),
                }
            )
        return found

    @property
    def wrong_parts(self) -> list[str]:
        """The parts of a date that its error is about; all three where the error does not say."""
        for error in self.form.errors.as_data().get(self.name, []):
            named = [part for part in str(error.code or "").split("-")[1:] if part in PARTS]
            if named:
                return named
        return list(PARTS)

    @property
    def parts(self) -> list[dict[str, Any]]:
        typed = self.field.widget.format_value(self.value())
        wrong = self.wrong_parts if self.errors else []
        return [
            {
                "name": f"{self.html_name}-{part}",
                "id": f"{self.control_id}-{part}",
                "label": part.capitalize(),
                "value": typed.get(part, ""),
                "width": 4 if part == "year" else 2,
                "wrong": part in wrong,
                "autocomplete": f"bday-{part}" if self.look.autocomplete == "bday" else "",
            }
            for part in PARTS
        ]

    @property
    def current_file(self) -> dict[str, str] | None:
        """The file given earlier: what its owner called it, and its address where the form names one."""
        name = getattr(self.initial, "given_name", "") or getattr(self.initial, "name", None)
        return {"name": PurePath(name).name, "href": getattr(self.field, "current_href", "")} if name else None
