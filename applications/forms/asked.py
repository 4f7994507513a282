"""What anybody may ask of a public page, without an account."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from applications.enums import Reader
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.validators import name_validator

# Mail programs make a link of “example.org” and of a telephone number, so that a name could carry an advertisement
NO_ADDRESS = RegexValidator(
    r"\w[.\u3002\uff0e]\w{2,}|[\d\r\n]", "Enter your name without numbers or web addresses", inverse_match=True
)
# A role may say a year or a key stage
ROLE_ALONE = RegexValidator(
    r"\w[.\u3002\uff0e]\w{2,}|\d{3,}|[\r\n]",
    "Enter the role without telephone numbers or web addresses",
    inverse_match=True,
)


class AddressForm(GovukForm):
    email = forms.EmailField(
        label="Your email address",
        max_length=254,
        help_text="We send a link to it: press the button on the page behind it to confirm.",
        error_messages={"required": "Enter your email address"},
    )
    looks = {"email": Look(width="two-thirds", autocomplete="email", spellcheck=False)}
    button = "Continue"


class PageSendForm(GovukForm):
    """Where a subject leader has a part in the round, it says which of the two the page is for."""

    reader = forms.ChoiceField(
        label="Who do you send it to?",
        choices=Reader.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select who you send it to"},
    )
    sender = forms.CharField(
        label="Your name",
        max_length=60,
        help_text="So that they know who sends it.",
        validators=[name_validator, NO_ADDRESS],
        error_messages={"required": "Enter your name"},
    )
    email = forms.EmailField(
        label="Their email address",
        max_length=254,
        error_messages={"required": "Enter their email address"},
    )
    looks = {
        "sender": Look(width="two-thirds", autocomplete="name", spellcheck=False),
        "email": Look(width="two-thirds", autocomplete="off", spellcheck=False),
    }
    button = "Send the page"

    def __init__(self, *args: Any, to_leader: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if to_leader:
            return
        del self.fields["reader"]
        self.fields["email"].label = "Headteacher’s email address"
        self.fields["email"].error_messages["required"] = "Enter your headteacher’s email address"
