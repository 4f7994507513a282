from typing import Any

from django import template

from mastery_hub.common import typed

register = template.Library()


@register.simple_tag(takes_context=True)
def writer(context: Any) -> str:
    """Whose page this is, sealed: what the form sends once the session has ended goes back to nobody else."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return typed.writer_seal(user.pk) if user and user.is_authenticated else ""
