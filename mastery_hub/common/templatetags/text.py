from django import template
from django.utils.safestring import SafeString

from mastery_hub.common import markdown as rendering

register = template.Library()


@register.filter
def markdown(text: str, top: int = 3) -> SafeString:
    """`{{ block.body|markdown }}`; `{{ body|markdown:2 }}` where no h2 stands above it."""
    return rendering.render(text, top=top)
