"""Rules of text that several apps take, held by models, forms and imports alike."""

from django.core.validators import RegexValidator

# Mail programs make links of what looks like one, so a name must not
NAME = r"^[^<>@/\\:\[\]{}]*\Z"
name_validator = RegexValidator(NAME, "Enter a name without symbols such as / : @ < >")
