from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Look:
    """How one field is shown, where plain Django has no word for it. All of it is optional."""

    heading: bool = False  # the label or legend is the page's only h1
    size: str | None = None  # of the label: "s" "m" "l" "xl", "" for plain; heading makes it "l"
    hidden_label: bool = False  # heard, not seen
    width: int | str = ""  # 2 3 4 5 10 20 30 characters, or "one-third" "one-half" "two-thirds" of the column
    rows: int = 5  # of a textarea
    prefix: str = ""
    suffix: str = ""
    autocomplete: str = ""  # "given-name", "organization", "off" … (WCAG 1.3.5)
    inputmode: str = ""
    spellcheck: bool | None = None
    attrs: Mapping[str, str] = field(default_factory=dict)  # any other attribute of the control
    optional: bool = True  # False keeps "(optional)" from the label of a field that is not required
    # Radios and checkboxes; every key is a choice's value
    inline: bool = False
    small: bool = False
    hints: Mapping[str, str] = field(default_factory=dict)
    conditional: Mapping[str, str | Sequence[str]] = field(default_factory=dict)  # value: names of fields it reveals
    divider: str = ""  # the choice that has an "or" before it
    exclusive: str = ""  # the "None of these" of checkboxes; it has an "or" before it too

    def revealed(self, value: str) -> list[str]:
        names = self.conditional.get(value, ())
        return [names] if isinstance(names, str) else list(names)

    @property
    def all_revealed(self) -> list[str]:
        return [name for value in self.conditional for name in self.revealed(value)]
