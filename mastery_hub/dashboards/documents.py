"""A long Markdown document as sections with anchors, so that its page can begin with a list of contents."""

from dataclasses import dataclass

from mastery_hub.common.markdown import PARSER


@dataclass(frozen=True)
class DocumentSection:
    title: str
    body: str
    anchor: str


def document_sections(text: str) -> tuple[str, list[DocumentSection]]:
    """What stands before the first heading, and a section for each heading of the highest level used."""
    tokens = PARSER.parse(text)
    opening = [index for index, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0]
    highest = min((tokens[index].tag for index in opening), default="")
    heads = [
        (tokens[index].map or [0, 0], tokens[index + 1].children or [])
        for index in opening
        if tokens[index].tag == highest
    ]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")  # as the parser counts them
    starts = [place[0] for place, _ in heads] + [len(lines)]
    sections = [
        DocumentSection(
            title="".join(child.content for child in title if not child.nesting),
            body="\n".join(lines[place[1] : starts[number]]),
            anchor=f"section-{number}",
        )
        for number, (place, title) in enumerate(heads, start=1)
    ]
    return "\n".join(lines[: starts[0]]), sections
