"""What an answer holds: the records of a page, and what the next page is found by."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from connectors.rest.body import together
from connectors.rest.client import Answer
from connectors.rest.failures import AskAgainError
from connectors.text_rows import Reader, Record, UnreadableError, as_text, at_path, has_path, json_lines, read_json
from hedui.model.sources import Envelope, RestSource

_LARGEST: Final = 128 * 1024 * 1024  # of an answer that must be read whole
_AT_ONCE: Final = 4 * 1024 * 1024  # of lines: what is asked for again if it breaks off


@dataclass(frozen=True)
class Decoded:
    """The records of one answer, some at a time, and the page around them: None where lines have none."""

    pieces: Iterator[list[Record]]
    page: Any
    next_link: str


Decoding = Callable[[Answer], Decoded]


def decoding_of(source: RestSource, columns: Collection[str] = (), read: Reader = read_json) -> Decoding:
    """How the answers of a source are read; `columns` are what a record may be known by.

    The decoding raises UnreadableError or ValueError where an answer holds no records, AskAgainError where its envelope
    says that asking later helps.
    """
    made: Mapping[str, Callable[[Answer], Decoded]] = {
        "json": lambda answer: _json(source, read, answer),
        "json_lines": lambda answer: _lines(source, columns, read, answer),
        "ocds": lambda answer: _releases(source, read, answer),
    }
    return made[source.decoding]


def _json(source: RestSource, read: Reader, answer: Answer) -> Decoded:
    page = _page(source, read, answer)
    records = _objects(at_path(page, source.records), source.records)
    return Decoded(iter([records]), page, answer.next_link)


def _lines(source: RestSource, columns: Collection[str], read: Reader, answer: Answer) -> Decoded:
    """A JSON object a line. An envelope may come instead of the first."""
    pieces = json_lines(chain(_begun(answer), answer.content), read)
    records = next(pieces, [])
    if len(records) == 1 and not any(has_path(records[0], column) for column in columns):
        _open(source.envelope, records[0])
    return Decoded(chain([records], pieces), None, answer.next_link)


def _begun(answer: Answer) -> list[bytes]:
    """So much of the lines that most answers are whole."""
    chunks, length = [], 0
    for chunk in answer.content:
        chunks.append(chunk)
        if (length := length + len(chunk)) > _AT_ONCE:
            break
    if not answer.says_its_end:
        if not length:
            raise AskAgainError("sent an empty answer")
        raise UnreadableError("an answer of lines does not say its length, so that a lost end would not be seen")
    return chunks


def _releases(source: RestSource, read: Reader, answer: Answer) -> Decoded:
    """A release package of open contracting: one record for each element of the list at `records` in each release.

    Columns are paths from the release, in which the element stands where the list was: with `records: contracts`,
    `ocid`, `buyer.id`, `contracts.id`, `contracts.value.amount`. Lists within lists are followed: `awards.items`.
    """
    page = _page(source, read, answer)
    steps = source.records.split(".") if source.records else []
    records = [row for release in _objects(at_path(page, "releases"), "releases") for row in _elements(release, steps)]
    return Decoded(iter([records]), page, answer.next_link)


def _elements(value: Any, steps: list[str]) -> Iterator[Any]:
    """`value` once for each element of the list at `steps`, which stands in the list's place."""
    if not steps:
        yield value
        return
    if not isinstance(value, dict):
        raise UnreadableError("a release has another form than its standard gives it")
    within = value.get(steps[0])
    for one in within if isinstance(within, list) else [] if within is None else [within]:
        for element in _elements(one, steps[1:]):
            yield {**value, steps[0]: element}


def _page(source: RestSource, read: Reader, answer: Answer) -> Any:
    content = together(answer.content, _LARGEST)
    if not content:
        raise AskAgainError("sent an empty answer")
    page = read(content)
    _open(source.envelope, page)
    return page


def _open(envelope: Envelope, page: Any) -> None:
    """Raises where a page says that it is none."""
    code = as_text(at_path(page, envelope.code)) if isinstance(page, dict) else None
    if code is None or code in envelope.good:
        return
    if code in envelope.busy:
        raise AskAgainError(f"answered with the code {code:.20}")
    raise UnreadableError(f"the service answered with the error code {code:.20}")


def _objects(records: Any, path: str) -> list[Record]:
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise UnreadableError(f"a page has no list of records at `{path}`")
    return records
