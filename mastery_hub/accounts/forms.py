import re
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm, ConfirmEmailVerificationCodeForm, ConfirmLoginCodeForm
from allauth.account.forms import RequestLoginCodeForm as AllauthSignInForm
from allauth.core import context, ratelimit
from django import forms
from django.conf import settings

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Invitation, User
from mastery_hub.accounts.permissions import roles_to_give
from mastery_hub.common.forms.base import GovukForm, GovukFormMixin, GovukModelForm
from mastery_hub.common.forms.fields import TelephoneField
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.validators import name_validator
from mastery_hub.directory.models import MathsHub

EMAIL_LOOK = Look(width="two-thirds", autocomplete="email")
CODE_LOOK = Look(width=10, autocomplete="one-time-code", inputmode="numeric", spellcheck=False)
NAME_LOOKS = {
    "first_name": Look(width=20, autocomplete="given-name", spellcheck=False),
    "last_name": Look(width=20, autocomplete="family-name", spellcheck=False),
}


def email_field(label: str = "Email address", help_text: str = "") -> forms.EmailField:
    return forms.EmailField(label=label, help_text=help_text, max_length=254)


def name_field(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=80, validators=[name_validator])


TRN_TAKEN = "Another person already uses this teacher reference number (TRN). Check it, or contact your Maths Hub"


def trn_cleaned(typed: str, person: User) -> str:
    """Older papers write it RP98/12345: the seven digits are what counts. Raises ValidationError."""
    trn = re.sub(r"^RP|[\s/-]", "", typed.upper())
    if trn and not re.fullmatch(r"[0-9]{7}", trn):
        raise forms.ValidationError("A teacher reference number (TRN) has 7 digits, such as 1234567", code="invalid")
    if trn and User.objects.filter(trn=trn).exclude(pk=person.pk).exists():
        raise forms.ValidationError(TRN_TAKEN, code="taken")
    return trn


class SignInForm(GovukFormMixin, AllauthSignInForm):
    looks = {"email": EMAIL_LOOK}
    button = "Continue"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = email_field(help_text="We will email you a code to sign in with. There is no password.")

    def clean_email(self) -> str:
        self.cleaned_data["email"] = self.cleaned_data["email"].lower()
        return super().clean_email()


class SignUpForm(GovukForm):
    first_name = name_field("First name")
    last_name = name_field("Last name")
    email = email_field(help_text="Use your school or work address if you can. We will email you a code.")

    looks = NAME_LOOKS | {"email": EMAIL_LOOK}
    button = "Continue"

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if not ratelimit.consume(context.request, action="request_login_code", key=email):
            raise get_adapter().validation_error("too_many_login_attempts")
        return email


class CodeFormMixin(GovukFormMixin):
    """Spaces and dashes that a mail program or a careful typist adds are forgiven."""

    looks = {"code": CODE_LOOK}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label, code.error_messages["required"] = "6-digit code", "Enter the 6-digit code from the email"
        code.widget.attrs.pop("placeholder", None)


class SignInCodeForm(CodeFormMixin, ConfirmLoginCodeForm):
    button = "Sign in"

    remember = forms.BooleanField(
        label=f"Keep me signed in for {settings.SESSION_KEPT_DAYS} days. Do not tick this on a shared computer.",
        required=False,
    )


class AddressCodeForm(CodeFormMixin, ConfirmEmailVerificationCodeForm):
    button = "Confirm email address"


class AddressForm(GovukFormMixin, AddEmailForm):
    looks = {"email": EMAIL_LOOK}
    button = "Continue"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = email_field(
            label="New email address", help_text="We will email a code to it, to be sure that it is yours."
        )


class DetailsForm(GovukModelForm):
    telephone = TelephoneField(required=False, label="Telephone number")
    trn = forms.CharField(
        required=False,
        max_length=20,
        label="Teacher reference number (TRN)",
        help_text="7 digits, such as 1234567. It is on your payslip or teaching certificate.",
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "telephone", "trn", "ncetm_username")
        help_texts = {"ncetm_username": "The name you use on ncetm.org.uk"}

    looks = NAME_LOOKS | {
        "telephone": Look(width=20, autocomplete="tel"),
        "trn": Look(width=10, inputmode="numeric", spellcheck=False),
        "ncetm_username": Look(width=20, autocomplete="off", spellcheck=False),
    }
    button = "Save"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name"):
            self.fields[name].required = True

    def clean_trn(self) -> str:
        return trn_cleaned(self.cleaned_data["trn"], self.instance)


class InvitationForm(GovukForm):
    """`hub` is the hub in whose pages we are; without one, NCETM invites to any hub or to itself."""

    first_name = name_field("First name")
    last_name = name_field("Last name")
    email = email_field()
    looks = NAME_LOOKS | {"email": EMAIL_LOOK}
    button = "Send invitation"

    def __init__(self, *args: Any, user: User, hub: MathsHub | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hub = hub
        if hub:
            roles = roles_to_give(user, hub)
        else:
            roles = [Role.HUB_LEAD, Role.NCETM_ADMINISTRATOR]
            hubs = MathsHub.objects.current()
            self.fields["hub"] = forms.ModelChoiceField(hubs, label="Maths Hub", empty_label="Select a Maths Hub")
            self.looks = self.looks | {"role": Look(conditional={Role.HUB_LEAD: "hub"})}
        self.fields["role"] = forms.ChoiceField(
            label="Role", choices=[(role, role.label) for role in roles], widget=forms.RadioSelect
        )

    def place(self) -> MathsHub | None:
        return self.hub or self.cleaned_data.get("hub")


class InvitationCorrectForm(GovukModelForm):
    email = email_field(help_text="We will send the invitation to this address. The link sent before stops working.")

    class Meta:
        model = Invitation
        fields = ("email",)

    looks = {"email": EMAIL_LOOK}
    button = "Send invitation"
