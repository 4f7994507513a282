"""The applicant's writes: begin, save section by section, submit, answer the offer, withdraw."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from applications.eligibility import Failure, submission_check, support_awaited
from applications.enums import Action, NominationState, PhaseTaught, Shown, State
from applications.models import (
    Answer,
    Application,
    Criterion,
    Declaration,
    Deferral,
    InformationDocument,
    Nomination,
    Offer,
    Question,
    Round,
    RoundTerms,
)
from applications.rules import Answers, answers_to, eligibility_read
from applications.services import notices
from applications.services.drafts import draft_lock
from applications.services.eligibility import eligibility_settle
from applications.services.engines import application_move, person_lock
from applications.services.extensions import extensions_rely
from applications.services.school_changes import school_change_end
from applications.services.school_choice import application_save_school
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from cohorts.services import pledge_sign, specialist_appoint
from mastery_hub.accounts.models import PrivacyNotice, User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import key_share
from mastery_hub.common.writing import Seen, unseen_refused
from mastery_hub.directory.models import School
from mastery_hub.directory.services.areas import hub_of_school

PLACE = ("job_title", "phase", "phases")
PERSON = ("first_name", "last_name", "trn", "telephone", "ncetm_username")


class NotReadyError(DomainError):
    """Submitting was refused; `failures` names every reason at once."""

    def __init__(self, failures: list[Failure]) -> None:
        super().__init__("Your application is not ready to submit.", code="not-ready")
        self.failures = failures


@transaction.atomic
def application_start(
    *,
    by: User,
    round: Round,
    document: InformationDocument,
    at: datetime,
    school: School | None = None,
    answers: Answers | None = None,
) -> Application:
    """Begins a draft; `document` is the version the applicant says they have read, `at` when the request arrived,
    `answers` those given in the check beforehand.

    After the round has closed only those begin who were given more time: by name, or because the home hub of their
    `school` was. Returns the live application if there is one already (a second click, another device), and the
    deferred one of whoever has a place in this cohort, or the promise of one: nobody holds two. Raises
    DomainError `closed` outside the window, `not-nominated` where only nominees begin, and `document-outdated`
    when a newer version was published meanwhile.
    """
    person_lock(by)
    own = Application.objects.filter(applicant=by, round=round)
    if existing := own.live().first() or own.filter(state=State.DEFERRED).first():
        return existing
    if deferral := Deferral.objects.keeping_from(by, round).select_related("application").first():
        return deferral.application
    key_share(round)  # no version of the terms comes into force before this application is there to follow it
    round.refresh_from_db(fields=["by_nomination"])
    terms, notice = round.current_terms, PrivacyNotice.objects.first()
    sets = CommitmentSet.objects.in_force().filter(cohort=round.cohort_id, commitments__isnull=False)
    promised = set(sets.values_list("whose", flat=True)) == set(Whose)
    hub = hub_of_school(school) if school else None
    to_be = Application(round=round, hub=hub, applicant=by, reference="")  # which draws none
    ends = extensions_rely(application=to_be, at=at).closes_at
    if not (terms and notice and promised and round.is_open(at, until=ends)):
        raise DomainError("Applications to this round are not open.", code="closed")
    nomination = Nomination.objects.filter(round=round, nominee=by, state=NominationState.ACCEPTED).first()
    if round.by_nomination and nomination is None:
        raise DomainError(
            "Only teachers who have been nominated can apply in this round, and have to accept first.",
            code="not-nominated",
        )
    if document != round.current_document:
        raise DomainError("The information document has changed: read the new version first.", code="document-outdated")
    try:
        with transaction.atomic():
            application = Application.objects.create(
                round=round,
                terms=terms,
                document=document,
                document_read_at=at,
                privacy_notice=notice,
                applicant=by,
                nomination=nomination,
            )
    except IntegrityError:  # two clicks at once, or a reference that another application has: begin again
        return application_start(by=by, round=round, document=document, at=at, school=school, answers=answers)
    application.events.create(action="start", to_state=State.DRAFT, by=by)
    if school:
        application_save_school(application=application, by=by, school=school)
        application.refresh_from_db()
    if answers:
        kept = answers_to(application.eligibility_rules, answers)
        eligibility_settle(application=application, by=by, answers=kept)
    return application


@transaction.atomic
def application_save_about(
    *,
    application: Application,
    by: User,
    job_title: str,
    phase: str,
    person: dict[str, str],
    phases: Sequence[str] = (),
    seen: str | None = None,
) -> None:
    """`phases` are those taught where it is more than one. `person` holds the applicant's own details (names,
    telephone, TRN, NCETM username), which live on the person.

    Raises ChangedElsewhereError when the page, filled from `seen`, would overwrite what was saved since."""
    application = draft_lock(application, by)
    by = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    phases = list(phases) if phase == PhaseTaught.MIXED else []
    wanted = {"job_title": job_title, "phase": phase, "phases": phases} | person
    unseen_refused("These details were", seen=seen, stored=about_stored(application, by), wanted=wanted)
    application.job_title, application.phase = job_title, phase
    application.phases = phases
    application.save(update_fields=["job_title", "phase", "phases", "saved_at"])
    for name, value in person.items():
        setattr(by, name, value)
    by.save(update_fields=list(person))


def about_stored(application: Application, person: User) -> dict[str, Any]:
    return {name: getattr(application, name) for name in PLACE} | {name: getattr(person, name) for name in PERSON}


@transaction.atomic
def application_save_declarations(
    *, application: Application, by: User, met: dict[Criterion, bool], seen: str | None = None
) -> None:
    """Raises ChangedElsewhereError when the page, filled from `seen`, would overwrite what was saved since."""
    application = draft_lock(application, by)
    wanted = {declaration_name(criterion.key): yes_no(value) for criterion, value in met.items()}
    own = application.declarations.filter(criterion__shown=Shown.DECLARED, criterion__terms=application.terms_id)
    stored = dict.fromkeys(wanted, "") | declared_stored(own.select_related("criterion"))
    unseen_refused("Your declarations were", seen=seen, stored=stored, wanted=wanted)
    application.save(update_fields=["saved_at"])
    if any(criterion.terms_id != application.terms_id or criterion.shown != Shown.DECLARED for criterion in met):
        raise DomainError("That is not a declaration of this application.", code="not-a-declaration")
    declarations_keep(application=application, met=met, by=by, at=clock.now())


def declaration_name(key: str) -> str:
    """Of the field that asks for the criterion of this key, in any version of the terms."""
    return f"criterion-{key}"


def yes_no(met: bool) -> str:
    return "yes" if met else "no"


def declared_stored(declarations: Iterable[Declaration]) -> dict[str, str]:
    return {declaration_name(d.criterion.key): yes_no(d.met) for d in declarations}


def declarations_keep(*, application: Application, met: dict[Criterion, bool], by: User, at: datetime) -> None:
    """Adds what is declared for the first time and changes the rest, in one statement however many there are."""
    rows = [Declaration(application=application, criterion=c, met=value, by=by, at=at) for c, value in met.items()]
    Declaration.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["application", "criterion"],
        update_fields=["met", "by", "at"],
    )


@transaction.atomic
def application_save_answer(
    *, application: Application, by: User, question: Question, text: str, page: Seen | None = None
) -> Answer:
    """Saves what was written even when it is too long or empty: what is missing is said on the task list.

    A question of an earlier version (an old page) is answered as it is asked now; the text of one that is no longer
    asked is kept with it. Raises ChangedElsewhereError when another window or device has saved what the page has not
    shown."""
    application = draft_lock(application, by)
    question = _as_asked_now(application, question)
    answer = application.answers.filter(question__key=question.key).first() or Answer(application=application)
    answer.question = question
    answer.write(text, page=page, at=application.saved_at)
    application.save(update_fields=["saved_at"])
    return answer


def _as_asked_now(application: Application, question: Question) -> Question:
    if question.terms_id == application.terms_id:
        return question
    if question.terms.round_id != application.round_id or not question.terms.is_in_force:
        raise DomainError("That is not a question of this application.", code="not-a-question")
    return Question.objects.filter(terms=application.terms_id, key=question.key).first() or question


def commitment_set_for(application: Application, whose: Whose) -> CommitmentSet:
    """The version in force; one who has signed keeps the version they signed."""
    return commitments_in_force(application.round.cohort_id, whose)[0]


def commitments_in_force(cohort: int, whose: Whose) -> QuerySet[CommitmentSet]:
    return CommitmentSet.objects.in_force().filter(cohort=cohort, whose=whose).order_by("-version")


@transaction.atomic
def application_sign(*, application: Application, by: User, agreed: set[int], signed_as: str) -> None:
    """The applicant's own commitments. Raises DomainError `school-first` before the school is chosen."""
    application = draft_lock(application, by)
    if application.school is None:
        raise DomainError("Choose your school before you sign your commitments.", code="school-first")
    if application.pledge_id:
        raise DomainError("You have already signed your commitments.", code="already-signed")
    application.pledge = pledge_sign(
        by=by,
        school=application.school,
        commitment_set=commitment_set_for(application, Whose.APPLICANT),
        agreed=agreed,
        signed_as=signed_as,
    )
    application.save(update_fields=["pledge", "saved_at"])


@transaction.atomic
def application_submit(
    *, application: Application, by: User, at: datetime, terms: RoundTerms | None = None
) -> Application:
    """`at` is when the request arrived: in time is in time however long the queue, and the hub's own rules are those of
    that moment. `terms` is the version that was on
    the page: nobody submits under one that they have not seen.

    Raises NotReadyError with every failure, or DomainError `closed` from the closing second on, and `terms-changed`.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)  # what is checked stays
    eligibility_read(application)
    application.eligibility_rules = application.eligibility_rules_at(at)
    ends = extensions_rely(application=application, at=at).closes_at
    if application.is_draft and not application.round.is_open(at, until=ends):
        raise DomainError("This round has closed, so the application can no longer be submitted.", code="closed")
    if application.is_draft and terms and terms.pk != application.terms_id:
        raise DomainError(
            "What you are asked has changed since you opened that page. Read through your answers, then submit them.",
            code="terms-changed",
        )
    failures = submission_check(application) if application.is_draft and by == application.applicant else []
    if failures:
        raise NotReadyError(failures)
    if application.is_draft and by == application.applicant:
        eligibility_settle(application=application, by=by)
    application, _ = application_move(application=application, action=Action.SUBMIT, by=by, submitted_at=at)
    notices.application_submitted(application)
    return application_complete_if_supported(application=application)


@transaction.atomic
def application_complete_if_supported(*, application: Application) -> Application:
    """Called after each part: whichever comes last completes it, in the system's name."""
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if application.state == State.SUBMITTED and not support_awaited(application):
        application, _ = application_move(application=application, action=Action.COMPLETE, by=User.objects.system())
        notices.application_completed(application)
    return application


def _open_offer(application: Application, at: datetime) -> Offer:
    """Asked under the application's lock, so that the offer is the one which is being answered."""
    offer = application.offers.get(replied_at=None)
    if at >= offer.reply_by:
        raise DomainError("The time to answer this offer has passed. Contact your Maths Hub.", code="reply-by-passed")
    return offer


@transaction.atomic
def offer_accept(*, application: Application, by: User, at: datetime) -> Application:
    """Makes the applicant a specialist of the cohort, placed in hub and school.

    Raises DomainError `reply-by-passed` from the reply-by instant on.
    """
    application, _ = application_move(application=application, action=Action.ACCEPT, by=by)
    offer = _open_offer(application, at)
    offer.replied_at = at
    offer.save(update_fields=["replied_at"])
    assert application.hub, "what was submitted has a hub"
    assert application.school, "and a school"
    specialist_appoint(
        by=by,
        person=application.applicant,
        cohort=application.round.cohort,
        hub=application.hub,
        school=application.school,
    )
    notices.offer_accepted(application)
    return application


@transaction.atomic
def offer_decline(*, application: Application, by: User, at: datetime, reason: str) -> Application:
    application, _ = application_move(application=application, action=Action.DECLINE, by=by, reason=reason)
    school_change_end(application=application, by=by)
    offer = _open_offer(application, at)
    offer.replied_at, offer.decline_reason = at, reason
    offer.save(update_fields=["replied_at", "decline_reason"])
    notices.offer_declined(application)
    return application
