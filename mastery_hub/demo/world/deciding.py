"""How decisions are made known: the personas’ hub has words of its own for its letters, and NCETM has moved a place."""

from datetime import timedelta

from applications.enums import Outcome
from applications.models import Round
from applications.services.letters import wording_save
from applications.services.place_moves import places_move
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.directory.models import MathsHub

WORDS = {
    Outcome.OFFER: "We look forward to working with you and [school]. Our first meeting with new specialists is in "
    "September, before the first residential.",
    Outcome.RESERVE: "If a place becomes free, we offer it to the next person on our list who can take it. We cannot "
    "say how likely that is. You can withdraw at any time.",
}


def deciding_make(round: Round) -> None:
    hub = MathsHub.objects.get(slug=personas.HUB)
    lead = User.objects.get(email=personas.HUB_LEAD.email)
    with told(round.opens_at + timedelta(days=2)):
        for outcome, text in WORDS.items():
            wording_save(round=round, hub=hub, by=lead, outcome=outcome, text=text)
    others = HubPlaces.objects.filter(cohort=round.cohort_id).exclude(hub=hub).select_related("hub").order_by("pk")
    giver, receiver = others[0].hub, others[1].hub
    ncetm = User.objects.get(email=personas.NATIONAL.email)
    reason = "Few teachers of this hub’s area have told us that they will apply, and its neighbour has asked for more."
    with told(round.opens_at + timedelta(days=3)):
        places_move(round=round, by=ncetm, from_hub=giver, to_hub=receiver, number=1, reason=reason)
