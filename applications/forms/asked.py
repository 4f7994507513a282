"""What anybody may ask of a public page, without an account."""

from django import forms
from django.core.validators import RegexValidator

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
    sender = forms.CharField(
        label="Your name",
        max_length=60,
        help_text="So that your headteacher knows who sends it.",
        validators=[name_validator, NO_ADDRESS],
        error_messages={"required": "Enter your name"},
    )
    email = forms.EmailField(
        label="Headteacher’s email address",
        max_length=254,
        error_messages={"required": "Enter your headteacher’s email address"},
    )
    looks = {
        "sender": Look(width="two-thirds", autocomplete="name", spellcheck=False),
        "email": Look(width="two-thirds", autocomplete="off", spellcheck=False),
    }
    button = "Send the page"
