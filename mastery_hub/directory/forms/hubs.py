from datetime import date
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.base import GovukModelForm
from mastery_hub.common.forms.fields import TelephoneField
from mastery_hub.common.forms.helper import Button
from mastery_hub.common.forms.look import Look
from mastery_hub.directory.models import HubPageBlock, MathsHub

PREVIEW = "preview"


class HubDetailsForm(GovukModelForm):
    """The address of a hub's page is made from its first name and then stays, so that links keep working."""

    telephone = TelephoneField(required=False)
    website = forms.URLField(required=False, assume_scheme="https", help_text="For example, https://hub.example.org")

    looks = {"contact_name": Look(autocomplete="off"), "telephone": Look(width=20), "website": Look(autocomplete="off")}
    button = "Save"

    class Meta:
        model = MathsHub
        fields = (
            "name",
            "former_names",
            "region",
            "lead_schools",
            "contact_name",
            "email",
            "telephone",
            "website",
            "opened_on",
            "closed_on",
            "certainty",
        )
        help_texts = {"name": "Without “Maths Hub” at the end", "opened_on": "For example, 1 9 2020"}
        labels = {"opened_on": "Opened", "closed_on": "Closed"}

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        slug = slugify(name)
        if not self.instance.pk and (slug in ("", "add") or MathsHub.objects.filter(slug=slug).exists()):
            raise forms.ValidationError("Another hub has this name or had it once: choose a different one")
        return name

    def clean_closed_on(self) -> date | None:
        """No school is left with a hub whose page is gone."""
        closed_on = self.cleaned_data["closed_on"]
        if closed_on and self.instance.pk and "closed_on" in self.changed_data:
            longer = self.instance.areas.filter(Q(until_on=None) | Q(until_on__gt=closed_on))
            if area := longer.select_related("authority").first():
                raise forms.ValidationError(f"The hub still has {area} on that day: move or end its areas first")
        return closed_on

    def save(self, commit: bool = True) -> MathsHub:
        self.instance.slug = self.instance.slug or slugify(self.instance.name)
        return super().save(commit)


class NeighboursForm(GovukModelForm):
    neighbours = forms.ModelMultipleChoiceField(
        MathsHub.objects.all(),
        label="Neighbouring hubs",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Select all that border on this hub. It becomes their neighbour too.",
    )

    looks = {"neighbours": Look(heading=True, small=True, optional=False)}
    button = "Save"

    class Meta:
        model = MathsHub
        fields = ("neighbours",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["neighbours"].queryset = MathsHub.objects.current().exclude(pk=self.instance.pk)


class BlockForm(GovukModelForm):
    body = forms.CharField(
        label="Text",
        required=False,
        max_length=5000,
        widget=forms.Textarea,
        help_text="Leave it empty to leave this part out of the page.",
    )

    looks = {"body": Look(rows=15, optional=False)}
    button = "Save"
    extra_buttons = (Button("Preview", name=PREVIEW),)

    class Meta:
        model = HubPageBlock
        fields = ("body",)

    def save(self, commit: bool = True) -> HubPageBlock:
        self.instance.updated_at = clock.now()
        try:
            with transaction.atomic():
                return super().save(commit)
        except IntegrityError:  # both found no text yet; this one stays in the form
            message = "A colleague saved a text for this part in the same moment. To replace it with yours, save again."
            raise DomainError(message, code="faster") from None
