"""How a dataset is delivered: the options of each connector kind, as a contract states them.

Paging, authentication, signing, transport and decoding are named apart from each other, and any goes with any.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hedui.model.declaration import Declared


class CursorPages(Declared):
    """Each page names the cursor of the next; absent, null or empty ends the paging."""

    by: Literal["cursor"]
    next: str = Field(description="dotted path to the next cursor in a page")
    parameter: str = "cursor"


class NumberedPages(Declared):
    """Pages are asked for by number until one is empty: a short one may be all that the agency gives at once."""

    by: Literal["page"]
    parameter: str = "page"
    first: int = Field(default=1, ge=0)


class OffsetPages(Declared):
    """Records are asked for from an offset until a page is empty."""

    by: Literal["offset"]
    parameter: str = "offset"


class LinkedPages(Declared):
    """Each page names the address of the next, in itself or in the header `Link: <…>; rel="next"`."""

    by: Literal["link"]
    next: str = Field(default="", description="dotted path to the address; empty: the header")


class OnePage(Declared):
    """Everything comes in one answer."""

    by: Literal["none"]


Paging = Annotated[CursorPages | NumberedPages | OffsetPages | LinkedPages | OnePage, Field(discriminator="by")]


class Envelope(Declared):
    """An answer that says inside a 200 whether it is one."""

    code: str = Field(default="code", description="dotted path to the code; a page without one is good")
    good: tuple[str, ...] = ("0",)
    busy: tuple[str, ...] = Field(default=(), description="codes after which asking again later helps")


class RestSource(Declared):
    """HTTPS, page after page."""

    kind: Literal["rest"]
    path: str = Field(description="below the connection's host, e.g. /api/v1/deaths")
    decoding: Literal["json", "json_lines", "ocds"] = Field(
        default="json",
        description="ocds: release packages of open contracting; `records` is then a path in a release, and so are the "
        "names of fields: ocid, contracts.id where `records` is contracts",
    )
    records: str = Field(default="", description="dotted path to the list of records in a page; empty: the page is it")
    paging: Paging
    page_size: int = Field(default=1000, ge=1)
    size_parameter: str = "size"
    from_parameter: str = "updatedFrom"
    to_parameter: str = "updatedTo"
    moments: Literal["iso", "date", "epoch_seconds", "epoch_milliseconds"] = Field(
        default="iso", description="how the bounds of the interval are written"
    )
    authentication: Literal["none", "token", "client_credentials", "static_key"] = "token"
    signing: Literal["none", "hmac_sha256", "hmac_sm3"] = "none"
    envelope: Envelope = Envelope()
    calls_a_second: float | None = Field(default=None, gt=0, description="how many calls the agency bears")

    @model_validator(mode="after")
    def _a_place_that_names_the_next_page(self) -> Self:
        if self.decoding == "json_lines" and getattr(self.paging, "next", ""):
            raise ValueError("between lines nothing can name the next page: let the header do it, or count")
        return self


class DatabaseSource(Declared):
    """A table or view of a front-end exchange database, read by any SQLAlchemy dialect."""

    kind: Literal["database"]
    table: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$")
    fetch_rows: int = Field(default=50_000, ge=1)
    slice_hours: float | None = Field(
        default=None, gt=0, description="read the interval in slices of the cursor, for servers that sort badly"
    )


class FileDropSource(Declared):
    """Files in a folder of the agency's, each delivery with a control file that names its parts, or by their names."""

    kind: Literal["file_drop"]
    transport: Literal["sftp", "folder", "object_storage"] = "sftp"
    folder: str
    control: str = Field(default="", description="name of the control file with {date}, e.g. payroll_{date}.ctl")
    files: str = Field(default="", description="without control files: names with {date}, `*` for what differs")
    digest: Literal["sha256", "md5", "sm3", "none"] = Field(default="sha256", description="of the control file")
    settled_seconds: int = Field(
        default=60, ge=0, description="without control files: a file is whole once it is unchanged for so long"
    )
    format: Literal["csv", "json_lines", "xlsx", "xls", "parquet"] = "csv"
    packing: Literal["none", "zip", "gzip"] = Field(default="none", description="zip: each part holds one file")
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    sheet: str = Field(default="", description="name of the sheet; empty: the first that is not hidden")
    title_rows: int = Field(default=0, ge=0, description="rows above the header that are no data")
    merged: Literal["leave", "fill"] = Field(
        default="leave", description="fill: each row of merged cells gets the value that they show"
    )
    total_marks: tuple[str, ...] = Field(
        default=(), description="a row whose first filled cell is one of these sums up others and is no record"
    )
    archive: str = Field(default="", description="folder for what has been taken in; empty: it is left in place")

    @model_validator(mode="after")
    def _one_way_to_know_what_is_there(self) -> Self:
        if bool(self.control) == bool(self.files):
            raise ValueError("say either `control` or `files`")
        if (pattern := self.control or self.files).count("{date}") != 1:
            raise ValueError(f"`{pattern}` names no {{date}}, or several")
        return self


class SealedDropSource(Declared):
    """Signed, encrypted, numbered packages that arrive one way in a folder."""

    kind: Literal["sealed_drop"]
    sender: str = Field(description="the name the packages carry as their sender")
    largest_mib: int = Field(default=1024, ge=1, description="what a package may hold at most once it is open")


Source = Annotated[RestSource | DatabaseSource | FileDropSource | SealedDropSource, Field(discriminator="kind")]
