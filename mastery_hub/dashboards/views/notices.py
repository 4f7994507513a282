"""What every public service owes its readers: privacy, accessibility, cookies, and whom to ask."""

from typing import Any

from django.conf import settings
from django.views.generic import TemplateView

from mastery_hub.accounts.models import PrivacyNotice
from mastery_hub.common.access import PUBLIC
from mastery_hub.dashboards.documents import document_sections


class PrivacyView(TemplateView):
    access = PUBLIC
    template_name = "dashboards/privacy.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notice = PrivacyNotice.objects.first()
        opening, sections = document_sections(notice.body if notice else "")
        return super().get_context_data(**kwargs) | {
            "notice": notice,
            "opening": opening,
            "sections": sections,
        }


class AccessibilityView(TemplateView):
    access = PUBLIC
    template_name = "dashboards/accessibility.html"


class CookiesView(TemplateView):
    access = PUBLIC
    template_name = "dashboards/cookies.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = f"after {settings.SESSION_KEPT_DAYS} days if you chose to stay signed in"
        cookies = [
            (
                settings.SESSION_COOKIE_NAME,
                "Keeps you signed in, a link from our email open, and your answers when you check if you can apply",
                f"When you sign out or close the browser, or {kept}",
            ),
            (
                settings.CSRF_COOKIE_NAME,
                "Makes sure that a form was sent by you, not by another site",
                "After one year",
            ),
            ("messages", "Tells you once whether what you did has worked", "As soon as you have seen the message"),
        ]
        return super().get_context_data(**kwargs) | {"cookies": cookies}


class ContactView(TemplateView):
    access = PUBLIC
    template_name = "dashboards/contact.html"
