"""Applications as they would have come about: every step by its service, on the day it would have been taken.

So events, emails, pledges and places are what the site itself makes of them.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from applications.enums import AnswerKind, Outcome, PhaseTaught, Shown, WithdrawalReason
from applications.models import Application, Deferral, HeadteacherSupport, Nomination, Round, SubjectLeaderSupport
from applications.rules import values_given
from applications.services import applications as applying
from applications.services import (
    deferrals,
    eligibility,
    leaders,
    nominations,
    school_changes,
    school_choice,
    selection,
    signatories,
    support,
)
from applications.services.withdrawal import application_withdraw
from cohorts.enums import Whose
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.demo.world import names
from mastery_hub.demo.world.programmes import SECONDARY_PHASES
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.services.unlisted import SchoolTold

DATA = Path(__file__).parent.parent / "data"
TEXTS = tomllib.loads((DATA / "answers.toml").read_text(encoding="utf-8"))
OF_SECONDARY = tomllib.loads((DATA / "answers_secondary.toml").read_text(encoding="utf-8"))
JOBS = ("Class teacher", "Class teacher and maths lead", "Maths subject leader", "Assistant headteacher")
SECONDARY_JOBS = ("Teacher of maths", "Second in the maths department", "Head of maths")
DEPARTURE = "Work Groups in that part of our area have no specialist."
KEY_STAGE_2_BEGINS = 7  # years of age


def written(draw: Random, sentences: Iterable[list[str]]) -> str:
    return " ".join(draw.choice(choices) for choices in sentences)


@dataclass
class RoundFacts:
    """What every story of a round needs, read once."""

    round: Round

    def __post_init__(self) -> None:
        terms, document = self.round.current_terms, self.round.current_document
        if terms is None or document is None:
            raise ValueError(f"{self.round} has no terms or no document")
        criteria = list(terms.criteria.all())
        self.document = document
        self.texts = TEXTS | (OF_SECONDARY if self.round.by_nomination else {})
        self.questions = list(terms.questions.all())
        self.declared = [c for c in criteria if c.shown == Shown.DECLARED]
        self.evidenced = [c for c in criteria if c.shown == Shown.EVIDENCED]
        self.confirmed = {c for c in criteria if c.shown == Shown.HEADTEACHER}
        self.commitments = {
            signed.whose: set(signed.commitments.values_list("pk", flat=True))
            for signed in self.round.cohort.commitment_sets.all()
        }


@dataclass
class Story:
    """One teacher's way through a round. `at` is when the next step is taken; every step puts it on a little.

    `told` is how the teacher typed in a school that the search did not find by the name they know it by; `signatory`
    who signs where the teacher is the headteacher;
    `days` on how many of the week they teach.
    """

    draw: Random
    facts: RoundFacts
    teacher: User
    school: School
    at: datetime
    told: SchoolTold | None = None
    signatory: dict[str, str] | None = None
    days: int = 5
    application: Application = field(init=False)
    request: HeadteacherSupport = field(init=False)
    deferral: Deferral = field(init=False)
    leader: SubjectLeaderSupport = field(init=False)

    def later(self, **span: float) -> "Story":
        """Nobody is made to work at night: the next morning comes instead."""
        at = clock.london(self.at + timedelta(**span))
        if not 7 <= at.hour < 21:
            at = (at + timedelta(hours=12)).replace(hour=9)
        self.at = at
        return self

    @property
    def head(self) -> dict[str, str]:
        """The school's headteacher as the register has them, at an address of the school's own."""
        if self.signatory:
            return self.signatory
        first_name, last_name = self.school.head_first_name, self.school.head_last_name
        known = personas.HEADTEACHER.name == f"{first_name} {last_name}"
        domain = self.school.website.removeprefix("www.")
        email = personas.HEADTEACHER.email if known else f"head.{self.school.urn}@{domain}"
        return {"first_name": first_name, "last_name": last_name, "email": email}

    @property
    def phase(self) -> PhaseTaught:
        """One that the school has: none of key stage 2 in an infant school."""
        if self.school.phase in SECONDARY_PHASES:
            return self.draw.choice([PhaseTaught.KEY_STAGE_3, PhaseTaught.KEY_STAGE_4])
        younger = [PhaseTaught.KEY_STAGE_1] if (self.school.low_age or 0) < KEY_STAGE_2_BEGINS else []
        older = [PhaseTaught.KEY_STAGE_2] if (self.school.high_age or 0) > KEY_STAGE_2_BEGINS else []
        return self.draw.choice(younger + older * 2)

    def accept(self, nomination: Nomination) -> "Story":
        """Begins by accepting."""
        with told(self.at):
            nominations.nomination_accept(
                nomination=nomination, by=self.teacher, document=self.facts.document, at=self.at
            )
        return self.later(hours=1).start()

    def start(self) -> "Story":
        with told(self.at):
            self.application = applying.application_start(
                by=self.teacher, round=self.facts.round, document=self.facts.document, at=self.at
            )
            applying.application_save_about(
                application=self.application,
                by=self.teacher,
                job_title=self.draw.choice(SECONDARY_JOBS if self.facts.round.by_nomination else JOBS),
                phase=self.phase,
                person={"trn": f"99{self.teacher.pk:05d}"},
            )
            if self.told:
                school_choice.application_type_school(application=self.application, by=self.teacher, told=self.told)
            else:
                school_choice.application_save_school(application=self.application, by=self.teacher, school=self.school)
            self._answer()
        return self.later(hours=3)

    def _answer(self) -> None:
        """The eligibility questions: `days` where a number is asked and can be too small, else what meets the rule."""
        self.application = Application.objects.get(pk=self.application.pk)  # whose rules are read anew
        answers: dict[str, str | int] = {}
        for rule in self.application.eligibility_rules:
            if rule.kind == AnswerKind.NUMBER:
                answers[rule.key] = self.days if rule.whose else (rule.least or 0) + len(self.teacher.last_name)
            else:
                answers[rule.key] = "yes" if rule.kind == AnswerKind.YES_NO else rule.accepted[0]
        eligibility.eligibility_save(application=self.application, by=self.teacher, answers=answers)

    def elsewhere(self, hub: MathsHub, reason: str) -> "Story":
        """Applies to a neighbouring hub."""
        with told(self.at):
            school_choice.application_choose_hub(application=self.application, by=self.teacher, hub=hub, reason=reason)
            self._answer()
        return self.later(minutes=20)

    def ask_exception(self, reason: str) -> "Story":
        with told(self.at):
            eligibility.exception_ask(application=self.application, by=self.teacher, reason=reason)
        return self.later(minutes=10)

    def declare(self) -> "Story":
        met = {c: c.is_essential or self.draw.random() < 0.6 for c in self.facts.declared}
        with told(self.at):
            applying.application_save_declarations(application=self.application, by=self.teacher, met=met)
        return self.later(days=1)

    def write(self, answers: int | None = None, *, skipping: int = 0) -> "Story":
        """The first so many answers; all of them when no number is given. Some may be left for later."""
        with told(self.at):
            for question, told_of in list(zip(self.facts.questions, self.facts.texts["questions"], strict=True))[
                skipping:answers
            ]:
                text = written(self.draw, told_of["sentences"])
                applying.application_save_answer(
                    application=self.application, by=self.teacher, question=question, text=text
                )
        return self.later(days=1, hours=2)

    def sign(self) -> "Story":
        with told(self.at):
            applying.application_sign(
                application=self.application,
                by=self.teacher,
                agreed=self.facts.commitments[Whose.APPLICANT],
                signed_as=self.teacher.full_name,
            )
        return self.later(minutes=7)

    def ask(self) -> "Story":
        with told(self.at):
            self.request = support.support_request(
                application=self.application, by=self.teacher, at=self.at, **self.head
            )
        return self.later(minutes=15)

    def ask_leader(self, person: names.Person, role: str, email: str) -> "Story":
        with told(self.at):
            self.leader = leaders.leader_request(
                application=self.application,
                by=self.teacher,
                at=self.at,
                first_name=person.first_name,
                last_name=person.last_name,
                email=email,
                role=role,
            )
        return self.later(minutes=5)

    def lead(self) -> "Story":
        """The subject leader opens the request, writes and signs."""
        with told(self.at):
            by = support.support_person(self.leader)
            opened = support.support_open(support=self.leader, by=by)
            text = written(self.draw, self.facts.texts["leader"]["sentences"])
            support.support_save_statement(support=opened, by=by, text=text)
            self.at += timedelta(minutes=20)
        with told(self.at):
            self.application = leaders.leader_sign(
                support=opened, by=by, at=self.at, role=self.leader.role, declared=True, signed_as=by.full_name
            )
        return self.later(hours=4)

    def submit(self) -> "Story":
        with told(self.at):
            self.application.refresh_from_db()
            applying.application_submit(application=self.application, by=self.teacher, at=self.at)
        return self.later(days=1, hours=4)

    def pass_on(self, **signatory: str) -> "Story":
        """The headteacher opens the request and passes it on."""
        with told(self.at):
            head = support.support_person(self.request)
            opened = support.support_open(support=self.request, by=head)
            self.request = signatories.support_pass_on(support=opened, by=head, at=self.at, **signatory)
        return self.later(hours=5)

    def support(self) -> "Story":
        with told(self.at):
            head = support.support_person(self.request)
            opened = support.support_open(support=self.request, by=head)
            self.at += timedelta(minutes=25)
        with told(self.at):
            self.application = support.support_sign(
                support=opened,
                by=head,
                at=self.at,
                statement=written(self.draw, self.facts.texts["statement"]["sentences"]),
                confirmed=self.facts.confirmed,
                agreed=self.facts.commitments[Whose.HEADTEACHER],
                signed_as=head.full_name,
            )
        return self.later(days=2)

    def whole(self) -> "Story":
        """Everything up to an application that is complete and with the hub."""
        return self.start().declare().write().sign().ask().submit().support()

    def score(self, by: User, *, submit: bool = True) -> "Story":
        scores = {c: (self.draw.choice((2, 3, 3, 3, 4, 4)), "") for c in self.facts.evidenced}
        with told(self.at):
            selection.review_save(application=self.application, by=by, scores=scores, submit=submit)
        return self.later(hours=1)

    def propose(self, by: User, outcome: Outcome) -> "Story":
        feedback = self.draw.choice(TEXTS["feedback"][outcome])
        with told(self.at):
            told_why = {"feedback": feedback, "departure": DEPARTURE}
            selection.decision_propose(application=self.application, by=by, outcome=outcome, **told_why)
        return self.later(hours=1)

    def release(self, by: User) -> "Story":
        with told(self.at):
            selection.decision_release(application=self.application, by=by)
        return self.later(days=self.draw.randint(1, 4))

    def answer(self, *, accept: bool = True) -> "Story":
        with told(self.at):
            self.application.refresh_from_db()
            if accept:
                applying.offer_accept(application=self.application, by=self.teacher, at=self.at)
            else:
                reason = self.draw.choice(TEXTS["feedback"]["declined"])
                applying.offer_decline(application=self.application, by=self.teacher, at=self.at, reason=reason)
        return self

    def defer(self, reason: str, until: str) -> "Story":
        """Asks to begin in the next cohort."""
        with told(self.at):
            self.application.refresh_from_db()
            self.deferral = deferrals.deferral_ask(
                application=self.application, by=self.teacher, reason=reason, until=until
            )
        return self.later(hours=20)

    def keep(self, by: User, reason: str) -> "Story":
        with told(self.at):
            deferrals.deferral_decide(deferral=self.deferral, by=by, grant=True, reason=reason)
        return self

    def move(self, school: School, head: dict[str, str]) -> "Story":
        """Tells of another school from the first day of the cohort on."""
        with told(self.at):
            self.application.refresh_from_db()
            school_changes.school_change_ask(
                application=self.application,
                by=self.teacher,
                school=school,
                from_on=self.facts.round.cohort.academic_year.first_day,
                job_title="Maths subject leader",
                head=head,
                answers=values_given(self.application),
            )
        return self

    def withdraw(self) -> "Story":
        words = self.draw.choice(TEXTS["feedback"]["withdrawn"])
        with told(self.at):
            application_withdraw(application=self.application, by=self.teacher, why=WithdrawalReason.OTHER, words=words)
        return self
