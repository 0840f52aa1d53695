"""Everything is delivered once, and all tests look at it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from hedui.embedded import EmbeddedPostgres
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from tests.connectors.file_agency import embedded_sftp
from tests.seeded.agency import PAYMENTS, UNITS, declare
from tests.seeded.seeds import AMOUNTS, PEOPLE, SEEDS, rows_of
from tests.seeded.site import NAMES, PLAIN, RIGHT_PAYMENT, RIGHT_UNIT, Site, Told


@pytest.fixture(scope="module")
def site(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("seeded")
    (home / "outbox").mkdir()
    (home / "divisions.csv").write_text(
        "".join(f"{code},{name}\n" for code, name in [("代码", "名称"), *NAMES.items()])
    )
    declare(home)
    urls = {purpose: postgres.url(f"{home.name}_{purpose}") for purpose in ("ledger", "catalog", "door")}
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("HEDUI_CONTRACTS", str(home / "contracts"))
        patch.setenv("HEDUI_EXPECTATIONS", str(home / "expectations"))
        patch.setenv("HEDUI_DIVISIONS", str(home / "divisions.csv"))
        # No rule reads what this agency shares.
        patch.setattr("hedui.pipeline.extracting.refuse_unneeded", lambda dataset: None)
        credentials = stack.enter_context(embedded_sftp(home / "outbox"))
        pipeline = stack.enter_context(Pipeline.open(Settings(home / "home", urls, home / "connections.json")))
        yield Site(pipeline, home / "outbox", credentials)


@pytest.fixture(scope="module")
def told(site: Site) -> dict[str, Told]:
    """By dataset; the units come first, for the payments to refer to."""
    units = site.run(UNITS, {"units.csv": rows_of(SEEDS[UNITS], "U", RIGHT_UNIT, PLAIN)})
    for day in range(1, 6):
        site.earlier(day)
    first = rows_of(PEOPLE, "A", RIGHT_PAYMENT, PLAIN)
    second = rows_of(AMOUNTS, "B", {**RIGHT_PAYMENT, "township": "620103001"}, PLAIN)
    return {UNITS: units, PAYMENTS: site.run(PAYMENTS, {"payments_1.xlsx": first, "payments_2.xlsx": second})}
