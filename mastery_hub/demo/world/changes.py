"""What NCETM changes in an open round: its terms are at version 2, and whoever writes has been told."""

from datetime import timedelta

from applications.models import Criterion, Question, Round
from applications.services.announcements import announcements_send
from applications.services.terms import terms_part_remove, terms_part_save, terms_put_in_force
from cohorts.versions import row_seen, version_seen
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told


def terms_change_make(round: Round) -> None:
    """Two questions become one, and one sentence is made clearer; yesterday, when drafts had been begun."""
    by = User.objects.get(email=personas.NATIONAL.email)
    with told(clock.now() - timedelta(days=1)):
        terms = round.current_terms
        assert terms, "the round has criteria and questions"
        kept, gone = (terms.questions.get(key=key) for key in ("colleagues", "leaders"))
        served = [*kept.criteria.all(), *gone.criteria.all()]
        terms_part_save(
            model=Question,
            round=round,
            by=by,
            key=kept.key,
            seen=row_seen(kept),
            values={
                "text": "How have you worked with colleagues, in your school and beyond it, to improve maths teaching?",
                "word_limit": 400,
                "criteria": sorted(criterion.key for criterion in served),
            },
        )
        terms_part_remove(model=Question, round=round, by=by, key=gone.key, seen=row_seen(gone))
        years = terms.criteria.get(key="years")
        sentence = "I will have taught primary maths for at least four years when the programme begins"
        terms_part_save(
            model=Criterion,
            round=round,
            by=by,
            key=years.key,
            seen=row_seen(years),
            values={"declaration": sentence},
        )
        working = round.working_terms
        assert working, "applications rely on the first version"
        terms_put_in_force(round=round, by=by, seen=version_seen(working))
        announcements_send()
