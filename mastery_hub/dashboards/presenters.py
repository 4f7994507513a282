"""How rounds are worded, for every page that shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from applications.applicant_presenters.deadlines import at_words, closing_words
from applications.models import Round
from cohorts.models import Specialist
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import day, deadline


@dataclass(frozen=True)
class RoundCard:
    """A round with where it stands now: `stage` is open, next or last."""

    round: Round
    stage: str
    tag: dict[str, str]
    line: str


def round_card(round: Round) -> RoundCard:
    opens, now = f"at {deadline(round.opens_at)}", clock.now()
    if round.published_at is None or round.published_at > now:
        return RoundCard(round, "next", {"text": "Not published", "colour": "grey"}, f"Would open {opens}")
    if not round.has_opened:
        return RoundCard(round, "next", {"text": "Opens soon", "colour": "blue"}, f"Opens {opens}")
    stage, tag = ("open", ("Open", "green")) if round.is_open(now) else ("last", ("Closed", "grey"))
    return RoundCard(round, stage, {"text": tag[0], "colour": tag[1]}, closing_words(round.closes_at, now))


def round_cards(rounds: Iterable[Round]) -> list[RoundCard]:
    """Open ones first, then the next ones, then the last ones."""
    order = ("open", "next", "last")
    return sorted(map(round_card, rounds), key=lambda card: order.index(card.stage))


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def round_facts(round: Round) -> list[dict[str, str]]:
    """The dates that matter, for components/summary_list.html; always London's."""
    facts = [
        ("Project code", round.cohort.project_code),
        ("Applications open", f"At {deadline(round.opens_at)}"),
        ("Applications close", _sentence(at_words(round.closes_at))),
    ]
    if round.support_deadline != round.closes_at:
        facts.append(("Headteachers’ support closes", _sentence(at_words(round.support_deadline))))
    if round.by_nomination:
        facts.append(("Who may apply", "Teachers whom their school or a Maths Hub has nominated"))
    if round.asks_subject_leader:
        facts.append(("Who supports an application", "The headteacher and the subject leader"))
    outcomes = f"From {day(round.releases_at)} on" if round.releases_at else f"{round.outcomes_month:%B %Y}"
    facts.append(("Maths Hubs give outcomes" + ("" if round.releases_at else " in"), outcomes))
    return [{"key": key, "value": value} for key, value in facts]


def round_contents(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Links to the parts of a round's page that have anything in them."""
    points = shown["points"]
    parts = [
        ("What it involves", "involves", points["training_year"] or shown["residentials"] or points["later_years"]),
        ("What each year holds", "years", shown["years"]),
        ("What you gain", "benefits", points["benefit_specialist"] or points["benefit_school"]),
        ("Release and funding", "funding", shown["release"] or points["funding"]),
        ("Who should apply", "criteria", shown["criteria"]),
        ("What you and your headteacher commit to", "commitments", points["expectation"] or shown["commitments"]),
        ("Maths Hubs taking part", "hubs", shown["hub_places"]),
    ]
    return [(title, anchor) for title, anchor, filled in parts if filled]


def specialist_facts(specialist: Specialist) -> list[dict[str, Any]]:
    """For components/summary_list.html; reads the prefetched placements."""
    placement, cohort = specialist.placement, specialist.cohort
    facts = [("Programme", cohort.programme), ("Cohort", f"{cohort.name}, {cohort.academic_year}")]
    if placement:
        begins = f" from {day(placement.from_on)}" if placement.from_on > clock.today() else ""
        facts += [("School", f"{placement.school}{begins}"), ("Maths Hub", placement.hub)]
    facts += [("Place accepted", day(specialist.appointed_at)), ("Project code", cohort.project_code)]
    return [{"key": key, "value": value} for key, value in facts]


def what_is_next(specialist: Specialist) -> str:
    """One sentence; reads the cohort's prefetched residentials."""
    cohort, today = specialist.cohort, clock.today()
    coming = next((each for each in cohort.residentials.all() if each.ends_on >= today), None)
    if coming:
        when = coming.starts_on if coming.starts_on > today else coming.ends_on
        sure = "" if coming.confirmed else ", subject to confirmation"
        begins = f"Your training year starts on {day(cohort.academic_year.first_day)}. "
        first = begins if today < cohort.academic_year.first_day else ""
        return f"{first}Your next residential is on {day(when)}{sure}."
    if today <= cohort.academic_year.last_day:
        return f"Your training year is {cohort.academic_year}. Residential dates will be shown here."
    return "You lead Work Groups for your Maths Hub, which agrees your days with you each year."
