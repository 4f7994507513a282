"""Rules of text that several apps take, held by models, forms and imports alike."""

from django.core.validators import RegexValidator

# Mail programs make links of what looks like one, so a name must not
name_validator = RegexValidator(r"^[^<>@/\\:\[\]{}]*\Z", "Enter a name without symbols such as / : @ < >")
