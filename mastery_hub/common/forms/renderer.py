from django.forms.renderers import TemplatesSetting

from mastery_hub.common.forms.bound_field import GovukBoundField


class GovukRenderer(TemplatesSetting):
    """Every form of the project, django-filter's and allauth's too, is rendered by templates/govforms/."""

    bound_field_class = GovukBoundField
    field_template_name = "govforms/field.html"
    form_template_name = "govforms/form.html"
