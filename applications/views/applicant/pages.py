"""An application's own page: the task list of a draft, afterwards where it stands; and the page after submitting."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from applications.applicant_presenters.answers import answer_cards
from applications.applicant_presenters.copy import copy_of
from applications.applicant_presenters.deadlines import at_words, countdown_of
from applications.applicant_presenters.eligibility import exception_told
from applications.applicant_presenters.sections import SectionTask, Stage, check_href, section_tasks
from applications.applicant_presenters.status import contact_rows, leader_words, progress_of, status_of, support_words
from applications.applicant_presenters.terms import terms_notices, unasked
from applications.applicant_presenters.timeline import timeline_of
from applications.eligibility import current_leader, current_support, who_to_ask_again
from applications.enums import ENDED, Action, State
from applications.models import Application, Offer, RoundTerms
from applications.permissions import can_answer_equality, can_ask_to_defer, can_ask_to_move, can_name_headteacher
from applications.presenters import release_facts
from applications.presenters.assessments import assessments_told
from applications.presenters.deferrals import deferral_told
from applications.presenters.referrals import referral_told
from applications.presenters.renewals import renewal_words
from applications.presenters.school_changes import change_told
from applications.rules import hub_has_changed_rules
from applications.services.applications import NotReadyError, application_submit
from applications.services.engines import APPLICATION
from applications.services.round_documents import information_document_read, unread
from applications.services.terms import terms_notice_dismiss
from applications.views.applicant.base import OwnApplicationMixin
from cohorts.models import Specialist
from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.responses import HEADERS
from mastery_hub.common.pdf import pdf
from mastery_hub.common.views import ServiceActionView

GIVE_UP = "Give up your place and withdraw"
WITH_FEEDBACK = frozenset({State.OFFERED, State.RESERVED, State.UNSUCCESSFUL})


class ApplicationPageView(OwnApplicationMixin, TemplateView):
    def get_template_names(self) -> list[str]:
        return [f"applications/application_{'draft' if self.is_open_draft else 'status'}.html"]

    def get_title(self) -> str:
        return str(self.application.round.cohort)

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Your applications", reverse("application_list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = self.draft if self.is_open_draft else self.status
        available = APPLICATION.available(self.application, self.request.user)
        may = {
            "may_withdraw": Action.WITHDRAW in available,
            "may_delete": Action.DELETE in available,
            "may_answer_equality": can_answer_equality(self.request.user, self.application),
        }
        return super().get_context_data(**may, **page(), **kwargs)

    def draft(self) -> dict[str, Any]:
        application = self.application
        tasks = section_tasks(application)
        ready = not any(task.failures for task in tasks)
        return {
            "notices": terms_notices(application),
            "ask_again": who_to_ask_again(application),
            "hub_has_changed": hub_has_changed_rules(application),
            "countdown": countdown_of(application, self.request.arrived_at),
            "groups": [
                {"title": "Your application", "tasks": tasks},
                {"title": "Submit", "tasks": [submit_task(application, ready)]},
            ],
            "done": sum(task.stage is Stage.COMPLETED for task in tasks),
            "total": len(tasks),
            "missing": [(task.href, failure.message) for task in tasks for failure in task.failures],
            "newer_documents": unread(application),
        }

    def status(self) -> dict[str, Any]:
        application, now = self.application, self.request.arrived_at
        deferral, change = deferral_told(application), change_told(application)
        asked = bool(deferral and deferral["waits"]) or bool(change and change["waits"])
        reachable = application.shown_state == State.DEFERRED or application.shown_state not in ENDED
        waits = application.shown_state == State.SUBMITTED and now < application.support_closes_at
        return {
            "status": status_of(application),
            "exception": exception_told(application),
            "assessments": assessments_told(application) if reachable else [],
            "progress": progress_of(application, now),
            "support_words": support_words(current_support(application)),
            "leader_words": leader_words(current_leader(application)) if application.round.asks_subject_leader else "",
            "renewal_words": renewal_words(current_support(application)),
            "may_ask": waits and can_name_headteacher(self.request.user, application),
            "deferral": deferral,
            "referral": referral_told(application),
            "change": change,
            "may_move": can_ask_to_move(self.request.user, application) and not asked,
            "may_defer": can_ask_to_defer(self.request.user, application) and not asked,
            "withdraw_words": GIVE_UP
            if application.shown_state in (State.ACCEPTED, State.DEFERRED)
            else "Withdraw this application",
            "contact": contact_rows(application) if reachable else [],
            "timeline": timeline_of(application),
            "offer": open_offer(application, now),
            "feedback": feedback_of(application),
            "may_start_again": application.shown_state == State.WITHDRAWN and application.is_open(now),
            "closed": f"This round closed {at_words(application.closes_at)}" if application.is_draft else "",
        } | accepted_place(application)


class ApplicationInformationView(OwnApplicationMixin, ServiceActionView):
    """“I have read it”, of a version of the information document that was published meanwhile."""

    http_method_names = ("get", "post")  # type: ignore[assignment]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(self.application)

    def perform(self) -> str:
        version = self.request.POST.get("version", "")
        if not (version.isascii() and version.isdecimal() and len(version) < 10):
            raise DomainError("Say which version you have read.", code="version")
        information_document_read(application=self.application, by=self.request.user, version=int(version))
        return f"Thank you. You have read version {version} of the information document."

    def get_next_url(self) -> str:
        return self.application.get_absolute_url()


def submit_task(application: Application, ready: bool) -> dict[str, str]:
    href = check_href(application)
    status, colour = ("Ready to submit", "green") if ready else ("Not ready yet", "grey")
    return {"name": "Check your answers and submit", "href": href, "status": status, "colour": colour}


def open_offer(application: Application, now: datetime) -> Offer | None:
    """The offer that still can be answered."""
    if application.shown_state != State.OFFERED:
        return None
    offer = application.offers.filter(replied_at=None).first()
    return offer if offer and now < offer.reply_by else None


def feedback_of(application: Application) -> str:
    """Of the latest decision that was released: one that is only proposed stays the hub's secret."""
    if application.shown_state not in WITH_FEEDBACK:
        return ""
    decision = (
        application.decisions.filter(released_at__isnull=False, undone_at=None).order_by("-released_at", "-pk").first()
    )
    return decision.feedback if decision else ""


def accepted_place(application: Application) -> dict[str, Any]:
    """What follows for one who has accepted: cohort, placement, dates and days."""
    if application.shown_state != State.ACCEPTED:
        return {}
    cohort = application.round.cohort
    own = Specialist.objects.with_placements().filter(person=application.applicant_id, cohort=cohort)
    return {
        "specialist": own.first(),
        "residentials": cohort.residentials.all(),
        "release": release_facts(cohort),
    }


class ApplicationDismissView(OwnApplicationMixin, ServiceActionView):
    """Puts away what was told of a change of the terms."""

    def perform(self) -> str:
        shown = self.request.POST.get("upto", "")
        upto = int(shown) if shown.isdecimal() and len(shown) < 5 else 0
        terms_notice_dismiss(application=self.application, by=self.request.user, upto=upto)
        return "We will not show that message again."

    def get_next_url(self) -> str:
        return self.application.get_absolute_url()


class ApplicationCheckView(OwnApplicationMixin, TemplateView):
    """All answers on one page: with the button to submit while it is a draft, to read and print afterwards."""

    template_name = "applications/application_check.html"

    @property
    def may_submit(self) -> bool:
        return self.application.is_draft and self.application.is_open(self.request.arrived_at)

    def get_title(self) -> str:
        return "Check your answers" if self.may_submit else "Your answers"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tasks: list[SectionTask] = section_tasks(self.application) if self.may_submit else []
        missing = [(task.href, failure.message) for task in tasks for failure in task.failures]
        cards = answer_cards(self.application, changeable=self.may_submit)
        countdown = countdown_of(self.application, self.request.arrived_at) if self.may_submit else None
        page: dict[str, Any] = {
            "countdown": countdown,
            "may_submit": self.may_submit,
            "cards": cards,
            "missing": missing,
            "refused": False,
        }
        page["unasked"] = unasked(self.application)
        return super().get_context_data(**(page | kwargs))

    @property
    def terms_shown(self) -> RoundTerms | None:
        """The version that was on the page."""
        sent = self.request.POST.get("terms", "")
        return RoundTerms.objects.filter(pk=sent).first() if sent.isdecimal() and len(sent) < 19 else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            by, at = self.request.user, self.request.arrived_at
            application_submit(application=self.application, by=by, at=at, terms=self.terms_shown)
        except NotReadyError:
            return self.render_to_response(self.get_context_data(refused=True))
        except DomainError as error:
            return self.refuse(error)
        return redirect("application_submitted", reference=self.application.reference)


class ApplicationCopyView(OwnApplicationMixin, View):
    """To keep and print: a file, like every document here."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        copy = copy_of(self.application, self.request.arrived_at)
        response = HttpResponse(
            pdf("applications/application_copy.typ", copy), content_type="application/pdf", headers=HEADERS
        )
        response["Content-Disposition"] = f'attachment; filename="{self.application.reference}.pdf"'
        return response


class ApplicationSubmittedView(OwnApplicationMixin, TemplateView):
    template_name = "applications/application_submitted.html"
    title = "Application submitted"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.application.submitted_at is None:
            return redirect(self.application)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        progress = progress_of(self.application, self.request.arrived_at)
        support = support_words(current_support(self.application))
        told = exception_told(self.application)
        return super().get_context_data(progress=progress, support_words=support, exception=told, **kwargs)
