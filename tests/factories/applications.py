from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.core.files.base import ContentFile

from applications.enums import (
    NEVER_ASKED,
    NEVER_SUBMITTED,
    PROPOSED,
    UNDECIDED_DEFERRAL,
    AnnouncementKind,
    AnswerKind,
    DeferralState,
    EligibilityImportance,
    ExceptionState,
    Importance,
    NominationState,
    Outcome,
    PhaseTaught,
    ReferralState,
    RenewalWhy,
    RoundAction,
    RoundStage,
    SchoolChangeState,
    Shown,
    Signatory,
    State,
    SupportState,
)
from applications.models import (
    Announcement,
    AnnouncementNotice,
    Answer,
    Application,
    ApplicationEvent,
    Criterion,
    Decision,
    Declaration,
    Deferral,
    DeferralEvent,
    EligibilityException,
    EligibilityExceptionEvent,
    EligibilityOutcome,
    EligibilityQuestion,
    EqualityAnswers,
    Extension,
    HeadteacherRank,
    HeadteacherStatement,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    HubRule,
    InformationDocument,
    LetterWording,
    MatchingMove,
    MatchingProposal,
    Nomination,
    NominationEvent,
    Offer,
    PanelOrder,
    PlaceMove,
    PledgeRenewal,
    Question,
    Referral,
    ReferralEvent,
    ReleaseDelay,
    ReserveSkip,
    Review,
    Round,
    RoundEvent,
    RoundTerms,
    SchoolChange,
    SchoolChangeEvent,
    Score,
    SelectionPlan,
    StrategicNeed,
    SubjectLeaderStatement,
    SubjectLeaderSupport,
    SubjectLeaderSupportEvent,
    Subscription,
    SupportingDocument,
    TermsNotice,
)
from applications.models.eligibility import NotMet
from cohorts.enums import Whose
from cohorts.models import CommitmentSet, HubPlaces
from cohorts.terms import terms_of
from mastery_hub.accounts.models import PrivacyNotice
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash
from tests.factories.accounts import UserFactory
from tests.factories.cohorts import CohortFactory, CommitmentSetFactory, HubPlacesFactory, PledgeFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory, UnlistedSchoolFactory


class PrivacyNoticeFactory(factory.django.DjangoModelFactory):
    version = 1
    body = "We hold your name, role, school and email address."

    class Meta:
        model = PrivacyNotice
        django_get_or_create = ("version",)


class RoundFactory(factory.django.DjangoModelFactory):
    """Published and open, a day old and with a month to go; `complete=True` adds what applicants rely on."""

    cohort = factory.SubFactory(CohortFactory)
    code = factory.LazyAttribute(lambda round: round.cohort.project_code)
    opens_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))
    closes_at = factory.LazyAttribute(lambda round: round.opens_at + timedelta(days=31))
    outcomes_month = factory.LazyAttribute(lambda round: (round.closes_at + timedelta(days=90)).date().replace(day=1))
    published_at = factory.SelfAttribute("opens_at")

    class Meta:
        model = Round
        skip_postgeneration_save = True

    @factory.post_generation
    def complete(self, create: bool, wanted: bool, **kwargs: Any) -> None:
        if not wanted:
            return
        terms = RoundTermsFactory(round=self)
        CriterionFactory(terms=terms, declared=True)
        evidenced = [CriterionFactory(terms=terms), CriterionFactory(terms=terms, importance=Importance.DESIRABLE)]
        CriterionFactory(terms=terms, headteacher=True)
        QuestionFactory(terms=terms, order=1, criteria=evidenced)
        QuestionFactory(terms=terms, order=2, criteria=evidenced[:1])
        InformationDocumentFactory(round=self)
        PrivacyNoticeFactory()
        for whose in Whose:
            CommitmentSetFactory(cohort=self.cohort, whose=whose)


class ExtensionFactory(factory.django.DjangoModelFactory):
    """A week more for a hub's applicants; for one person with `hub=None, applicant=…`."""

    round = factory.SubFactory(RoundFactory)
    hub = factory.SubFactory(MathsHubFactory)
    closes_at = factory.LazyAttribute(lambda given: given.round.closes_at + timedelta(days=7))
    reason = "Flooded roads in the week of the deadline"
    by = factory.SubFactory(UserFactory, ncetm=True)

    class Meta:
        model = Extension


class RoundEventFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory)
    action = RoundAction.SET_UP
    to_state = RoundStage.SETTING_UP
    by = factory.SubFactory(UserFactory, ncetm=True)

    class Meta:
        model = RoundEvent


class RoundTermsFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory)
    version = factory.Sequence(lambda n: n + 1)

    class Meta:
        model = RoundTerms


class CriterionFactory(factory.django.DjangoModelFactory):
    """Essential and evidenced, unless a trait says otherwise."""

    terms = factory.SubFactory(RoundTermsFactory)
    order = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"Ability number {n}")
    importance = Importance.ESSENTIAL
    shown = Shown.EVIDENCED

    class Meta:
        model = Criterion

    class Params:
        declared = factory.Trait(shown=Shown.DECLARED, declaration="I have Qualified Teacher Status")
        headteacher = factory.Trait(shown=Shown.HEADTEACHER, declaration="I understand the commitment")


class QuestionFactory(factory.django.DjangoModelFactory):
    terms = factory.SubFactory(RoundTermsFactory)
    order = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"How do you do thing number {n}?")
    word_limit = 50

    class Meta:
        model = Question
        skip_postgeneration_save = True

    @factory.post_generation
    def criteria(self, create: bool, criteria: list[Criterion] | None, **kwargs: Any) -> None:
        self.criteria.set(criteria or [])


class InformationDocumentFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory)
    version = factory.Sequence(lambda n: n + 1)
    title = "Information"
    body = "## Background\n\nThe programme develops expert teachers."

    class Meta:
        model = InformationDocument


class ApplicationFactory(factory.django.DjangoModelFactory):
    """A draft in an open round at a hub with places; `state=…` gives what that state needs. `unlisted=True` is from a
    school that was typed in.

    `ready=True` fills every section. A state that holds a place has taken it.
    """

    round = factory.SubFactory(RoundFactory, complete=True)
    terms = factory.LazyAttribute(lambda application: application.round.current_terms)
    document = factory.LazyAttribute(lambda application: application.round.current_document)
    document_read_at = factory.LazyFunction(clock.now)
    privacy_notice = factory.SubFactory(PrivacyNoticeFactory)
    applicant = factory.SubFactory(UserFactory)
    state = State.DRAFT
    shown_state = factory.LazyAttribute(lambda a: State.COMPLETE if a.state in PROPOSED else a.state)
    school = factory.Maybe("placed", factory.SubFactory(SchoolFactory))
    hub = factory.Maybe("placed", factory.SubFactory(MathsHubFactory))
    home_hub = factory.SelfAttribute("hub")
    submitted_at = factory.LazyAttribute(lambda a: None if a.state in NEVER_SUBMITTED else clock.now())

    class Meta:
        model = Application
        skip_postgeneration_save = True

    class Params:
        placed = True
        unlisted = factory.Trait(
            typed_school=factory.SubFactory(UnlistedSchoolFactory, typed_by=factory.SelfAttribute("..applicant")),
            school=factory.SelfAttribute("typed_school.school"),
        )

    @classmethod
    def _create(cls, model: type[Application], *args: Any, **kwargs: Any) -> Application:
        if kwargs.get("hub"):
            places = HubPlaces.objects.filter(cohort=kwargs["round"].cohort, hub=kwargs["hub"])
            if not places.exists():
                HubPlacesFactory(cohort=kwargs["round"].cohort, hub=kwargs["hub"])
            if kwargs["state"] in (State.OFFER_PROPOSED, State.OFFERED, State.ACCEPTED):
                places.take()
        if kwargs["state"] not in NEVER_SUBMITTED and "pledge" not in kwargs:
            kwargs["pledge"] = _pledge(kwargs["round"], kwargs["applicant"], kwargs["school"], Whose.APPLICANT)
        return super()._create(model, *args, **kwargs)

    @factory.post_generation
    def ready(self, create: bool, wanted: bool, **kwargs: Any) -> None:
        if not wanted:
            return
        self.job_title, self.phase = "Class teacher", PhaseTaught.KEY_STAGE_2
        self.pledge = self.pledge or _pledge(self.round, self.applicant, self.school, Whose.APPLICANT)
        self.save()
        self.applicant.trn = f"{self.applicant.pk:07d}"
        self.applicant.save()
        for criterion in self.terms.criteria.filter(shown=Shown.DECLARED):
            DeclarationFactory(application=self, criterion=criterion)
        for question in self.terms.questions.all():
            AnswerFactory(application=self, question=question)
        HeadteacherSupportFactory(application=self)

    @factory.post_generation
    def rows(self, create: bool, extracted: None, **kwargs: Any) -> None:
        """What a state after the hub's decision rests on."""
        outcomes = {
            State.OFFER_PROPOSED: Outcome.OFFER,
            State.RESERVE_PROPOSED: Outcome.RESERVE,
            State.UNSUCCESSFUL_PROPOSED: Outcome.UNSUCCESSFUL,
        }
        if self.state in outcomes:
            DecisionFactory(application=self, outcome=outcomes[self.state])
        heard = {State.RESERVED: Outcome.RESERVE, State.UNSUCCESSFUL: Outcome.UNSUCCESSFUL}
        if self.state in heard:
            DecisionFactory(application=self, outcome=heard[self.state], released=True)
        if self.state == State.OFFERED:
            OfferFactory(application=self, decision=DecisionFactory(application=self, released=True))


def _renewed(support: HeadteacherSupport, person: Any) -> Any:
    return _pledge(support.application.round, person, support.application.school, Whose.HEADTEACHER)


def _pledge(round: Round, person: Any, school: Any, whose: Whose) -> Any:
    commitment_set = CommitmentSet.objects.filter(cohort=round.cohort, whose=whose).first()
    return PledgeFactory(
        person=person,
        school=school,
        commitment_set=commitment_set or CommitmentSetFactory(cohort=round.cohort, whose=whose),
    )


class NominationFactory(factory.django.DjangoModelFactory):
    """By a school, to an address that nobody has; `state="accepted"` or `"declined"` gives what that state needs, and
    `by_hub=True` is a hub's own. The link's token is `token`."""

    round = factory.SubFactory(RoundFactory, complete=True, by_nomination=True)
    school = factory.SubFactory(SchoolFactory)
    home_hub = factory.SubFactory(MathsHubFactory)
    role = "Head of maths"
    nominated_by = factory.SubFactory(UserFactory)
    first_name = "Sam"
    last_name = "Okoro"
    email = factory.Sequence(lambda n: f"nominee{n}@school.example")
    reason = "The best teacher of maths that we have."
    token_hash = factory.LazyAttribute(lambda nomination: token_hash(nomination.token))

    class Meta:
        model = Nomination
        exclude = ("token",)

    class Params:
        by_hub = factory.Trait(school=None, role="", hub=factory.SelfAttribute("home_hub"))

    token = factory.Sequence(lambda n: f"token-of-nomination-{n}")

    @classmethod
    def _create(cls, model: type[Nomination], *args: Any, **kwargs: Any) -> Nomination:
        if kwargs.get("state") in (NominationState.ACCEPTED, NominationState.DECLINED):
            if not kwargs.get("nominee"):
                kwargs["nominee"] = UserFactory(email=kwargs["email"])
            kwargs.setdefault("answered_at", clock.now())
        return super()._create(model, *args, **kwargs)


class NominationEventFactory(factory.django.DjangoModelFactory):
    nomination = factory.SubFactory(NominationFactory)
    action = "nominate"
    to_state = NominationState.INVITED
    by = factory.SelfAttribute("nomination.nominated_by")

    class Meta:
        model = NominationEvent


class EligibilityQuestionFactory(factory.django.DjangoModelFactory):
    """Must be yes; `least=3` must be a number at least, `options=[…], accepted=[…]` one of some."""

    terms = factory.SubFactory(RoundTermsFactory)
    order = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"Do you fulfil rule number {n}?")
    kind = factory.LazyAttribute(
        lambda q: AnswerKind.NUMBER if q.least is not None else AnswerKind.CHOICE if q.options else AnswerKind.YES_NO
    )
    least = None
    options = factory.LazyFunction(list)
    accepted = factory.LazyFunction(list)
    not_met = "Ask again when you do."

    class Meta:
        model = EligibilityQuestion

    class Params:
        advisory = factory.Trait(importance=EligibilityImportance.ADVISORY)


class HubRuleFactory(EligibilityQuestionFactory):
    """In force since a day before the round opened."""

    round = factory.SubFactory(RoundFactory)
    hub = factory.SubFactory(MathsHubFactory)
    from_at = factory.LazyAttribute(lambda rule: rule.round.opens_at - timedelta(days=1))

    class Meta:
        model = HubRule
        exclude = ("terms", "order")

    terms = order = None


class ApplicationEventFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory)
    action = "start"
    to_state = State.DRAFT
    by = factory.SelfAttribute("application.applicant")

    class Meta:
        model = ApplicationEvent


class AnswerFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory)
    question = factory.LazyAttribute(lambda answer: answer.application.terms.questions.first())
    text = "I plan lessons in small steps with my year team."

    class Meta:
        model = Answer


class AnnouncementFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory, complete=True)
    kind = AnnouncementKind.REOPENED

    class Meta:
        model = Announcement


class AnnouncementNoticeFactory(factory.django.DjangoModelFactory):
    """Waits for a worker."""

    announcement = factory.SubFactory(AnnouncementFactory)
    application = factory.SubFactory(ApplicationFactory, round=factory.SelfAttribute("..announcement.round"))

    class Meta:
        model = AnnouncementNotice


class TermsNoticeFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory)
    terms = factory.SelfAttribute("application.terms")

    class Meta:
        model = TermsNotice


class DeclarationFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory)
    criterion = factory.LazyAttribute(lambda d: d.application.terms.criteria.filter(shown=Shown.DECLARED).first())
    met = True
    by = factory.SelfAttribute("application.applicant")

    class Meta:
        model = Declaration
        django_get_or_create = ("application", "criterion")


class SupportingDocumentFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory)
    criterion = factory.LazyAttribute(lambda d: CriterionFactory(terms=d.application.terms, allows_document=True))
    file = factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7 A lesson plan", "Lesson plan.pdf"))
    size = 22

    class Meta:
        model = SupportingDocument


class EligibilityOutcomeFactory(factory.django.DjangoModelFactory):
    """One essential rule that is not met."""

    application = factory.SubFactory(ApplicationFactory)
    terms = factory.SelfAttribute("application.terms")
    hub = factory.SelfAttribute("application.hub")
    by = factory.SelfAttribute("application.applicant")
    answers = factory.LazyFunction(
        lambda: [{"key": "days", "question": "How many days?", "value": 2, "answer": "2", "whose": ""}]
    )
    failures = factory.LazyFunction(
        lambda: [NotMet("days", "How many days?", "2", "Ask again when you teach three.", essential=True).as_json]
    )

    class Meta:
        model = EligibilityOutcome


class EligibilityExceptionFactory(factory.django.DjangoModelFactory):
    """Asked; `state="granted"` or `"refused"` gives what that state needs. The application stands accordingly."""

    application = factory.SubFactory(ApplicationFactory)
    outcome = factory.SubFactory(EligibilityOutcomeFactory, application=factory.SelfAttribute("..application"))
    hub = factory.SelfAttribute("application.hub")
    state = ExceptionState.ASKED
    reason = "From September I teach three days a week."

    class Meta:
        model = EligibilityException
        skip_postgeneration_save = True

    @classmethod
    def _create(cls, model: type[EligibilityException], *args: Any, **kwargs: Any) -> EligibilityException:
        if kwargs["state"] in (ExceptionState.GRANTED, ExceptionState.REFUSED):
            decided = {"decided_at": clock.now(), "decision_reason": "As agreed with the school."}
            kwargs = {"decided_by": UserFactory(hub_lead=kwargs["hub"])} | decided | kwargs
        if kwargs["state"] != ExceptionState.CANCELLED:
            application = kwargs["application"]
            application.eligibility = kwargs["state"]
            application.save(update_fields=["eligibility"])
        return super()._create(model, *args, **kwargs)


class EligibilityExceptionEventFactory(factory.django.DjangoModelFactory):
    exception = factory.SubFactory(EligibilityExceptionFactory)
    action = "ask"
    to_state = ExceptionState.ASKED
    by = factory.SelfAttribute("exception.application.applicant")

    class Meta:
        model = EligibilityExceptionEvent


class DeferralFactory(factory.django.DjangoModelFactory):
    """Asked; another `state` gives what it needs: `taken_up` a place of the next cohort that is taken."""

    application = factory.SubFactory(ApplicationFactory, state=State.ACCEPTED)
    hub = factory.SelfAttribute("application.hub")
    state = DeferralState.ASKED
    reason = "I am expecting a child in October."
    until = "September 2028"

    class Meta:
        model = Deferral

    @classmethod
    def _create(cls, model: type[Deferral], *args: Any, **kwargs: Any) -> Deferral:
        if kwargs["state"] not in UNDECIDED_DEFERRAL:
            decided = {"decided_at": clock.now(), "decision_reason": "As we agreed."}
            kwargs = {"decided_by": UserFactory(hub_lead=kwargs["hub"])} | decided | kwargs
        if kwargs["state"] == DeferralState.TAKEN_UP and "places" not in kwargs:
            cohort = kwargs["application"].round.cohort
            following = CohortFactory(programme=cohort.programme, starts=cohort.starts + 1)
            kwargs["places"] = HubPlacesFactory(hub=kwargs["hub"], cohort=following, taken=1)
        return super()._create(model, *args, **kwargs)


class DeferralEventFactory(factory.django.DjangoModelFactory):
    deferral = factory.SubFactory(DeferralFactory)
    action = "ask"
    to_state = DeferralState.ASKED
    by = factory.SelfAttribute("deferral.application.applicant")

    class Meta:
        model = DeferralEvent


class ReferralFactory(factory.django.DjangoModelFactory):
    """Asked, from the hub of somebody on its reserve list to a neighbour with places; another `state` gives what it
    needs. Taken on, the application stays with its hub unless a test moves it."""

    application = factory.SubFactory(ApplicationFactory, state=State.RESERVED)
    from_hub = factory.SelfAttribute("application.hub")
    to_hub = factory.SubFactory(MathsHubFactory)
    state = ReferralState.ASKED
    reply_by = factory.LazyFunction(lambda: clock.now() + timedelta(days=7))

    class Meta:
        model = Referral

    @classmethod
    def _create(cls, model: type[Referral], *args: Any, **kwargs: Any) -> Referral:
        state, now = kwargs["state"], clock.now()
        if state not in NEVER_ASKED:
            asked = {"asked_at": now, "made_at": now, "words": "A strong candidate, for whom we have no place."}
            kwargs = {"asked_by": UserFactory(hub_lead=kwargs["from_hub"])} | asked | kwargs
        if state in (ReferralState.CONSENTED, ReferralState.ACCEPTED, ReferralState.DECLINED):
            kwargs.setdefault("consented_at", now)
        if state in (ReferralState.ACCEPTED, ReferralState.DECLINED, ReferralState.DISMISSED):
            hub = kwargs["from_hub" if state == ReferralState.DISMISSED else "to_hub"]
            decided = {"decided_at": now, "decision_reason": "As we agreed."}
            kwargs = {"decided_by": UserFactory(hub_lead=hub)} | decided | kwargs
        return super()._create(model, *args, **kwargs)


class ReferralEventFactory(factory.django.DjangoModelFactory):
    referral = factory.SubFactory(ReferralFactory)
    action = "ask"
    to_state = ReferralState.ASKED
    by = factory.SelfAttribute("referral.asked_by")

    class Meta:
        model = ReferralEvent


class MatchingProposalFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory, complete=True)
    made_by = factory.SubFactory(UserFactory, ncetm=True)
    least_score = Decimal("2.5")
    places = 4
    candidates = 3

    class Meta:
        model = MatchingProposal


class MatchingMoveFactory(factory.django.DjangoModelFactory):
    proposal = factory.SubFactory(MatchingProposalFactory)
    application = factory.SubFactory(
        ApplicationFactory, state=State.RESERVED, round=factory.SelfAttribute("..proposal.round")
    )
    from_hub = factory.SelfAttribute("application.hub")
    to_hub = factory.SubFactory(MathsHubFactory)
    miles = Decimal("12.4")
    score = Decimal("3.25")

    class Meta:
        model = MatchingMove


class SchoolChangeFactory(factory.django.DjangoModelFactory):
    """Asked, to a school of another hub; another `state` gives what it needs."""

    application = factory.SubFactory(ApplicationFactory, state=State.ACCEPTED)
    school_before = factory.SelfAttribute("application.school")
    hub_before = factory.SelfAttribute("application.hub")
    school = factory.SubFactory(SchoolFactory)
    hub_after = factory.SubFactory(MathsHubFactory)
    state = SchoolChangeState.ASKED
    handed_on = factory.LazyAttribute(lambda change: change.state == SchoolChangeState.HANDED_ON)
    from_on = factory.LazyAttribute(lambda change: change.application.round.cohort.academic_year.first_day)
    job_title = "Maths lead"
    first_name = "Samira"
    last_name = "Hussain"
    email = factory.Sequence(lambda n: f"new.head{n}@school.example")

    class Meta:
        model = SchoolChange

    @classmethod
    def _create(cls, model: type[SchoolChange], *args: Any, **kwargs: Any) -> SchoolChange:
        if kwargs["state"] in (SchoolChangeState.AGREED, SchoolChangeState.REFUSED):
            decided = {"decided_at": clock.now(), "decision_reason": "As we agreed."}
            kwargs = {"decided_by": UserFactory(hub_lead=kwargs["hub_before"])} | decided | kwargs
        if kwargs["state"] == SchoolChangeState.AGREED:
            kwargs.setdefault("pledge_by", clock.today() + timedelta(days=21))
        return super()._create(model, *args, **kwargs)


class SchoolChangeEventFactory(factory.django.DjangoModelFactory):
    school_change = factory.SubFactory(SchoolChangeFactory)
    action = "ask"
    to_state = SchoolChangeState.ASKED
    by = factory.SelfAttribute("school_change.application.applicant")

    class Meta:
        model = SchoolChangeEvent


class HeadteacherSupportFactory(factory.django.DjangoModelFactory):
    """Asked; `state="opened"`, `"signed"` or `"declined"` gives what that state needs. The link's token is `token`.
    Whoever has signed has confirmed all that there was."""

    application = factory.SubFactory(ApplicationFactory)
    first_name = "Helen"
    last_name = "Marsh"
    email = factory.Sequence(lambda n: f"head{n}@school.example")
    token_hash = factory.LazyAttribute(lambda support: token_hash(support.token))
    state = SupportState.REQUESTED
    signatory = Signatory.HEADTEACHER
    role = factory.LazyAttribute(
        lambda support: "" if support.signatory == Signatory.HEADTEACHER else "Chair of governors"
    )
    sent_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=1))

    class Meta:
        model = HeadteacherSupport
        exclude = ("token",)

    token = factory.Sequence(lambda n: f"token-of-request-{n}")

    @classmethod
    def _create(cls, model: type[HeadteacherSupport], *args: Any, **kwargs: Any) -> HeadteacherSupport:
        if kwargs["state"] != SupportState.REQUESTED and not kwargs.get("person"):
            names = {"first_name": kwargs["first_name"], "last_name": kwargs["last_name"]}
            kwargs["person"] = UserFactory(email=kwargs["email"], proven=False, **names)
        if kwargs["state"] in (SupportState.SIGNED, SupportState.DECLINED):
            kwargs.setdefault("answered_at", clock.now())
        if kwargs["state"] == SupportState.SIGNED and not kwargs.get("pledge"):
            application = kwargs["application"]
            kwargs["pledge"] = _pledge(application.round, kwargs["person"], application.school, Whose.HEADTEACHER)
            for criterion in application.terms.criteria.filter(shown=Shown.HEADTEACHER):
                DeclarationFactory(application=application, criterion=criterion, by=kwargs["person"])
        return super()._create(model, *args, **kwargs)


class SubjectLeaderSupportFactory(factory.django.DjangoModelFactory):
    """Asked; `state="opened"`, `"signed"` or `"declined"` gives what that state needs. The link's token is `token`."""

    application = factory.SubFactory(ApplicationFactory, round__asks_subject_leader=True)
    first_name = "Owen"
    last_name = "Fairbank"
    email = factory.Sequence(lambda n: f"leader{n}@school.example")
    role = "Head of maths"
    token_hash = factory.LazyAttribute(lambda support: token_hash(support.token))
    state = SupportState.REQUESTED
    sent_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=1))

    class Meta:
        model = SubjectLeaderSupport
        exclude = ("token",)

    token = factory.Sequence(lambda n: f"token-of-leader-{n}")

    @classmethod
    def _create(cls, model: type[SubjectLeaderSupport], *args: Any, **kwargs: Any) -> SubjectLeaderSupport:
        if kwargs["state"] != SupportState.REQUESTED and not kwargs.get("person"):
            names = {"first_name": kwargs["first_name"], "last_name": kwargs["last_name"]}
            kwargs["person"] = UserFactory(email=kwargs["email"], proven=False, **names)
        if kwargs["state"] in (SupportState.SIGNED, SupportState.DECLINED):
            kwargs.setdefault("answered_at", clock.now())
        if kwargs["state"] == SupportState.SIGNED:
            kwargs.setdefault("signed_as", "Owen Fairbank")
        return super()._create(model, *args, **kwargs)


class SubjectLeaderSupportEventFactory(factory.django.DjangoModelFactory):
    support = factory.SubFactory(SubjectLeaderSupportFactory)
    action = "request"
    to_state = SupportState.REQUESTED
    by = factory.SelfAttribute("support.application.applicant")

    class Meta:
        model = SubjectLeaderSupportEvent


class SubjectLeaderStatementFactory(factory.django.DjangoModelFactory):
    support = factory.SubFactory(SubjectLeaderSupportFactory, state=SupportState.OPENED)
    text = "Confidential: the department follows this teacher."

    class Meta:
        model = SubjectLeaderStatement


class PledgeRenewalFactory(factory.django.DjangoModelFactory):
    """Asked, because dates have changed; `signed=True` and `declined=True` answer it. The link's token is `token`."""

    support = factory.SubFactory(HeadteacherSupportFactory, state=SupportState.SIGNED)
    why = RenewalWhy.TERMS
    terms = factory.LazyAttribute(lambda renewal: terms_of(renewal.support.application.round.cohort))
    first_name = factory.SelfAttribute("support.first_name")
    last_name = factory.SelfAttribute("support.last_name")
    email = factory.SelfAttribute("support.email")
    token_hash = factory.LazyAttribute(lambda renewal: token_hash(renewal.token))
    asked_by = factory.LazyFunction(lambda: UserFactory._meta.model.objects.system())
    sent_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=1))

    class Meta:
        model = PledgeRenewal
        exclude = ("token",)

    class Params:
        answered = factory.Trait(
            person=factory.SelfAttribute("support.person"), answered_at=factory.LazyFunction(clock.now)
        )
        signed = factory.Trait(
            answered=True,
            pledge=factory.LazyAttribute(lambda renewal: _renewed(renewal.support, renewal.person)),
        )
        declined = factory.Trait(answered=True, decline_reason="We have no cover")

    token = factory.Sequence(lambda n: f"token-of-renewal-{n}")


class HeadteacherRankFactory(factory.django.DjangoModelFactory):
    support = factory.SubFactory(HeadteacherSupportFactory, state=SupportState.SIGNED)
    place = 1
    of = 2

    class Meta:
        model = HeadteacherRank


class HeadteacherSupportEventFactory(factory.django.DjangoModelFactory):
    support = factory.SubFactory(HeadteacherSupportFactory)
    action = "request"
    to_state = SupportState.REQUESTED
    by = factory.SelfAttribute("support.application.applicant")

    class Meta:
        model = HeadteacherSupportEvent


class HeadteacherStatementFactory(factory.django.DjangoModelFactory):
    support = factory.SubFactory(HeadteacherSupportFactory, state=SupportState.OPENED)
    text = "Confidential: the best teacher I have worked with."

    class Meta:
        model = HeadteacherStatement


class EqualityAnswersFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    sex = "female"

    class Meta:
        model = EqualityAnswers


class SelectionPlanFactory(factory.django.DjangoModelFactory):
    """Nothing is turned on, and the hub takes part in the round."""

    round = factory.SubFactory(RoundFactory)
    hub = factory.SubFactory(MathsHubFactory)

    class Meta:
        model = SelectionPlan

    @classmethod
    def _create(cls, model: type[SelectionPlan], *args: Any, **kwargs: Any) -> SelectionPlan:
        if not HubPlaces.objects.filter(cohort=kwargs["round"].cohort, hub=kwargs["hub"]).exists():
            HubPlacesFactory(cohort=kwargs["round"].cohort, hub=kwargs["hub"])
        return super()._create(model, *args, **kwargs)


class StrategicNeedFactory(factory.django.DjangoModelFactory):
    plan = factory.SubFactory(SelectionPlanFactory)
    order = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Need number {n}")

    class Meta:
        model = StrategicNeed


class ReviewFactory(factory.django.DjangoModelFactory):
    """`scored=3` scores every evidenced criterion with 3."""

    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    reviewer = factory.SubFactory(UserFactory)

    class Meta:
        model = Review
        skip_postgeneration_save = True

    @factory.post_generation
    def scored(self, create: bool, value: int | None, **kwargs: Any) -> None:
        if value is not None:
            for criterion in self.application.terms.criteria.filter(shown=Shown.EVIDENCED):
                ScoreFactory(review=self, criterion=criterion, value=value)


class ScoreFactory(factory.django.DjangoModelFactory):
    review = factory.SubFactory(ReviewFactory)
    criterion = factory.LazyAttribute(
        lambda s: s.review.application.terms.criteria.filter(shown=Shown.EVIDENCED).first()
    )
    value = 3

    class Meta:
        model = Score


class DecisionFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    outcome = Outcome.OFFER
    feedback = "Your evidence was strong."
    proposed_by = factory.SubFactory(UserFactory)

    class Meta:
        model = Decision

    class Params:
        released = factory.Trait(
            released_by=factory.SelfAttribute("proposed_by"), released_at=factory.LazyFunction(clock.now)
        )


class PanelOrderFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory, state=State.COMPLETE)
    hub = factory.SelfAttribute("application.hub")
    round = factory.SelfAttribute("application.round")
    place = 1

    class Meta:
        model = PanelOrder


class LetterWordingFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory, complete=True)
    hub = factory.SubFactory(MathsHubFactory)
    outcome = Outcome.OFFER
    text = "We look forward to working with [school]."
    saved_by = factory.SubFactory(UserFactory)

    class Meta:
        model = LetterWording


class ReleaseDelayFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory, complete=True)
    hub = factory.SubFactory(MathsHubFactory)
    until = factory.LazyFunction(lambda: clock.today() + timedelta(days=7))
    note = "Two of our interviews had to be moved."
    by = factory.SubFactory(UserFactory)

    class Meta:
        model = ReleaseDelay


class PlaceMoveFactory(factory.django.DjangoModelFactory):
    round = factory.SubFactory(RoundFactory, complete=True)
    from_hub = factory.SubFactory(MathsHubFactory)
    to_hub = factory.SubFactory(MathsHubFactory)
    number = 1
    reason = "Few teachers applied there."
    by = factory.SubFactory(UserFactory, ncetm=True)

    class Meta:
        model = PlaceMove


class ReserveSkipFactory(factory.django.DjangoModelFactory):
    application = factory.SubFactory(ApplicationFactory, state=State.RESERVED)
    why = "Say first which school this is."

    class Meta:
        model = ReserveSkip


class OfferFactory(factory.django.DjangoModelFactory):
    decision = factory.SubFactory(DecisionFactory, released=True)
    application = factory.SelfAttribute("decision.application")
    reply_by = factory.LazyFunction(lambda: clock.now() + timedelta(days=14))

    class Meta:
        model = Offer


class SubscriptionFactory(factory.django.DjangoModelFactory):
    """Confirmed, to a round's deadline; to a programme's next round with `round=None, programme=…`. Its link is
    `link`."""

    email = factory.Sequence(lambda n: f"reader{n}@example.org")
    round = factory.SubFactory(RoundFactory)
    link_hashes = factory.LazyAttribute(lambda made: [token_hash(made.link)])
    asked_at = factory.LazyFunction(clock.now)
    confirmed_at = factory.SelfAttribute("asked_at")

    class Meta:
        model = Subscription

    class Params:
        link = factory.Sequence(lambda n: f"link-{n}")
