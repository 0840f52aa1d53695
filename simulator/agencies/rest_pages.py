"""The pages of a service, turned and written in the way that the contract states."""

import base64
import json
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from hedui.model.contract import Dataset
from hedui.model.sources import NumberedPages, RestSource
from simulator.agencies import feed

LARGEST_PAGE: Final = 1_000
Row = dict[str, Any]


class Shelf:
    """The rows of a dataset in the order they were changed."""

    def __init__(self, dataset: Dataset, rows: pa.Table) -> None:
        if not isinstance(dataset.source, RestSource):
            raise TypeError(f"{dataset.full_name} is not delivered by REST")
        self.source = dataset.source
        self._amounts = {field.source for field in dataset.fields.values() if field.type == "decimal"}
        self._times = feed.microseconds(rows[feed.CHANGED_AT])
        self._rows = rows.drop_columns(feed.CHANGED_AT)

    def page(self, request: Request) -> Response:
        """What is asked for. Raises KeyError or ValueError where that makes no sense."""
        asked, source = request.query_params, self.source
        bounds = [datetime.fromisoformat(asked[name]) for name in (source.from_parameter, source.to_parameter)]
        first, behind = np.searchsorted(self._times, [feed.moment(bound) for bound in bounds]).tolist()
        size = _size(asked[source.size_parameter])
        if isinstance(source.paging, NumberedPages):
            at = min(first + (int(asked[source.paging.parameter]) - source.paging.first) * size, behind)
        else:
            at = _place(asked["cursor"]) if "cursor" in asked else first
        if not first <= at <= behind:
            raise ValueError("the cursor is of another query")
        after = min(at + size, behind)
        rows = self._rows.slice(at, after - at).to_pylist()
        return self._written(rows, _cursor(after) if after < behind else None, request)

    def _written(self, rows: list[Row], cursor: str | None, request: Request) -> Response:
        if self.source.decoding == "json_lines":
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            return Response(lines, media_type="application/x-ndjson")
        if self.source.decoding == "json":
            return JSONResponse({"code": 0, "data": {"items": rows, "nextCursor": cursor}})
        numbered = [{name: _number(row[name]) if name in self._amounts else row[name] for name in row} for row in rows]
        following = str(request.url.include_query_params(cursor=cursor)) if cursor else None
        package = {"version": "1.1", "releases": releases(numbered, self.source.records), "links": {"next": following}}
        return JSONResponse(package)


def releases(rows: list[Row], records: str) -> list[Row]:
    """Releases of open contracting from flat rows: those that agree in all but the list at `records` are of one."""
    within = f"{records}."

    def outside(row: Row) -> list[tuple[str, Any]]:
        return [(path, value) for path, value in row.items() if not path.startswith(within)]

    made = []
    for around, some in groupby(rows, key=outside):
        elements = [
            _nested([(path.removeprefix(within), value) for path, value in row.items() if path.startswith(within)])
            for row in some
        ]
        made.append(_nested([*around, (records, elements)]))
    return made


def _nested(paths: list[tuple[str, Any]]) -> Row:
    """What stands at dotted paths; where a step is a 0, a list of one."""
    top: Row = {}
    for path, value in paths:
        steps, into = path.split("."), cast(Any, top)
        for step, following in pairwise(steps):
            into = into[0] if step == "0" else into.setdefault(step, [{}] if following == "0" else {})
        into[steps[-1]] = value
    return top


def _number(text: str | None) -> float | str | None:
    """An amount as services write it; what a clerk made of it stays text."""
    try:
        return float(text) if text else text
    except ValueError:
        return text


def _size(text: str) -> int:
    size = int(text)
    if not 1 <= size <= LARGEST_PAGE:
        raise ValueError("no such page size")
    return size


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"after:{place}".encode()).decode()


def _place(cursor: str) -> int:
    return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after:"))
