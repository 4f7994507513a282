"""How rows are worded and coloured for every page that shows them, by noun; words of states and steps come first."""

from applications.presenters.states import EVENT_TITLES as EVENT_TITLES
from applications.presenters.states import LEADER_EVENT_TITLES as LEADER_EVENT_TITLES
from applications.presenters.states import STAGE_COLOURS as STAGE_COLOURS
from applications.presenters.states import STANDINGS as STANDINGS
from applications.presenters.states import STATE_COLOURS as STATE_COLOURS
from applications.presenters.states import SUPPORT_COLOURS as SUPPORT_COLOURS
from applications.presenters.states import SUPPORT_EVENT_TITLES as SUPPORT_EVENT_TITLES
from applications.presenters.states import kind_in_words as kind_in_words
from applications.presenters.states import release_facts as release_facts
from applications.presenters.states import standing as standing
from applications.presenters.states import state_tag as state_tag
from applications.presenters.states import support_tag as support_tag
from applications.presenters.states import timeline as timeline
from applications.presenters.states import with_requests as with_requests
