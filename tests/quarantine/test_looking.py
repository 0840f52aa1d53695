"""What people see of held rows: counts and places, one row masked, in clear only for a reason; never a name."""

import json

import pytest
from typer.testing import CliRunner, Result

from hedui.cli import app
from hedui.model.facts import Said
from hedui.pipeline import Pipeline
from tests.quarantine.site import NAME, ROUND, Row, Site
from tests.quarantine.test_replaying import actions

SECRETS = ("马秀英", "110105", "GZ2026070117")


@pytest.fixture
def held(site: Site, monkeypatch: pytest.MonkeyPatch) -> str:
    """A batch of which two rows are held; the command works on the same site."""
    monkeypatch.setenv("HEDUI_HOME", str(site.stores.settings.home))
    for purpose, url in site.stores.settings.database_urls.items():
        monkeypatch.setenv(f"HEDUI_DATABASE_URL_{purpose.upper()}", url)
    return site.deliver(1, Row("GZ2026070117", 100, person=ROUND, name="马秀英"), Row("b", 1), Row("c", 100))


def hedui(*words: str) -> Result:
    return CliRunner().invoke(app, ["quarantine", *words], catch_exceptions=False)


def lines(*words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in hedui(*words, "--format", "json").stdout.splitlines()]


def test_rows_are_counted_by_batch_office_and_fault(held: str) -> None:
    counted = [(one["batch"], one["region"], one["field"], one["rows"]) for one in lines("list")]
    assert counted == [(held, "620102", "person", 1), (held, "620102", "value", 2)]
    assert [one["field"] for one in lines("list", "--finding", "expect_column_values_to_be_between")] == ["value"]
    assert lines("list", "--region", "620103") == lines("list", "--state", "discarded") == []
    assert [(one["row"], one["position"]) for one in lines("list", "--rows", "--dataset", NAME)] == [(0, 4), (2, 6)]


def test_a_row_is_shown_masked(held: str) -> None:
    for words in (["list"], ["list", "--rows"], ["show", held, "0"]):
        for output in ("table", "json"):
            said = hedui(*words, "--format", output).stdout
            assert said.strip() and not any(secret in said for secret in (*SECRETS[:1], ROUND, SECRETS[2]))
    (shown,) = lines("show", held, "0")
    assert shown["values"]["amount"] == "100"  # type: ignore[index]


def test_in_clear_for_a_reason_but_never_a_name(site: Site, held: str) -> None:
    assert hedui("show", held, "0", "--clear").exit_code == 2
    (shown,) = lines("show", held, "0", "--clear", "--by", "李明", "--reason", "电话核对")
    assert shown["values"]["idno"] == ROUND  # type: ignore[index]
    assert "马秀英" not in json.dumps(shown, ensure_ascii=False)
    assert ("held row shown", "李明") in actions(site)


def test_rows_are_confirmed_and_discarded_by_hand(site: Site, held: str) -> None:
    assert hedui("discard", held, "--by", "李明", "--reason", "重复报送").exit_code == 2
    assert "1 rows" in hedui("discard", held, "--row", "2", "--by", "李明", "--reason", "重复报送").stdout
    (done,) = lines("confirm", NAME, "--record", "GZ2026070117", "--by", "李明", "--reason", "与原件核对")
    assert (done["replayed"], done["still_held"]) == (0, 1)
    assert [one["field"] for one in lines("list")] == ["value"]
    assert lines("replay", "--dataset", NAME)[0]["still_held"] == 1
    with Pipeline.open(site.stores.settings) as pipeline:
        assert pipeline.held_row(held, 2, in_clear=Said("李明", "核对")).state == "discarded"
