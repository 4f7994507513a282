"""Writing what a round asks: the list, one row of it, its order, and putting a new version in force.

A `desk` says which list (`desks.py`). Nothing here writes on a GET, and every press says what its page has shown.
"""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import FormView, TemplateView

from applications.forms.terms import AgreeForm, PartForm
from applications.views.national.base import NationalRoundMixin
from applications.views.national.desks import CommitmentsDesk, Desk
from cohorts.enums import Whose
from cohorts.versions import ChangedMeanwhileError, order_seen, row_seen, version_seen
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import VersionPart
from mastery_hub.common.references import key_new
from mastery_hub.common.views import ServiceActionView


class DeskMixin(NationalRoundMixin):
    """Named in the routes: `PartListView.as_view(desk=CriteriaDesk)`."""

    desk: type[Desk] = Desk
    request: Any

    @cached_property
    def at(self) -> Desk:
        place = {name: value for name, value in self.kwargs.items() if name not in ("code", "key")}
        return self.desk(self.round, **place)

    @cached_property
    def part(self) -> VersionPart:
        found = self.at.part(self.kwargs["key"])
        if found is None:
            raise Http404
        return found

    def get_title(self) -> str:
        return self.at.title

    def get_crumbs(self) -> list[tuple[str, str]]:
        return []

    def get_back(self) -> str:
        return self.at.href()

    def get_success_url(self) -> str:
        return self.at.href()

    def get_next_url(self) -> str:
        return self.at.href()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(at=self.at, **kwargs)


class PartListView(DeskMixin, TemplateView):
    template_name = "applications/national_parts.html"

    def get_back(self) -> str:
        return NationalRoundMixin.get_success_url(self)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at = self.at
        last = len(at.parts) - 1
        rows = [
            at.row(part)
            | {
                "number": number + 1,
                "edit": at.href("edit", key=part.key),
                "remove": at.href("remove", key=part.key),
                "move": at.href("move", key=part.key),
                "may_rise": number > 0,
                "may_fall": number < last,
            }
            for number, part in enumerate(at.parts)
        ]
        return super().get_context_data(rows=rows, order=order_seen(at.parts), add=at.href("add"), **kwargs)


class PartFormView(DeskMixin, FormView):
    """Adds or changes one row. What a colleague saved meanwhile is shown above what was typed."""

    template_name = "applications/national_part_form.html"

    def get_form_class(self) -> type[PartForm]:
        return self.at.form_class

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | self.at.form_kwargs() | {"part": self.editing}

    @cached_property
    def editing(self) -> VersionPart | None:
        """One that a colleague has removed since the page was opened is still answered for."""
        if "key" not in self.kwargs:
            return None
        return self.at.part(self.kwargs["key"]) if self.request.method == "POST" else self.part

    def get_title(self) -> str:
        return f"Change the {self.at.noun}" if "key" in self.kwargs else f"Add {self.at.a_noun}"

    def form_valid(self, form: PartForm) -> HttpResponse:
        key, seen = self.kwargs.get("key") or form.cleaned_data["key"] or key_new(), form.cleaned_data["seen"] or ""
        try:
            self.at.save(by=self.request.user, key=key, seen=seen, values=form.values)
        except ChangedMeanwhileError as refused:
            form.show_colleague(refused)
            return self.form_invalid(form)
        messages.success(self.request, f"The {self.at.noun} is saved.")
        return HttpResponseRedirect(self.get_success_url())


class PartMoveView(DeskMixin, ServiceActionView):
    def perform(self) -> str:
        up = self.request.POST.get("to") == "up"
        part = self.at.part(self.kwargs["key"])
        if part is None:
            raise DomainError("A colleague has removed this in the meantime.", code="changed-meanwhile")
        self.at.move(by=self.request.user, key=part.key, up=up, seen=self.request.POST.get("seen", ""))
        return f"Moved {'up' if up else 'down'}: “{part}”."


class PartRemoveView(DeskMixin, FormView):
    template_name = "components/confirm.html"
    form_class = AgreeForm

    def get_initial(self) -> dict[str, Any]:
        return {"seen": row_seen(self.part)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.at.remove(by=self.request.user, key=self.kwargs["key"], seen=request.POST.get("seen", ""))
        except DomainError as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, f"The {self.at.noun} is removed.")
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            question=f"Remove this {self.at.noun}?",
            explanation=f"“{self.part}”",
            warning_text=self.at.standing,
            action=f"Remove the {self.at.noun}",
            cancel=self.at.href(),
            warning=True,
            **kwargs,
        )


class VersionView(DeskMixin, TemplateView):
    """What the version that waits changes, and for whom; and the versions before it."""

    template_name = "applications/national_version.html"
    title = "Versions"

    def get_title(self) -> str:
        return f"{self.title}: {self.at.title.lower()}" if self.at.place else "Versions of criteria and questions"

    def get_back(self) -> str:
        return self.at.href() if self.at.place else NationalRoundMixin.get_success_url(self)

    def get_next_url(self) -> str:
        return self.at.version_href

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        working = self.at.working
        waiting = self.waiting() if working else {}
        return super().get_context_data(working=working, earlier=self.at.earlier(), **waiting, **kwargs)

    def waiting(self) -> dict[str, Any]:
        return {
            "seen": version_seen(self.at.working),
            "changes": self.at.changes,
            "problems": self.at.problems,
            "touched": self.at.touched(),
            "discard": reverse(f"{self.request.resolver_match.view_name}_discard", kwargs=self.kwargs),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            version = self.at.put_in_force(by=self.request.user, seen=request.POST.get("seen", ""))
        except DomainError as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, f"Version {version.version} is in force.{self.at.being_told()}")
        return HttpResponseRedirect(self.get_next_url())


class VersionDiscardView(DeskMixin, ServiceActionView):
    def perform(self) -> str:
        self.at.discard(by=self.request.user, seen=self.request.POST.get("seen", ""))
        return "The version that was waiting is thrown away."

    def get_next_url(self) -> str:
        return self.at.version_href


class CommitmentListView(NationalRoundMixin, TemplateView):
    """Whose commitments there are to write."""

    template_name = "applications/national_commitments.html"
    title = "Commitments"

    def get_crumbs(self) -> list[tuple[str, str]]:
        return []

    def get_back(self) -> str:
        return self.get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        desks = [CommitmentsDesk(self.round, whose=whose) for whose in Whose]
        return super().get_context_data(desks=desks, **kwargs)
