from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, LayoutObject


@dataclass(frozen=True)
class Button:
    """A further button: the view asks `button.name in request.POST`."""

    text: str
    name: str = ""
    value: str = "1"
    secondary: bool = True
    warning: bool = False


class PageHelper(FormHelper):
    form_action = ""  # every form posts to its own address; crispy would look up a route of that name


def page_helper(
    button: str = "Save and continue",
    *,
    layout: LayoutObject | None = None,
    extra: Sequence[Button] = (),
    cancel: str = "",
    warning: bool = False,
    method: str = "post",
) -> FormHelper:
    """The one helper of the project: `{% crispy form %}` then writes the form's tag, its fields, its buttons and,
    where `cancel` is an address, a link that leaves without saving."""
    helper = PageHelper()
    helper.attrs = {"novalidate": True}
    helper.form_method = method
    helper.layout = layout
    helper.inputs = [Button(button, secondary=False, warning=warning), *extra]
    helper.cancel = cancel
    return helper


class Group(Fieldset):
    """Fields under a legend of their own: `Group("Your school", "school", "phase", hint="…")`."""

    def __init__(self, legend: str, *fields: Any, hint: str = "", size: str = "m", **kwargs: Any) -> None:
        super().__init__(legend, *fields, **kwargs)
        self.hint = hint
        self.size = size
