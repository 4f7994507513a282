"""Lesson observations and interviews: leads and administrators arrange, move and cancel, its two people score."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView, View

from applications import permissions
from applications.enums import AssessmentAction, AssessmentKind, AssessmentState, Shown
from applications.filters import AssessmentFilter
from applications.forms.assessments import ArrangeForm, AssessmentScoresForm, CancelForm, MoveForm
from applications.models import Assessment, Criterion
from applications.presenters import timeline
from applications.presenters.assessments import (
    appointment,
    assessment_buttons,
    assessment_rows,
    assessment_scores,
    assessment_tag,
    may_score,
    titles,
)
from applications.services.assessments import (
    assessment_arrange,
    assessment_cancel,
    assessment_hold,
    assessment_move,
    assessment_scores_save,
    assessment_written,
)
from applications.services.engines import ASSESSMENT
from applications.tables import AssessmentTable
from applications.views.hub.base import HubApplicationMixin, HubMixin
from mastery_hub.common.calendars import calendar_response
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceActionView, ServiceFormView, TableView
from mastery_hub.common.writing import ChangedElsewhereError, fingerprint

WITH = ("application__applicant", "application__school", "application__round__cohort__programme", "hub")
TITLE = "Observations and interviews"


class HubAssessmentsMixin(HubMixin):
    @property
    def assessments(self) -> QuerySet[Assessment]:
        found = Assessment.objects.visible_to(self.request.user).filter(hub=self.hub)
        return found.select_related(*WITH, "first", "second", "application__hub")


class HubAssessmentListView(HubAssessmentsMixin, TableView):
    """Those of one's own for whoever is neither lead nor administrator of the hub."""

    title = TITLE
    table_class = AssessmentTable
    filterset_class = AssessmentFilter

    def get_rows(self) -> QuerySet[Assessment]:
        return self.assessments


class HubAssessmentMixin(HubAssessmentsMixin):
    """One of them; `allowed` says who may come here at all, and everybody else is told so."""

    @cached_property
    def assessment(self) -> Assessment:
        return get_object_or_404(self.assessments, pk=self.kwargs["pk"])

    def allowed(self) -> bool:
        return True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (self.assessment and self.allowed()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def page(self) -> str:
        return reverse("hub_assessment", args=[self.hub.slug, self.assessment.pk])

    @property
    def caption(self) -> str:  # type: ignore[override]
        application = self.assessment.application
        return f"{application.applicant}, {application.reference}"

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [*super().get_crumbs(), (TITLE, reverse("hub_assessment_list", args=[self.hub.slug]))]

    def may(self, action: str) -> bool:
        return permissions.can_act_on_assessment(self.request.user, self.assessment, action)

    @cached_property
    def criteria(self) -> list[Criterion]:
        return list(self.assessment.application.terms.criteria.filter(shown=Shown.EVIDENCED))


class HubAssessmentView(HubAssessmentMixin, TemplateView):
    template_name = "applications/hub_assessment.html"

    def get_title(self) -> str:
        return self.assessment.get_kind_display()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assessment, user = self.assessment, self.request.user
        sees = permissions.can_see_assessment_scores(user, assessment)
        events = assessment.events.select_related("by").order_by("-at", "-pk")
        where = [self.hub.slug, assessment.pk]
        return super().get_context_data(
            assessment=assessment,
            tag=assessment_tag(assessment),
            rows=assessment_rows(assessment),
            actions=assessment_buttons(assessment, user),
            sees_scores=sees,
            scores=assessment_scores(assessment, self.criteria) if sees else [],
            may_hold=AssessmentAction.HOLD in ASSESSMENT.available(assessment, user),
            may_score=may_score(assessment, user),
            hold=reverse("hub_assessment_hold", args=where),
            calendar=reverse("hub_assessment_calendar", args=where),
            application_page=reverse("hub_application", args=[self.hub.slug, assessment.application.reference]),
            events=timeline(events, titles(assessment)),
            **kwargs,
        )


class HubArrangeView(HubApplicationMixin, ServiceFormView):
    title = "Arrange an observation or an interview"
    form_class = ArrangeForm

    def allowed(self) -> bool:
        return permissions.can_arrange(self.request.user, self.application)

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("kind", "")
        return {"kind": asked} if asked in AssessmentKind else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"application": self.application}

    def perform(self, form: ArrangeForm) -> Assessment:
        kind, knowingly = AssessmentKind(form.cleaned_data["kind"]), form.cleaned_data["knowingly"]
        told: dict[str, Any] = {"by": self.request.user, "kind": kind, "booking": form.booking}
        return assessment_arrange(application=self.application, knowingly=knowingly, **told)

    def show_refusal(self, form: ArrangeForm, refused: DomainError) -> None:
        form.show_refusal(refused)

    def get_success_message(self) -> str:
        return f"It is arranged: {self.result.when}. We have written to everybody."

    def get_success_url(self) -> str:
        return reverse("hub_assessment", args=[self.hub.slug, self.result.pk])


class HubAssessmentFormView(HubAssessmentMixin, ServiceFormView):
    def get_crumbs(self) -> list[tuple[str, str]]:
        return []

    def get_back(self) -> str:
        return self.page

    def get_success_url(self) -> str:
        return self.page


class HubAssessmentMoveView(HubAssessmentFormView):
    form_class = MoveForm

    def get_title(self) -> str:
        return f"Move the {self.assessment.get_kind_display().lower()}"

    def allowed(self) -> bool:
        return self.may(AssessmentAction.MOVE)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"assessment": self.assessment}

    def perform(self, form: MoveForm) -> Assessment:
        words, knowingly = form.cleaned_data["words"], form.cleaned_data["knowingly"]
        told: dict[str, Any] = {"by": self.request.user, "booking": form.booking, "words": words}
        return assessment_move(assessment=self.assessment, knowingly=knowingly, **told)

    def show_refusal(self, form: MoveForm, refused: DomainError) -> None:
        form.show_refusal(refused)

    def get_success_message(self) -> str:
        return f"It is now {self.result.when}. We have written to everybody."


class HubAssessmentCancelView(HubAssessmentFormView):
    form_class = CancelForm
    template_name = "components/confirm.html"
    success_message = "It is cancelled. We have written to everybody."

    def allowed(self) -> bool:
        return self.may(AssessmentAction.CANCEL)

    def perform(self, form: CancelForm) -> Assessment:
        words = form.cleaned_data["words"]
        return assessment_cancel(assessment=self.assessment, by=self.request.user, words=words)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kind = self.assessment.get_kind_display().lower()
        return super().get_context_data(
            question=f"Cancel this {kind}?",
            explanation=f"{self.assessment.application.applicant}: {self.assessment.when}. We tell the applicant, the "
            "headteacher and both people.",
            action=f"Cancel the {kind}",
            cancel=self.page,
            warning=True,
            **kwargs,
        )


class HubAssessmentHoldView(HubAssessmentMixin, ServiceActionView):
    def perform(self) -> str:
        assessment = assessment_hold(assessment=self.assessment, by=self.request.user)
        return f"The {assessment.get_kind_display().lower()} is marked as held."

    def get_next_url(self) -> str:
        return self.page


class HubAssessmentScoresView(HubAssessmentFormView):
    title = "Scores and notes"
    form_class = AssessmentScoresForm
    template_name = "applications/hub_assessment_scores.html"
    success_message = "The scores and notes are saved."

    def allowed(self) -> bool:
        return permissions.can_score_assessment(self.request.user, self.assessment)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_score(self.assessment, self.request.user):
            return super().get(request, *args, **kwargs)
        cancelled = self.assessment.state == AssessmentState.CANCELLED
        messages.error(request, "This is cancelled." if cancelled else f"This is arranged for {self.assessment.when}.")
        return redirect(self.page)

    def get_initial(self) -> dict[str, Any]:
        written = assessment_written(self.assessment)
        return {**written, "seen": fingerprint(written)}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"criteria": self.criteria}

    def perform(self, form: AssessmentScoresForm) -> Assessment:
        notes, seen = form.cleaned_data["notes"], form.cleaned_data["seen"] or ""
        told: dict[str, Any] = {"by": self.request.user, "scores": form.scores, "notes": notes}
        return assessment_scores_save(assessment=self.assessment, seen=seen, **told)

    def show_refusal(self, form: AssessmentScoresForm, refused: DomainError) -> None:
        if isinstance(refused, ChangedElsewhereError):
            form.show_changed(refused)
        else:
            super().show_refusal(form, refused)


class HubAssessmentCalendarView(HubAssessmentMixin, View):
    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return calendar_response(appointment(self.assessment, for_hub=True))
