"""“Send this page to my headteacher”, or to the subject leader: one email with fixed words, without an account, and not
often."""

from functools import cached_property
from typing import Any

from allauth.core import ratelimit
from django.shortcuts import get_object_or_404

from applications.enums import Reader
from applications.forms.asked import PageSendForm
from applications.models import Round
from applications.outlook import cohort_words, outlook
from applications.services.subscriptions import page_send
from cohorts.models import Programme
from mastery_hub.common.access import PUBLIC
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceFormView


class PageSendView(ServiceFormView):
    access = PUBLIC
    form_class = PageSendForm
    template_name = "applications/page_send.html"
    success_message = "We are sending the page to the address that you gave, unless it was sent there today already."

    @property
    def page(self) -> Round | Programme:
        raise NotImplementedError

    @property
    def to_leader(self) -> bool:
        raise NotImplementedError

    def get_title(self) -> str:
        return f"Send this page to my headteacher{' or subject leader' if self.to_leader else ''}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"to_leader": self.to_leader}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(to_leader=self.to_leader, **kwargs)

    def get_back(self) -> str:
        return self.page.get_absolute_url()

    def get_initial(self) -> dict[str, Any]:
        return {"sender": getattr(self.request.user, "full_name", "")}

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.cancel = self.get_back()
        return form

    def perform(self, form: PageSendForm) -> None:
        """How often an address got it is told to nobody."""
        if not ratelimit.consume(self.request, action="page_send"):
            message = "This page was sent from your network several times. Try again in an hour, or copy its address."
            raise DomainError(message, code="too-many")
        to = form.cleaned_data["email"]
        if ratelimit.consume(self.request, action="page_send_address", key=to.lower()):
            reader = Reader(form.cleaned_data.get("reader", Reader.HEADTEACHER))
            page_send(sender=form.cleaned_data["sender"], to=to, page=self.page, reader=reader)

    def get_success_url(self) -> str:
        return self.get_back()


class RoundSendView(PageSendView):
    @cached_property
    def page(self) -> Round:
        return get_object_or_404(Round.objects.published().with_programme(), code=self.kwargs["code"])

    @property
    def to_leader(self) -> bool:
        return self.page.involves_subject_leader

    @property
    def caption(self) -> str:  # type: ignore[override]
        return cohort_words(self.page)


class ProgrammeSendView(PageSendView):
    @cached_property
    def page(self) -> Programme:
        return get_object_or_404(Programme, slug=self.kwargs["programme"])

    @cached_property
    def to_leader(self) -> bool:
        return outlook(self.page).involves_subject_leader

    @property
    def caption(self) -> str:  # type: ignore[override]
        return self.page.name
