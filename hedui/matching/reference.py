"""Reference tables beside a rule's query: CSV files whose columns are text."""

import io

import pyarrow as pa
from pyarrow import csv

from hedui.model.errors import DeclarationInvalid


def reference_table(where: str, text: str) -> pa.Table:
    """The table that a CSV file holds. Raises DeclarationInvalid; such files hold no personal data, so it may quote."""
    content = text.encode()
    try:
        columns = csv.open_csv(io.BytesIO(content)).schema.names
        as_text = csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()))
        return csv.read_csv(io.BytesIO(content), convert_options=as_text)
    except pa.ArrowInvalid as error:
        raise DeclarationInvalid(where, str(error).splitlines()[0], "Mend the table") from None
