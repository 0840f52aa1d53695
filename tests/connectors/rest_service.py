"""A well-behaved service in every style that contracts name, with the habits of real ones."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hedui.model.credentials import Credentials
from hedui.model.sources import RestSource
from simulator.agencies.certificates import kept_certificate
from tests.connectors.hostile_service import Answer, Asked, serving

PATH = "/api/v1/deaths"
Row = dict[str, Any]


@dataclass
class Service:
    """`largest`: rows on a page at most, whatever is asked; `past`: what a page behind the last one is."""

    source: RestSource
    rows: list[Row]
    largest: int = 1_000
    past: str = "empty"  # 404, last
    packed: str = ""  # encoding, file
    door: Callable[[Asked], Answer | None] = lambda _: None
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self.door(asked) or self._page(asked)

    def _page(self, asked: Asked) -> Answer:
        at, size = self._place(asked), min(int(asked.query.get("size", 10**9)), self.largest)
        if at >= len(self.rows) and at and self.past == "404":
            return Answer(404, b"{}")
        if at >= len(self.rows) and at and self.past == "last":
            at = (len(self.rows) - 1) // size * size
        behind = at + size
        return self._written(self.rows[at:behind], behind if behind < len(self.rows) else None, asked)

    def _place(self, asked: Asked) -> int:
        paging, query = self.source.paging, asked.query
        if paging.by == "page":
            size = min(int(query["size"]), self.largest)
            return (int(query[paging.parameter]) - paging.first) * size
        if paging.by == "offset":
            return int(query[paging.parameter])
        return int(query.get("cursor" if paging.by == "cursor" else "from_row", "0"))

    def _written(self, rows: list[Row], behind: int | None, asked: Asked) -> Answer:
        paging, headers = self.source.paging, {"Content-Type": "application/json"}
        named: Any = behind and str(behind)
        if paging.by == "link" and behind:
            named = f"{PATH}?from_row={behind}&size={asked.query['size']}&of=张"
            if not paging.next:
                headers["Link"] = f'<{PATH}?size=1>; rel="prev", <{named.replace("张", "%E5%BC%A0")}>; rel="next"'
        content = self._decoded(rows, named)
        if self.packed:
            content = gzip.compress(content)
            headers |= {"Content-Encoding": "gzip"} if self.packed == "encoding" else {}
            headers |= {"Content-Type": "application/gzip"} if self.packed == "file" else {}
        return Answer(200, content, headers)

    def _decoded(self, rows: list[Row], named: str | None) -> bytes:
        if self.source.decoding == "json_lines":
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        if self.source.decoding == "ocds":
            releases = [{"ocid": row["id"], "date": "2026-06-21", "lots": [row]} for row in rows]
            return json.dumps({"version": "1.1", "releases": releases, "next": named}).encode()
        return json.dumps({"code": 0, "data": rows, "next": named}).encode()


@contextmanager
def running(folder: Path, service: Service) -> Iterator[Credentials]:
    with serving(kept_certificate(folder), service) as credentials:
        yield credentials
