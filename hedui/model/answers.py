"""What an agency may answer about a record that it was asked to mend: the choice in the list that it receives."""

from collections.abc import Mapping
from typing import Final, Literal

from hedui.model.declaration import Title

Answer = Literal["mended", "right", "not_ours", "unverifiable", "void"]

ANSWERS: Final[Mapping[Answer, Title]] = {
    "mended": Title(zh="已更正", en="Mended"),
    "right": Title(zh="确认无误", en="Right as it is"),
    "not_ours": Title(zh="非本单位", en="Not our record"),
    "unverifiable": Title(zh="无法核实", en="Cannot be verified"),
    "void": Title(zh="申请作废", en="Please discard"),
}

_BY_WORDS: Final[Mapping[str, Answer]] = {
    words: answer for answer, title in ANSWERS.items() for words in (title.zh, title.en.lower())
}


def answer_in(words: str) -> Answer | None:
    """The answer that a clerk chose, in either language; None where it is none of them."""
    return _BY_WORDS.get(words.strip().lower())
