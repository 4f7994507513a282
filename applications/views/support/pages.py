"""What a headteacher does with one request: open it, read, write, sign or decline, and see where it stands later."""

from typing import Any

from django.http import HttpResponse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from applications.enums import Shown
from applications.forms.support import SignForm
from applications.models import HeadteacherSupport
from applications.presenters import release_facts, standing, state_tag
from applications.services.applications import commitment_set_for
from applications.services.support import support_sign
from applications.views.support.base import SupportPage
from applications.views.support.steps import DeclinePage, DonePage, SignPage, StartPage, StatementPage
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from cohorts.years import years_kept
from mastery_hub.common.errors import DomainError

SIGN_FIELDS = {
    "confirmation-missing": "confirmed",
    "commitments-missing": "agreed",
    "signature-missing": "signed_as",
}


class SupportStartView(SupportPage, StartPage):
    template_name = "applications/support_start.html"
    then = "answers"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cohort = self.application.round.cohort
        return super().get_context_data(release=release_facts(cohort), residentials=cohort.residentials.all(), **kwargs)


class SupportAnswersView(SupportPage, TemplateView):
    template_name = "applications/support_answers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(answers=self.answers, has_several=self.has_several, **kwargs)


class SupportStatementView(SupportPage, StatementPage):
    template_name = "applications/support_statement.html"
    then = "commitments"


class SupportCommitmentsView(SupportPage, SignPage):
    template_name = "applications/support_commitments.html"
    form_class = SignForm

    @cached_property
    def signed_before(self) -> HeadteacherSupport | None:
        found = HeadteacherSupport.objects.signed_before(self.support).select_related("pledge")
        return found.order_by("-answered_at").first()

    @cached_property
    def commitment_set(self) -> CommitmentSet:
        return commitment_set_for(self.application, Whose.HEADTEACHER)

    def get_initial(self) -> dict[str, Any]:
        """Whoever signed before the terms had something new sees what they confirmed and agreed to then as they left
        it; signing is done anew."""
        before = self.signed_before
        if before is None or before.pledge is None:
            return {}
        own = self.application.declarations.filter(by=before.person, met=True)
        same = before.pledge.commitment_set == self.commitment_set
        return {
            "confirmed": list(own.values_list("criterion", flat=True)),
            "agreed": [commitment.pk for commitment in self.commitment_set.commitments.all()] if same else [],
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "commitments": self.commitment_set.commitments.all(),
            "criteria": self.application.terms.criteria.filter(shown=Shown.HEADTEACHER),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        years = years_kept(self.application.round.cohort)
        return super().get_context_data(signed_before=self.signed_before, years=years, **kwargs)

    def form_valid(self, form: SignForm) -> HttpResponse:
        try:
            support_sign(
                support=self.support,
                by=self.person,
                at=self.request.arrived_at,
                confirmed=form.cleaned_data.get("confirmed", set()),
                agreed=form.cleaned_data["agreed"],
                signed_as=form.cleaned_data["signed_as"],
            )
        except DomainError as error:
            if error.code == "stale":
                return self.refused(error)
            form.add_error(SIGN_FIELDS.get(error.code), error.message)
            return self.form_invalid(form)
        return self.go("done")


class SupportDeclineView(SupportPage, DeclinePage):
    template_name = "applications/support_decline.html"


class SupportDoneView(SupportPage, DonePage):
    """What was signed or declined and, once there is something to tell, where the application stands."""

    template_name = "applications/support_done.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application = self.application
        specialist = application.applicant.specialists.filter(cohort=application.round.cohort_id).first()
        return super().get_context_data(
            commitments=self.support.pledge.commitment_set.commitments.all() if self.support.pledge else [],
            tag=state_tag(application.shown_state),
            standing=standing(application),
            has_several=self.has_several,
            placement=specialist.placement if specialist else None,
            **kwargs,
        )
