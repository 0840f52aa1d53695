"""How a dataset is delivered: the options of each connector kind, as a contract states them."""

from typing import Annotated, Literal

from pydantic import Field

from hedui.model.declaration import Declared


class RestSource(Declared):
    """HTTPS with JSON pages that point to the next one."""

    kind: Literal["rest"]
    path: str = Field(description="below the connection's host, e.g. /api/v1/deaths")
    records: str = Field(description="dotted path to the list of records in a page")
    next_cursor: str = Field(description="dotted path to the cursor of the next page; absent or null ends the paging")
    cursor_parameter: str = "cursor"
    from_parameter: str = "updatedFrom"
    to_parameter: str = "updatedTo"
    page_size: int = Field(default=1000, ge=1)
    size_parameter: str = "size"
    signing: Literal["none", "hmac_sha256"] = "none"


class DatabaseSource(Declared):
    """A table or view of a front-end exchange database, read by any SQLAlchemy dialect."""

    kind: Literal["database"]
    table: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$")
    fetch_rows: int = Field(default=50_000, ge=1)


class FileDropSource(Declared):
    """Files by SFTP; a control file per delivery names its parts with row counts and SHA-256 digests."""

    kind: Literal["file_drop"]
    folder: str
    control: str = Field(description="name of the control file with {date}, e.g. public_employees_{date}.ctl")
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    format: Literal["csv", "xlsx"] = Field(default="csv", description="xlsx: the first sheet that is not hidden")
    packing: Literal["none", "zip"] = Field(default="none", description="zip: each part is an archive of one file")
    title_rows: int = Field(default=0, ge=0, description="rows above the header that are no data")
    total_marks: tuple[str, ...] = Field(
        default=(), description="a row whose first filled cell is one of these sums up others and is no record"
    )


class SealedDropSource(Declared):
    """Signed, encrypted, numbered packages that arrive one way in a folder."""

    kind: Literal["sealed_drop"]
    sender: str = Field(description="the name the packages carry as their sender")


Source = Annotated[RestSource | DatabaseSource | FileDropSource | SealedDropSource, Field(discriminator="kind")]
