"""What is sent in these tests: a page, a workbook and a letter that nobody may see on the way."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from hedui.channels import Sending
from hedui.model.errors import HeduiError
from hedui.model.facts import Document

PAGE = Document("health__settlements-20260630-report.html", "text/html", "<p>需要更正</p>".encode())
LIST = Document("health__settlements-20260630-records.xlsx", "application/vnd.ms-excel", bytes(range(256)) * 400)
SENDING = Sending(
    agency="health",
    reference="civil_affairs__disability_subsidy-20260630-1a2b3c4d5e6f",
    language="zh",
    subject="数据校验报告：医保结算",
    text="收到 3 行。\n<b>不是标记",
    documents=(PAGE, LIST),
)
NOTICE = replace(SENDING, documents=())

Fails = Callable[[type[HeduiError], str], AbstractContextManager[None]]


@pytest.fixture
def fails() -> Fails:
    """Sending fails with this error, in one line that gives nothing away."""

    @contextmanager
    def failing(kind: type[HeduiError], says: str) -> Iterator[None]:
        with pytest.raises(kind, match=says) as caught:
            yield
        told = str(caught.value)
        assert type(caught.value) is kind
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        assert caught.value.where == "health"
        assert "\n" not in told
        for secret in ("@", "更正", "医保", "S3cret", "said by the server"):
            assert secret not in told

    return failing
