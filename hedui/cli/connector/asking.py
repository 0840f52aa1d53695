"""Questions for what the command line did not say of a new dataset."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import typer

from hedui.cli.connector.words import Words, at, described, put
from hedui.model.errors import DeclarationInvalid

# Of each kind, the words that have to be said, and those that seldom are what they are by default.
SOURCE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "database": ("table",),
    "file_drop": ("transport", "folder", "control", "files", "format", "encoding"),
    "rest": ("path", "records", "paging.by", "paging.next", "authentication", "signing"),
    "sealed_drop": ("sender",),
}
# Before these it helps to see what there is.
_LISTED: Final = ("table", "control")
_DEFAULTS: Final = {
    "source.transport": "sftp",
    "source.format": "csv",
    "source.encoding": "utf-8",
    "source.authentication": "token",
    "source.signing": "none",
    "source.paging.by": "cursor",
    "source.records": "",
    "source.control": "",
    "schedule.cron": "0 0 * * *",
}
_ABOUT: Final = {
    "source.kind": f"How is it delivered ({', '.join(SOURCE_WORDS)})",
    "source.control": "Name of the control file, with {date}; empty: there is none",
    "source.files": "Names of the files, with {date}",
    "source.records": "Where the records stand in a page, e.g. data.items; empty: the page is the list",
    "source.paging.by": "How pages follow each other (cursor, page, offset, link, none)",
    "source.paging.next": "Where a page names the next, e.g. data.nextCursor",
    "title.zh": "What the dataset is called in Chinese",
    "title.en": "What the dataset is called in English",
    "legal_basis.zh": "Legal basis, in Chinese",
    "legal_basis.en": "Legal basis, in English",
    "programme": "Programme, within which it may be joined",
    "schedule.cron": "When an interval ends, as cron",
    "agency.title.zh": "The agency in Chinese",
    "agency.title.en": "The agency in English",
    "agency.office.title.zh": "The office that answers for its data, in Chinese",
    "agency.office.title.en": "The same in English",
    "agency.office.telephone": "Its telephone",
}
_AGENCY: Final = ("title.zh", "title.en", "office.title.zh", "office.title.en", "office.telephone")
_DATASET: Final = ("title.zh", "title.en", "legal_basis.zh", "legal_basis.en", "programme", "schedule.cron")


class Answers:
    """The words of a new dataset: those that were said, then answers, or defaults where nothing is asked."""

    def __init__(self, name: str, words: Words, ask: bool) -> None:
        self.name, self.words, self._ask = name, words, ask
        self._missing: list[str] = []

    def source(self, choices: Callable[[], Sequence[str]]) -> None:
        """The kind of source and its words; `choices` lists what the agency has to choose from."""
        kind = str(self.of("source.kind"))
        for word in SOURCE_WORDS.get(kind, ()):
            if not self._spoken_for(word):
                if word in _LISTED and self._ask and at(self.words, f"source.{word}") is None:
                    _list(choices())
                self.of(f"source.{word}")
        self.complete()

    def people_s_words(self, agency_is_known: bool, programmes: Sequence[str]) -> None:
        """What no source can tell: titles, law, office, time."""
        agency, _, dataset = self.name.partition(".")
        defaults = {"programme": next(iter(programmes), ""), "title.en": _spoken(dataset)}
        if not agency_is_known:
            defaults |= {"agency.title.en": _spoken(agency)}
            for word in _AGENCY:
                said = at(self.words, f"agency.{word.removeprefix('office.')}")
                self.of(f"agency.{word}", defaults.get(f"agency.{word}") or (said if "office" in word else None))
        for word in _DATASET:
            self.of(word, defaults.get(word))
        self.complete()

    def of(self, path: str, default: Any = None) -> Any:
        """One word: said before, or asked for, or its default; noted as missing where there is none."""
        said, default = at(self.words, path), default if default is not None else _DEFAULTS.get(path)
        if said is None and self._ask:
            about = _ABOUT.get(path) or f"{path} ({described(path, self.words)})"
            said = typer.prompt(about, default=default, show_default=default != "", err=True)
        if said is None:
            said = default
        if said is None:
            self._missing.append(path)
        elif said != "" or path not in _DEFAULTS:
            put(self.words, path, said)
        return said

    def complete(self) -> None:
        """Raises DeclarationInvalid with all that nobody said."""
        if self._missing:
            said = ", ".join(self._missing)
            raise DeclarationInvalid(
                self.name, f"not said: {said}", f"Say it with --set, e.g. --set {self._missing[0]}=…"
            )

    def _spoken_for(self, word: str) -> bool:
        """Whether another word makes this one needless."""
        source = self.words.get("source", {})
        if word == "paging.next":
            return at(source, "paging.by") not in ("cursor",)
        if word in ("control", "files"):
            return bool(source.get("control") or source.get("files")) or (word == "control" and not self._ask)
        return False


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _list(choices: Sequence[str]) -> None:
    if choices:
        typer.echo("\n".join(["There are:", *(f"  {choice}" for choice in choices)]), err=True)
