"""`python -m tests.connectors.hostile > docs/hostile-agencies.md`: every accident we know, and how it ends."""

from collections.abc import Iterator
from itertools import groupby

from tests.connectors.hostile import ARRIVES, Case, database, files, rest, sealed

_KINDS = {
    "rest": "REST services, over HTTPS",
    "database": "Exchange databases: PostgreSQL and MariaDB",
    "file_drop": "Files: SFTP and folders",
    "sealed_drop": "Sealed packages",
}
_HEAD = """# Hostile agencies

Every way of delivering wrongly that we know, each played by a real server in `tests/connectors/hostile`, and how
reading ends: in an error of this class, with one line that quotes no row, within bounds of time and memory, and with
nothing of it accepted. This page is written by `python -m tests.connectors.hostile`; a test compares it.

What the classes mean, and which of them are tried again, stands in `hedui/model/errors.py`.
"""


def page() -> str:
    """The table of all cases, in Markdown."""
    return "\n".join([_HEAD, *_tables()]) + "\n"


def _tables() -> Iterator[str]:
    cases: list[Case] = [*rest.CASES, *database.CASES, *files.CASES, *sealed.CASES]
    for kind, some in groupby(cases, lambda case: case.kind):
        listed = list(some)
        refused = sum(case.outcome != ARRIVES for case in listed)
        yield f"## {_KINDS[kind]}\n\n{len(listed)} cases; {refused} are refused.\n"
        yield "| what it does | how it ends |\n|---|---|"
        yield from (f"| {_cell(case.title)} | {_end(case)} |" for case in listed)
        yield ""


def _end(case: Case) -> str:
    return (
        "arrives"
        if case.outcome == ARRIVES
        else f"{case.outcome}: … {_cell(case.says)} …"
        if case.says
        else case.outcome
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
