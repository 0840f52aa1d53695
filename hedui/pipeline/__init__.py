"""The one door to the core: each step of a row's way, safe to repeat, whoever calls it.

Every step reads what the ledger knows, does its work, and writes the ledger last: killed at any place and run again it
ends in the same state. Light to import; heavy libraries are imported by the step that needs them.
"""

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hedui import shelves
from hedui.model.channels import Language
from hedui.model.credentials import Credentials, CredentialsOf
from hedui.model.declaration import Title
from hedui.model.facts import (
    BatchFacts,
    Chosen,
    DeliveryFacts,
    Document,
    DriftFacts,
    DueFacts,
    HeldFacts,
    HeldRowFacts,
    LeadFacts,
    Matched,
    PauseFacts,
    Release,
    RepairedFacts,
    RepairFacts,
    Replayed,
    Said,
    SuiteProposal,
    Tidied,
)
from hedui.model.interval import Interval
from hedui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hedui.pipeline.recalling import Lookup
    from hedui.pipeline.stores import Stores
    from hedui.warehouse.engine import Engine

__all__ = ["Pipeline"]


class Pipeline:
    """The steps over one site's stores. Open it with `Pipeline.open()`."""

    def __init__(self, stores: "Stores") -> None:
        self._stores = stores

    @classmethod
    @contextmanager
    def open(cls, settings: Settings | None = None) -> "Iterator[Self]":
        """The pipeline of `settings`, by default the environment's. Stores open at first use and close at the end."""
        from hedui.pipeline.stores import Stores

        with Stores(settings or Settings.from_environment()) as stores:
            yield cls(stores)

    # --- the way of a row ---

    def extract(self, dataset: str, interval: Interval, credentials: Credentials) -> str:
        """Land what the agency changed within `interval`; the same delivery again is the same batch.

        An attempt that broke off is gone on with. Raises AgencyPaused.
        """
        from hedui.pipeline.extracting import extract

        return extract(self._stores, shelves.dataset(dataset), interval, credentials)

    def validate(self, batch: str) -> bool:
        """Judge a batch by its suite and hold back its bad rows. Returns whether there is anything to load.

        There is nothing of a rejected batch, nor of one whose dataset is still onboarding.
        """
        from hedui.pipeline.validating import validate

        return validate(self._stores, batch)

    def pseudonymise(self, batch: str) -> None:
        """Turn the good rows of an accepted batch into tokens, staged for the warehouse."""
        from hedui.pipeline.loading import pseudonymise

        pseudonymise(self._stores, batch)

    def load(self, batch: str) -> int:
        """Commit a pseudonymised batch and bring the SQL door in step. Returns how many of its rows are current."""
        from hedui.pipeline.answering import take_answers
        from hedui.pipeline.loading import load

        current = load(self._stores, batch)
        take_answers(self._stores, batch)
        return current

    def report(self, batch: str) -> Path:
        """Write the agency's validation report in both languages. Returns its folder."""
        from hedui.pipeline.reporting import report

        return report(self._stores, batch)

    def month_report(self, agency: str, month: str) -> Path:
        """Write the agency's report of a month, such as 2026-10, in both languages. Returns its folder."""
        from hedui.pipeline.month_reporting import month_report

        return month_report(self._stores, agency, month)

    def lists(self, batch: str, language: Language = "zh") -> list[Document]:
        """The batch's records to mend under the agency's own keys, in memory alone; audited. None: an empty list."""
        from hedui.pipeline.mending import lists

        return lists(self._stores, batch, language)

    def repairs(self, batch: str) -> list[RepairFacts]:
        """What was put right in a batch on its arrival, by field and kind."""
        from hedui.pipeline.repairs import repairs

        return repairs(self._stores, batch)

    def repaired(self, batch: str) -> list[RepairedFacts]:
        """Where the first 10,000 of these repairs were made; nothing once the batch's quarantine is deleted."""
        from hedui.pipeline.repairs import repaired

        return repaired(self._stores, batch)

    def month_lists(self, agency: str, month: str, language: Language = "zh") -> list[Document]:
        """The same by dataset for all that an agency delivered in a month, as 2026-06, and that is still to mend."""
        from hedui.pipeline.mending import month_lists

        return month_lists(self._stores, agency, month, language)

    def deliver(self, batch: str, credentials: CredentialsOf) -> DeliveryFacts | None:
        """Hand a batch's report to its agency, unless it has it; None where its contract names no channel."""
        from hedui.pipeline.delivering import deliver

        return deliver(self._stores, batch, credentials)

    def deliver_month(self, agency: str, month: str, credentials: CredentialsOf) -> DeliveryFacts | None:
        """The same with the report of an agency's month, such as 2026-10."""
        from hedui.pipeline.delivering import deliver_month

        return deliver_month(self._stores, agency, month, credentials)

    def tell(self, agency: str, subject: Title, text: Title, credentials: CredentialsOf) -> DeliveryFacts | None:
        """Send an agency a notice by its report channel, once; None where its contract names none."""
        from hedui.pipeline.delivering import tell

        return tell(self._stores, agency, subject, text, credentials)

    def run(self, dataset: str, interval: Interval, credentials: Credentials) -> BatchFacts:
        """All steps for one interval, as the dataset's DAG does them, up to the report, which goes nowhere yet."""
        batch = self.extract(dataset, interval, credentials)
        if self.validate(batch):
            self.pseudonymise(batch)
            self.load(batch)
        self.report(batch)
        return self.batch(batch)

    # --- rows that were held back ---

    def held(
        self,
        *,
        dataset: str | None = None,
        batch: str | None = None,
        finding: str | None = None,
        region: str | None = None,
        state: str | None = None,
    ) -> list[HeldFacts]:
        """How many rows there are in the quarantine, by batch, state, office and fault."""
        from hedui.pipeline.quarantine.looking import counts

        wanted = {"dataset": dataset, "batch": batch, "region": region, "state": state}
        return counts(self._stores, wanted, finding)

    def held_rows(
        self,
        *,
        dataset: str | None = None,
        batch: str | None = None,
        finding: str | None = None,
        region: str | None = None,
        state: str | None = None,
    ) -> list[HeldRowFacts]:
        """These rows one by one, without their values."""
        from hedui.pipeline.quarantine.looking import rows

        wanted = {"dataset": dataset, "batch": batch, "region": region, "state": state}
        return list(rows(self._stores, wanted, finding))

    def held_row(self, batch: str, row: int, *, in_clear: Said | None = None) -> HeldRowFacts:
        """One row with its values masked, or `in_clear` for a reason that the audit log keeps; names never."""
        from hedui.pipeline.quarantine.looking import row as one

        return one(self._stores, batch, row, in_clear)

    def replay(self, dataset: str | None = None, batch: str | None = None) -> list[Replayed]:
        """Judge held rows again, of a batch, a dataset or all; those that pass come in at their own place in time."""
        from hedui.pipeline.quarantine.replaying import replay

        return replay(self._stores, dataset, batch)

    def confirm(self, chosen: Chosen, said: Said) -> list[Replayed]:
        """Write down that doubtful values of these rows are right, and replay the rows."""
        from hedui.pipeline.quarantine.choosing import held_by_batch
        from hedui.pipeline.quarantine.deciding import confirm

        return confirm(self._stores, held_by_batch(self._stores, chosen), said)

    def discard(self, chosen: Chosen, said: Said) -> int:
        """Throw these rows away for ever. Returns how many."""
        from hedui.pipeline.quarantine.choosing import held_by_batch
        from hedui.pipeline.quarantine.deciding import discard

        return discard(self._stores, held_by_batch(self._stores, chosen), said)

    # --- leads ---

    def match(self, rule: str) -> Matched:
        """Bring the leads of a rule in step with the warehouse, for the subjects that changed."""
        from hedui.pipeline.matching import match

        return match(self._stores, shelves.rule(rule))

    def behind(self) -> list[str]:
        """The rules that have not seen all of what their inputs hold."""
        from hedui.pipeline.matching import is_behind

        return [name for name, rule in shelves.rules().items() if is_behind(self._stores, rule)]

    def propose_release(self, agency: str) -> Release | None:
        """Gather the leads that wait for an agency."""
        from hedui.leads.release import propose

        with self._stores.ledger.session() as session:
            return propose(session, agency)

    def release(self, release: int, approvers: Sequence[str]) -> Path:
        """Seal the leads of an approved proposal for their office. Raises ApprovalMissing."""
        from hedui.pipeline.releasing import release as send

        return send(self._stores, release, approvers)

    # --- agencies that pause ---

    def pause(self, agency: str, reason: str) -> None:
        """Pull nothing from an agency until `resume`; `reason` is shown wherever something is not pulled for it."""
        from hedui.pipeline.pausing import pause

        pause(self._stores, agency, reason)

    def resume(self, agency: str) -> list[DueFacts]:
        """Pull from an agency again. Returns what the pause kept back: due anew, and not fetched by itself.

        Deliveries that follow each other are given as one.
        """
        from hedui.pipeline.freshness import kept_back
        from hedui.pipeline.pausing import resume

        resume(self._stores, agency)
        return kept_back(self._stores, agency)

    def pauses(self) -> list[PauseFacts]:
        """Every agency that is paused."""
        from hedui.pipeline.pausing import pauses

        return pauses(self._stores)

    # --- what is due ---

    def due(self, days: int = 31) -> list[DueFacts]:
        """Every delivery that was due in the last `days` and those that come next, each with what became of it."""
        from hedui.pipeline.freshness import due

        return due(self._stores, days)

    def tell_missing(
        self, credentials: CredentialsOf, dataset: str | None = None, interval: Interval | None = None
    ) -> list[DueFacts]:
        """Tell agency and engineers of one delivery that is overdue and not here, or of all that somebody waits for.

        Each is told once. Returns those that were told now. Raises what the channel raises, and StoreBusy.
        """
        from hedui.pipeline.reminding import by_channel, tell_missing

        one = (shelves.dataset(dataset), interval) if dataset and interval else None
        return tell_missing(self._stores, by_channel(self._stores, credentials), one)

    # --- what a good row is ---

    def propose_suite(self, dataset: str, batch: str | None = None) -> SuiteProposal:
        """A suite from all rows of a landed batch, by default the newest, and what it finds in them."""
        from hedui.pipeline.suite_proposal import propose_suite

        return propose_suite(self._stores, dataset, batch)

    # --- what need not be kept ---

    def housekeep(
        self, rooms: Sequence[str] = (), *, dry_run: bool = False, now: datetime | None = None
    ) -> list[Tidied]:
        """Delete what has been kept long enough, in these rooms or in all. Returns what went, or would go."""
        from hedui.pipeline.housekeeping import housekeep

        return housekeep(self._stores, rooms, now, dry_run)

    def data_docs(self, agency: str | None = None) -> list[Path]:
        """Build Great Expectations' pages for engineers, of one agency or of all. Returns where each begins."""
        from hedui.pipeline.documenting import data_docs

        return data_docs(self._stores, agency)

    # --- what is known ---

    def batch(self, batch: str) -> BatchFacts:
        from hedui.pipeline.recalling import batches

        return next(facts for facts in batches(self._stores) if facts.batch == batch)

    def batches(self) -> list[BatchFacts]:
        """Every batch, oldest first."""
        from hedui.pipeline.recalling import batches

        return batches(self._stores)

    def leads(self) -> list[LeadFacts]:
        """Every lead, withdrawn ones included, oldest first."""
        from hedui.pipeline.recalling import leads

        return leads(self._stores)

    def drifts(self) -> list[DriftFacts]:
        """Every change in the form of deliveries, oldest first."""
        from hedui.pipeline.drifting import drifts

        return drifts(self._stores)

    def deliveries(self) -> list[DeliveryFacts]:
        """Every report that was handed to its agency, oldest first."""
        from hedui.pipeline.delivering import deliveries

        return deliveries(self._stores)

    @contextmanager
    def query_engine(self) -> "Iterator[Engine]":
        """A DuckDB with every approved dataset as a view `agency.dataset` of its current rows."""
        datasets = {name: dataset for name, dataset in shelves.datasets().items() if dataset.stage == "approved"}
        with self._stores.engine() as engine:
            snapshots = {name: self._stores.warehouse.snapshot(dataset) for name, dataset in datasets.items()}
            engine.show_current(datasets.values(), snapshots)
            yield engine

    @contextmanager
    def lookup(self, reason: str) -> "Iterator[Lookup]":
        """Encipher single identifiers, `reason` and count written into the audit log."""
        from hedui.pipeline.recalling import lookup

        with lookup(self._stores, reason) as looking:
            yield looking

    def loaded_records(self, dataset: str, keys: Iterable[str]) -> set[str]:
        """Which of an agency's record keys have all their delivered rows in the warehouse."""
        from hedui.pipeline.recalling import loaded_records

        return loaded_records(self._stores, shelves.dataset(dataset), list(keys))
