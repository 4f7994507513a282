"""The people whom a visitor of the demo may be. Each is a card on `/demo/` and a person in the demo's database."""

from dataclasses import dataclass

HUB = "west-yorkshire"  # where all of them work, but for the NCETM
RESTING_HUB = "yorkshire-and-the-humber"  # its neighbour, which does not recruit this year


@dataclass(frozen=True)
class Persona:
    """`tries` are things to do first, said to whoever takes the part."""

    slug: str
    part: str
    first_name: str
    last_name: str
    about: str
    tries: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}@example.org".lower()


DRAFT = Persona(
    "applicant-draft",
    "Applicant with a draft",
    "Amira",
    "Hussain",
    "Teaches Year 4 at Larkmoor Primary School in Halifax. Her application is half written, her headteacher not asked.",
    (
        "Read what the NCETM changed while you were writing, and find your answer that is no longer asked",
        "Finish the evidence in two windows at once; start from what you wrote last year; add a document",
        "Sign your commitments",
        "Ask your headteacher, Margaret Ellingham, whose address is margaret.ellingham@example.org",
        "Check your answers and submit",
    ),
)
OFFER = Persona(
    "applicant-offer",
    "Applicant with an offer",
    "Daniel",
    "Osei",
    "Teaches Year 6 at Beckside Primary School. West Yorkshire Maths Hub has offered him a place.",
    ("Read the offer and its reply-by date", "Accept it, and see your place in the cohort"),
)
EXCEPTION = Persona(
    "applicant-exception",
    "Applicant who asked for an exception",
    "Rosa",
    "Whitfield",
    "Teaches two days a week at Beckside Primary School, where the hub’s own rule asks for three. She has submitted "
    "her application, and waits for the hub’s exception.",
    ("See where the application is while the hub decides", "Read what was answered and what was asked"),
)
NOMINEE = Persona(
    "nominee",
    "Nominated teacher",
    "Leah",
    "Barraclough",
    "Teaches secondary maths. Her head of maths has nominated her for the secondary programme, and waits.",
    (
        "Open the nomination in the mailbox: who nominates, and why",
        "Accept it, and see that the application knows your school",
        "Or decline, and say why",
    ),
)
NOMINATOR = Persona(
    "nominator",
    "Head of maths who nominates",
    "Owen",
    "Fairbank",
    "Leads maths in a secondary school, and has nominated several of its teachers.",
    (
        "See how far each of them has come, and that no text of theirs shows",
        "Open the request for Beth Ollerton in the mailbox: write about her as subject leader, and sign",
        "Correct Leah Barraclough’s address, or withdraw the nomination",
        "Nominate another teacher for the secondary round",
    ),
)
HEADTEACHER = Persona(
    "headteacher",
    "Headteacher",
    "Margaret",
    "Ellingham",
    "Leads Larkmoor Primary School, where one teacher is a Mastery Specialist and two others wait for her support.",
    (
        "Open the request for Tom Brightwell in the mailbox: its link needs no account",
        "Press Continue, then see Tom’s and Priya’s requests together and put them in order",
        "Read his answers, write a statement and sign, or decline",
        "See your school’s page",
    ),
)
HUB_LEAD = Persona(
    "hub-lead",
    "Hub lead",
    "Helen",
    "Radcliffe",
    "Leads recruitment at West Yorkshire Maths Hub, which has four places and more applications than that.",
    (
        "Open an application, read the statement and score it",
        "Propose a decision, take it back, release it",
        "Find Bethan Lockwood’s school in the register: she typed it in by another name",
        "Agree to the chair of governors who signs for Nadia Rahman, a headteacher who applies herself",
        "Find the application that an executive headteacher of a trust signed, and the headteacher asked to sign again",
        "Decide on the exception that Rosa Whitfield asks for",
        "Decide whether Imogen Harcastle may begin a year later, and take up the place promised to Leila Brandon",
        "See who is nominated for the secondary round, and nominate a teacher yourself",
        "Decide on the change of school of Callum Redfern, who holds an offer",
        "Compare the candidates on the panel page, put them in order, and print the panel pack",
        "Arrange an interview for somebody on the shortlist, and move the lesson observation that is arranged",
    ),
)
REVIEWER = Persona(
    "reviewer",
    "Hub reviewer",
    "Imran",
    "Shackleton",
    "Scores applications for West Yorkshire Maths Hub. Decisions are the hub lead’s.",
    (
        "Score an application that waits for you",
        "See other people’s scores once you have submitted yours",
        "Find the observations and interviews you take part in, and add one to your calendar",
    ),
)
SPECIALIST = Persona(
    "specialist",
    "Mastery Specialist",
    "Grace",
    "Fenwick",
    "In the first year as a Mastery Specialist, in Cohort 12. Teaches at Larkmoor Primary School.",
    ("See your cohort, school, hub and residentials",),
)
NATIONAL = Persona(
    "ncetm-administrator",
    "NCETM administrator",
    "Victoria",
    "Stanhope",
    "Runs the programme for the NCETM and sees every hub.",
    (
        "Compare all hubs’ numbers on one page",
        "Finish setting up next year’s round: check what was copied, look at it as an applicant, publish it",
        "Change a question of the open round, see whom it touches, and put it in force",
        "See which hub and which teacher have more time, and give another hub some",
        "Read what readers say of each page, and which answers the forms refuse",
        "See which hubs keep places for the next cohort, and that its places page tells of them",
        "Invite a hub lead",
        "Edit a hub, its area and its page",
    ),
)
PERSONAS = {
    persona.slug: persona
    for persona in (DRAFT, OFFER, EXCEPTION, NOMINEE, NOMINATOR, HEADTEACHER, HUB_LEAD, REVIEWER, SPECIALIST, NATIONAL)
}


@dataclass(frozen=True)
class Reader:
    """Somebody without an account, whose emails hold the links that they follow."""

    name: str
    email: str
    about: str


READERS = (
    Reader(
        "Carol Whitworth",
        "carol.whitworth@example.org",
        "New headteacher of a school whose teacher’s application the last one signed: she is asked to sign again",
    ),
    Reader(
        "Stephen Marsden",
        "stephen.marsden@calder-trust.example",
        "Executive headteacher: a headteacher of his trust passed a request on to him",
    ),
    Reader(
        "Desmond Achebe",
        "chair@hawkstone-primary-school.example",
        "Chair of governors, who signs for Nadia Rahman, a headteacher who applies herself",
    ),
    Reader("Jo Bell", "jo.bell@example.org", "Asked to be reminded before the round closes, and can stop it"),
    Reader("Lee Hart", "lee.hart@example.org", "Asked to be told when a programme opens, and has still to confirm it"),
)
