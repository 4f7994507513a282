"""A round as an applicant and a headteacher will meet it, before anybody can: the forms are the real ones, on an
application that is nowhere, so nothing can be sent or saved."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from django.views.generic import TemplateView

from applications.enums import Shown
from applications.forms.applicant import AboutForm, AnswerForm, CommitmentsForm, DeclarationsForm
from applications.forms.documents import DocumentForm
from applications.forms.eligibility import EligibilityForm
from applications.forms.leaders import LeaderSignForm, SubjectLeaderForm
from applications.forms.support import SignForm, StatementForm
from applications.models import (
    Application,
    Criterion,
    HeadteacherSupport,
    HubRule,
    Question,
    RoundTerms,
    SubjectLeaderSupport,
)
from applications.rules import rules_of
from applications.views.national.base import NationalRoundMixin
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from cohorts.years import years_kept
from mastery_hub.common import clock
from mastery_hub.common.forms.base import GovukForm

SUPPORT, LEADERS_SUPPORT = "Headteacher’s support", "Subject leader’s support"
NOWHERE = 0  # a key that no row has


class Sample(NamedTuple):
    """One page of those to come; `text` says what stands there besides the form."""

    title: str
    form: GovukForm | None
    text: str = ""
    caption: str = "Application"


def _lines(years: list[dict[str, str]]) -> str:
    return "\n\n".join(f"{year['title']}\n{year['text']}".strip() for year in years)


class RoundPreviewView(NationalRoundMixin, TemplateView):
    title = "As an applicant will see it"
    template_name = "applications/national_round_preview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"samples": list(self.samples())}

    @cached_property
    def commitments(self) -> dict[str, CommitmentSet]:
        """The latest of each side."""
        sets = self.round.cohort.commitment_sets.in_force().order_by("version").prefetch_related("commitments")
        return {each.whose: each for each in sets}

    def samples(self) -> Iterator[Sample]:
        terms = self.round.terms.in_force().prefetch_related("criteria", "questions").order_by("-version").first()
        nobody = Application(pk=NOWHERE, round=self.round, terms=terms, applicant=self.user)
        if years := years_kept(self.round.cohort):
            yield Sample("What each year holds", None, _lines(years), "The round’s page, and beside the commitments")
        yield Sample("About you", AboutForm(application=nobody, prefix="about"))
        yield Sample("Your school", None, "Applicants search the register of schools. Their school decides their hub.")
        if terms:
            yield from self.eligibility(nobody)
            yield Sample("Declarations", DeclarationsForm(application=nobody, prefix="declarations"))
            for question in terms.questions.all():
                yield self.question(nobody, question)
            for criterion in terms.criteria.all():
                if criterion.allows_document:
                    yield self.document(criterion)
        if signed := self.commitments.get(Whose.APPLICANT):
            form = CommitmentsForm(application=nobody, commitment_set=signed, prefix="applicant")
            yield Sample("Your commitments", form)
        yield Sample("Your headteacher", None, "Applicants name their headteacher, who gets a link by email.")
        if terms:
            yield from self.headteacher(terms)
        if self.round.asks_subject_leader:
            yield from self.subject_leader(nobody)

    def question(self, nobody: Application, question: Question) -> Sample:
        form = AnswerForm(application=nobody, question=question, shown=question, prefix=f"question-{question.pk}")
        return Sample(f"{question.order}. {question.text}", form, question.guidance, "Evidence")

    def eligibility(self, nobody: Application) -> Iterator[Sample]:
        """The same questions as in the check before signing up; a hub's own follow once the hub is known."""
        rules = rules_of(self.round, None, clock.now())
        hubs = HubRule.objects.filter(round=self.round, until_at=None).values("hub").distinct().count()
        asking = "1 hub has rules of its own." if hubs == 1 else f"{hubs} hubs have rules of their own."
        if rules:
            form = EligibilityForm(application=nobody, rules=rules, values={}, prefix="eligibility")
            yield Sample("Eligibility", form, asking if hubs else "")
        elif hubs:
            yield Sample("Eligibility", None, asking)

    def document(self, criterion: Criterion) -> Sample:
        form = DocumentForm(file_href="", removable=False, prefix=f"document-{criterion.key}")
        return Sample(f"Document for “{criterion}”", form, criterion.guidance, "Evidence")

    def subject_leader(self, nobody: Application) -> Iterator[Sample]:
        yield Sample("Your subject leader", SubjectLeaderForm(application=nobody, prefix="leader"))
        if words := self.round.statement_words:
            asked = SubjectLeaderSupport(pk=NOWHERE)
            form = StatementForm(support=asked, max_words=words, prefix="leader-statement")
            yield Sample("Statement", form, caption=LEADERS_SUPPORT)
        yield Sample(
            "Sign in support", LeaderSignForm(application=nobody, prefix="leader-sign"), caption=LEADERS_SUPPORT
        )

    def headteacher(self, terms: RoundTerms) -> Iterator[Sample]:
        if words := self.round.statement_words:
            asked = HeadteacherSupport(pk=NOWHERE)
            form: Any = StatementForm(support=asked, max_words=words, prefix="statement")
            yield Sample("Statement", form, caption=SUPPORT)
        if signed := self.commitments.get(Whose.HEADTEACHER):
            confirmed = [each for each in terms.criteria.all() if each.shown == Shown.HEADTEACHER]
            form = SignForm(commitments=signed.commitments.all(), criteria=confirmed, prefix="headteacher")
            yield Sample("Your school’s commitments", form, caption=SUPPORT)
