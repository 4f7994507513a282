"""A nation’s applications at full size, written in bulk: each with its headteacher’s signature, two reviews, scores."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random

from django.contrib.auth import get_user_model

from applications.enums import PhaseTaught, Shown, State, SupportState
from applications.models import (
    Answer,
    Application,
    Criterion,
    Declaration,
    HeadteacherSupport,
    Question,
    Review,
    Round,
    Score,
)
from cohorts.enums import Whose
from cohorts.models import HubPlaces, Pledge
from mastery_hub.accounts.models import PrivacyNotice, User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub, School
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

STATES = (State.COMPLETE, State.COMPLETE, State.SUBMITTED, State.RESERVED, State.UNSUCCESSFUL)


def hubs_make(number: int = 40) -> list[MathsHub]:
    return MathsHubFactory.create_batch(number)


def round_make(hubs: Iterable[MathsHub]) -> Round:
    round = RoundFactory(complete=True)
    HubPlaces.objects.bulk_create(HubPlaces(cohort=round.cohort, hub=hub, places=1000) for hub in hubs)
    return round


def people_make(number: int, start: int) -> list[User]:
    draw = Random(start)
    names = ("Rahman", "Okafor", "Marsh", "Diaz", "Jones", "Patel", "Novak", "Hughes")
    return get_user_model().objects.bulk_create(
        User(
            email=f"teacher{start + n}@school.example",
            first_name=f"Teacher {draw.randrange(10**6)}",
            last_name=draw.choice(names),
            trn=f"{start + n:07d}",
            password="!",
        )
        for n in range(number)
    )


def pledges_make(round: Round, people: list[User], school: School, whose: Whose) -> list[Pledge]:
    signed = round.cohort.commitment_sets.get(whose=whose)
    return Pledge.objects.bulk_create(
        Pledge(person=p, school=school, commitment_set=signed, signed_as=str(p), signed_at=clock.now()) for p in people
    )


def applications_make(round: Round, hubs: list[MathsHub], number: int) -> list[Application]:
    """`number` of them over the hubs in turn, submitted in the last weeks, a minute apart."""
    people = people_make(number, start=User.objects.count() + 1_000_000)
    school = SchoolFactory()
    pledges = pledges_make(round, people, school, Whose.APPLICANT)
    facts = {
        "round": round,
        "terms": round.current_terms,
        "document": round.current_document,
        "document_read_at": clock.now(),
        "privacy_notice": PrivacyNotice.objects.first(),
        "school": school,
        "phase": PhaseTaught.KEY_STAGE_2,
    }
    made = Application.objects.bulk_create(
        Application(
            reference=f"MS-{person.pk:07d}",  # drawn ones meet their like among so many, and the service draws again
            applicant=person,
            hub=hubs[n % len(hubs)],
            home_hub=hubs[n % len(hubs)],
            pledge=pledge,
            state=STATES[n % len(STATES)],
            shown_state=STATES[n % len(STATES)],
            submitted_at=clock.now() - timedelta(minutes=n),
            **facts,
        )
        for n, (person, pledge) in enumerate(zip(people, pledges, strict=True))
    )
    _support(round, made, school)
    _review(made)
    return made


def _support(round: Round, applications: list[Application], school: School) -> None:
    head = UserFactory(headteacher=school)
    pledges = pledges_make(round, [head] * len(applications), school, Whose.HEADTEACHER)
    HeadteacherSupport.objects.bulk_create(
        HeadteacherSupport(
            application=application,
            first_name="Helen",
            last_name="Marsh",
            email=head.email,
            person=head,
            token_hash=f"hash {application.pk}",
            state=SupportState.SIGNED,
            answered_at=clock.now(),
            pledge=pledge,
        )
        for application, pledge in zip(applications, pledges, strict=True)
    )


def _review(applications: list[Application]) -> None:
    criteria = Criterion.objects.filter(terms=applications[0].terms, shown=Shown.EVIDENCED)
    for reviewer in UserFactory.create_batch(2):
        reviews = Review.objects.bulk_create(
            Review(application=application, reviewer=reviewer, submitted_at=clock.now()) for application in applications
        )
        Score.objects.bulk_create(
            Score(review=review, criterion=criterion, value=3) for review in reviews for criterion in criteria
        )


def drafts_make(round: Round, hubs: list[MathsHub], number: int) -> None:
    """Drafts with half of their sections written, whose headteachers were asked and have not answered."""
    people = people_make(number, start=User.objects.count() + 3_000_000)
    school = SchoolFactory()
    made = Application.objects.bulk_create(
        Application(
            round=round,
            terms=round.current_terms,
            document=round.current_document,
            document_read_at=clock.now(),
            privacy_notice=PrivacyNotice.objects.first(),
            reference=f"MS-{person.pk:07d}",
            applicant=person,
            school=school,
            hub=hubs[n % len(hubs)],
            home_hub=hubs[n % len(hubs)],
            started_at=clock.now() - timedelta(days=30),
        )
        for n, person in enumerate(people)
    )
    question = Question.objects.filter(terms=round.current_terms).first()
    declared = Criterion.objects.filter(terms=round.current_terms, shown=Shown.DECLARED)
    Answer.objects.bulk_create(Answer(application=a, question=question, text="I plan lessons.") for a in made)
    Declaration.objects.bulk_create(
        Declaration(application=a, criterion=c, met=True, by=a.applicant) for a in made for c in declared
    )
    HeadteacherSupport.objects.bulk_create(
        HeadteacherSupport(
            application=a,
            first_name="Helen",
            last_name="Marsh",
            email=f"head{a.pk}@school.example",
            token_hash=f"{a.pk:064d}",
            requested_at=clock.now() - timedelta(days=3),
            sent_at=clock.now() - timedelta(days=3),
        )
        for a in made
    )
