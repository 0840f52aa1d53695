"""The files of a new dataset, written where the shelves will find them: all of them, or none."""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Self

from hedui import shelves
from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import read_declaration
from hedui.model.errors import DeclarationInvalid
from hedui.proposing.contract_text import agency_text, dataset_text, in_agency
from hedui.proposing.invented import invented
from hedui.proposing.profile import Profile
from hedui.proposing.proposal import Proposal
from hedui.proposing.suite import suite
from hedui.proposing.told import by_sample

_LONGEST: Final = 30  # days that a test reads


@dataclass(frozen=True)
class Places:
    """The folders of contracts, suites, samples and tests."""

    contracts: Path
    expectations: Path
    samples: Path
    tests: Path

    @classmethod
    def below(cls, folder: Path) -> Self:
        return cls(*(folder / name for name in ("contracts", "expectations", "samples", "tests")))

    @classmethod
    def of_site(cls, environment: Mapping[str, str] = os.environ) -> Self | None:
        """Where the settings say that a site keeps its own; samples and tests stand beside the contracts."""
        contracts, expectations = (
            environment.get(f"HEDUI_{name}", "").split(os.pathsep)[0] for name in ("CONTRACTS", "EXPECTATIONS")
        )
        if not contracts or not expectations:
            return None
        beside = Path(contracts).parent
        return cls(Path(contracts), Path(expectations), beside / "samples", beside / "tests")


def written(places: Places, agency: Agency, dataset: Dataset, found: Proposal) -> list[Path]:
    """Write contract, suite, sample and test; return their files. An agency on the shelf keeps its file.

    Raises DeclarationInvalid where one is there already, or would not be read as it was meant.
    """
    known = agency.agency in shelves.agencies()
    contract = shelves.contract_file(agency.agency) if known else places.contracts / f"{agency.agency}.yaml"
    texts = {
        places.expectations / dataset.agency / f"{dataset.name}.json": _suite_text(dataset, found.profiles),
        places.samples / f"{dataset.full_name}.csv": _sample_text(dataset, found.profiles),
        places.tests / f"test_{dataset.table}.py": _test_text(dataset, found.days),
    }
    _refuse_others(dataset, texts if known else (*texts, contract))
    own = dataset_text(dataset, found.profiles)
    _write_contract(
        contract, in_agency(contract.read_text("utf-8"), own) if known else agency_text(agency, own), dataset
    )
    if not known:
        texts[places.contracts / "contract.schema.json"] = _schema_text()
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return [contract, *texts]


def _refuse_others(dataset: Dataset, files: Iterable[Path]) -> None:
    for file in files:
        if file.exists():
            raise DeclarationInvalid(
                dataset.full_name, f"there is a file {file.parent.name}/{file.name}", "Remove it, or use another name"
            )


def _write_contract(file: Path, text: str, dataset: Dataset) -> None:
    """Take the place of the file only with what reads as the same dataset."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(text, encoding="utf-8")
    try:
        read = read_declaration(draft, Agency).datasets.get(dataset.name)
        if read != dataset:
            raise DeclarationInvalid(
                dataset.full_name, "the file of the agency is of an unusual form", "Add what `discover` prints by hand"
            )
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _suite_text(dataset: Dataset, profiles: Mapping[str, Profile]) -> str:
    told = {name: by_sample(profile) for name, profile in profiles.items()}
    return json.dumps(suite(dataset, told), ensure_ascii=False, indent=2) + "\n"


def _sample_text(dataset: Dataset, profiles: Mapping[str, Profile]) -> str:
    rows, out = invented(dataset, profiles), io.StringIO(newline="")
    lines = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    return out.getvalue()


def _test_text(dataset: Dataset, days: tuple[date, date] | None) -> str:
    first, last = days or (date(2026, 1, 1), date(2026, 1, 31))
    end = min(max(last + timedelta(days=1), first + timedelta(days=2)), first + timedelta(days=_LONGEST))
    return f'''"""The source keeps what every connector promises. The connection comes from HEDUI_CONNECTIONS."""

from functools import partial

from connectors.conformance import conformance
from hedui.cli.connections import credentials_of

NAME = "{dataset.full_name}"
# An interval of several days that holds some records, but not too many.
START, END = "{first}", "{end}"

test_{dataset.table} = conformance(NAME, partial(credentials_of, NAME), START, END)
'''


def _schema_text() -> str:
    from connectors.schema import text

    return text()
