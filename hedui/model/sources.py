"""How a dataset is delivered: the options of each connector kind, as a contract states them.

Paging, authentication, signing, transport and decoding are named apart from each other, and any goes with any.
"""

import codecs
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from hedui.model.declaration import Declared


class CursorPages(Declared):
    """Each page names the cursor of the next; absent, null or empty ends the paging."""

    by: Literal["cursor"] = Field(description="cursor: each page names the next one's")
    next: str = Field(description="dotted path to the next cursor in a page")
    parameter: str = Field(default="cursor", description="what a request calls it")


class NumberedPages(Declared):
    """Pages are asked for by number until one is empty: a short one may be all that the agency gives at once."""

    by: Literal["page"] = Field(description="page: pages are numbered")
    parameter: str = Field(default="page", description="what a request calls the number")
    first: int = Field(default=1, ge=0, description="the number of the first page")


class OffsetPages(Declared):
    """Records are asked for from an offset until a page is empty."""

    by: Literal["offset"] = Field(description="offset: records are counted")
    parameter: str = Field(default="offset", description="what a request calls the count")


class LinkedPages(Declared):
    """Each page names the address of the next, in itself or in the header `Link: <…>; rel="next"`."""

    by: Literal["link"] = Field(description="link: each page names the address of the next")
    next: str = Field(default="", description="dotted path to the address; empty: the header")


class OnePage(Declared):
    """Everything comes in one answer."""

    by: Literal["none"] = Field(description="none: there is one page")


Paging = Annotated[CursorPages | NumberedPages | OffsetPages | LinkedPages | OnePage, Field(discriminator="by")]


class Envelope(Declared):
    """An answer that says inside a 200 whether it is one."""

    code: str = Field(default="code", description="dotted path to the code; a page without one is good")
    good: tuple[str, ...] = Field(default=("0",), description="codes of an answer that holds what was asked for")
    busy: tuple[str, ...] = Field(default=(), description="codes after which asking again later helps")


class RestSource(Declared):
    """HTTPS, page after page."""

    kind: Literal["rest"] = Field(description="rest: HTTPS, page after page")
    path: str = Field(description="below the connection's host, e.g. /api/v1/deaths")
    decoding: Literal["json", "json_lines", "ocds"] = Field(
        default="json",
        description="ocds: release packages of open contracting; `records` is then a path in a release, and so are the "
        "names of fields: ocid, contracts.id where `records` is contracts",
    )
    records: str = Field(default="", description="dotted path to the list of records in a page; empty: the page is it")
    paging: Paging = Field(description="how pages follow each other")
    page_size: int = Field(default=1000, ge=1, description="records asked for at once")
    size_parameter: str = Field(default="size", description="what a request calls that number")
    from_parameter: str = Field(default="updatedFrom", description="what a request calls the interval's first moment")
    to_parameter: str = Field(default="updatedTo", description="what a request calls the first moment after it")
    moments: Literal["iso", "date", "epoch_seconds", "epoch_milliseconds"] = Field(
        default="iso", description="how the bounds of the interval are written"
    )
    authentication: Literal["none", "token", "client_credentials", "static_key"] = Field(
        default="token", description="how we show who we are: a token given once, one asked for (OAuth 2), or a key"
    )
    signing: Literal["none", "hmac_sha256", "hmac_sm3"] = Field(
        default="none", description="which signature each request carries, with time and nonce"
    )
    envelope: Envelope = Field(default=Envelope(), description="where an answer says inside a 200 whether it is one")
    calls_a_second: float | None = Field(default=None, gt=0, description="how many calls the agency bears")

    @model_validator(mode="after")
    def _a_place_that_names_the_next_page(self) -> Self:
        named = isinstance(self.paging, CursorPages | LinkedPages) and self.paging.next
        if self.decoding == "json_lines" and named:
            raise ValueError("between lines nothing can name the next page: let the header do it, or count")
        return self


class DatabaseSource(Declared):
    """A table or view of a front-end exchange database, read by any SQLAlchemy dialect."""

    kind: Literal["database"] = Field(description="database: a table or view of an exchange database")
    table: str = Field(
        description="schema.table, or the table alone", pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$"
    )
    fetch_rows: int = Field(default=50_000, ge=1, description="rows held in memory at once")
    slice_hours: float | None = Field(
        default=None, gt=0, description="read the interval in slices of the cursor, for servers that sort badly"
    )


class FileDropSource(Declared):
    """Files in a folder of the agency's, each delivery with a control file that names its parts, or by their names."""

    kind: Literal["file_drop"] = Field(description="file_drop: files in a folder")
    transport: Literal["sftp", "folder", "object_storage"] = Field(default="sftp", description="how it is reached")
    folder: str = Field(description="the dataset's folder, e.g. /outbox/payroll")
    control: str = Field(default="", description="name of the control file with {date}, e.g. payroll_{date}.ctl")
    files: str = Field(default="", description="without control files: names with {date}, `*` for what differs")
    may_be_absent: bool = Field(
        default=False, description="without a file of an interval nothing was delivered; else one is waited for"
    )
    digest: Literal["sha256", "md5", "sm3", "none"] = Field(default="sha256", description="of the control file")
    settled_seconds: int = Field(
        default=60, ge=0, description="without control files: a file is whole once it is unchanged for so long"
    )
    format: Literal["csv", "json_lines", "xlsx", "xls", "parquet"] = Field(default="csv", description="of each file")
    packing: Literal["none", "zip", "gzip"] = Field(default="none", description="zip: each part holds one file")
    encoding: str = Field(default="utf-8", description="of text, e.g. gb18030")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="between the values of a line")
    sheet: str = Field(default="", description="name of the sheet; empty: the first that is not hidden")
    title_rows: int = Field(default=0, ge=0, description="rows above the header that are no data")
    merged: Literal["leave", "fill"] = Field(
        default="leave", description="fill: each row of merged cells gets the value that they show"
    )
    total_marks: tuple[str, ...] = Field(
        default=(), description="a row whose first filled cell is one of these sums up others and is no record"
    )
    archive: str = Field(default="", description="folder for what has been taken in; empty: it is left in place")

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ValueError(f"`{encoding}` is no encoding: utf-8, gb18030 and utf-16 are") from None
        return encoding

    @model_validator(mode="after")
    def _one_way_to_know_what_is_there(self) -> Self:
        if bool(self.control) == bool(self.files):
            raise ValueError("say either `control` or `files`")
        if self.may_be_absent and self.control:
            raise ValueError("a control file is there in any case: `may_be_absent` goes with `files`")
        if (pattern := self.control or self.files).count("{date}") != 1:
            raise ValueError(f"`{pattern}` names no {{date}}, or several")
        return self


class SealedDropSource(Declared):
    """Signed, encrypted, numbered packages that arrive one way in a folder."""

    kind: Literal["sealed_drop"] = Field(description="sealed_drop: packages through a one-way gateway")
    sender: str = Field(description="the name the packages carry as their sender")
    largest_mib: int = Field(default=1024, ge=1, description="what a package may hold at most once it is open")


Source = Annotated[RestSource | DatabaseSource | FileDropSource | SealedDropSource, Field(discriminator="kind")]
