"""What the rules of eligibility make of answers: pure, but for the rows that it reads. A past outcome is never made
anew: once an application is submitted, its last stored one counts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Prefetch, prefetch_related_objects

from applications.enums import ExceptionState
from applications.models import Application, EligibilityException, EligibilityOutcome, HubRule, Round
from applications.models.eligibility import NotMet, Rule, Value
from cohorts.models import Programme
from mastery_hub.directory.models import MathsHub, School

Answers = Mapping[str, Value]

STATE_FUNDED, PHASE = "school-state-funded", "school-phase"


def rules_of(round: Round, hub: MathsHub | None, at: datetime) -> list[Rule]:
    """For somebody who begins at that moment: the nation's, then the hub's own."""
    terms = round.current_terms
    national: list[Rule] = list(terms.eligibility_questions.all()) if terms else []
    own = HubRule.objects.filter(round=round, hub=hub).at(at).select_related("hub") if hub else []
    return [*national, *own]


def answers_to(rules: Iterable[Rule], answers: Answers) -> dict[str, Value]:
    """Those that answer a question of these."""
    return {rule.key: answers[rule.key] for rule in rules if rule.takes(answers.get(rule.key))}


def unanswered(rules: Iterable[Rule], answers: Answers) -> list[Rule]:
    return [rule for rule in rules if rule.key not in answers]


def rules_not_met(rules: Iterable[Rule], answers: Answers) -> list[NotMet]:
    return [
        NotMet(
            key=rule.key,
            question=rule.text,
            answer=rule.answer_in_words(answers[rule.key]),
            message=rule.not_met,
            essential=rule.is_essential,
            whose=rule.whose,
        )
        for rule in rules
        if rule.key in answers and not rule.is_met_by(answers[rule.key])
    ]


def school_not_met(school: School | None, programme: Programme) -> list[NotMet]:
    """By the register, or else by the applicant's word: a deadline does not wait until the hub has found the school."""
    if school is None:
        return []
    source = "in the schools register" if school.is_listed else "by what you told us"
    found = []
    if not school.is_state_funded:
        message = f"{school.name} is not state-funded {source}. Your Maths Hub can tell you what else it offers."
        found.append(NotMet(STATE_FUNDED, "Is your school state-funded?", f"No: {school}", message, essential=True))
    if school.phase not in programme.school_phases:
        message = f"{school.name} is not a school for the {programme.name} {source}. Ask your Maths Hub what is."
        said = f"{school.get_phase_display()}: {school}"
        found.append(NotMet(PHASE, "Which phase is your school?", said, message, essential=True))
    return found


# One application

READ = (
    "eligibility_outcomes",
    Prefetch("exceptions", EligibilityException.objects.select_related("outcome", "hub", "decided_by")),
)


def eligibility_read(application: Application) -> None:
    """What the functions below ask for again and again, in two queries for one application."""
    prefetch_related_objects([application], *READ)


def outcome_of(application: Application) -> EligibilityOutcome | None:
    """The latest."""
    eligibility_read(application)
    return next(iter(application.eligibility_outcomes.all()), None)


def values_given(application: Application) -> dict[str, Value]:
    """As last answered, be it to other words by now."""
    outcome = outcome_of(application)
    return {each["key"]: each["value"] for each in outcome.answers} if outcome else {}


def answers_given(application: Application) -> dict[str, Value]:
    """What answers a question as it stands: one whose words have changed is asked again."""
    outcome = outcome_of(application)
    said = {each["key"]: each for each in outcome.answers} if outcome else {}
    return {
        rule.key: said[rule.key]["value"]
        for rule in application.eligibility_rules
        if rule.key in said and said[rule.key]["question"] == rule.text and rule.takes(said[rule.key]["value"])
    }


def not_met(application: Application) -> list[NotMet]:
    """Of a draft by today's answers; of what was submitted as it was stored then."""
    if application.submitted_at is not None:
        outcome = outcome_of(application)
        return outcome.not_met if outcome else []
    school = school_not_met(application.school, application.round.cohort.programme)
    return [*school, *rules_not_met(application.eligibility_rules, answers_given(application))]


def essential(failures: Iterable[NotMet]) -> list[NotMet]:
    return [failure for failure in failures if failure.essential]


def exception_covering(application: Application, failures: Sequence[NotMet]) -> EligibilityException | None:
    """The latest that this hub was asked for, and that nobody took back."""
    if not failures:
        return None
    eligibility_read(application)
    asked = [
        each
        for each in application.exceptions.all()
        if each.hub_id == application.hub_id and each.state != ExceptionState.CANCELLED and each.covers(list(failures))
    ]
    return asked[0] if asked else None


def hub_has_changed_rules(application: Application) -> bool:
    """Since the applicant last answered to this hub: it asks something anew, asks no more, or judges otherwise."""
    outcome = outcome_of(application)
    if application.submitted_at is not None or outcome is None or outcome.hub_id != application.hub_id:
        return False
    own = [rule for rule in application.eligibility_rules if isinstance(rule, HubRule)]
    given = answers_given(application)
    anew = [rule for rule in own if rule.key not in given and rule.from_at > outcome.at]
    gone = {said["key"] for said in outcome.answers if said["whose"]} - {rule.key for rule in own}
    judged = [failure for failure in outcome.not_met if failure.whose and failure.key not in gone]
    still = [failure for failure in judged if failure.key in given]
    return bool(anew or gone) or rules_not_met(own, given) != still


def has_eligibility(application: Application) -> bool:
    """Whether there is anything to ask or to tell."""
    return bool(application.eligibility_rules or not_met(application))
