"""The stores of one site, each opened when a step first asks for it."""

from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hedui.keys import Keyring, Root
from hedui.landing import EncryptedFiles
from hedui.ledger import Ledger
from hedui.ledger.tables import KeyMark
from hedui.model.contract import Dataset
from hedui.model.errors import StoreBusy, TerminalError
from hedui.pipeline.sealer import Sealer
from hedui.pseudonym import Vault
from hedui.settings import Settings

if TYPE_CHECKING:
    from hedui.embedded import EmbeddedPostgres
    from hedui.warehouse.door import Door
    from hedui.warehouse.engine import Engine
    from hedui.warehouse.tables import Warehouse

DOOR_PROGRAMME = "sql-door"


class Stores:
    """Keys are handed to the store that needs them and to no other."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.keyring = Keyring(settings.keys)
        self._open = ExitStack()
        self._checked: set[Root] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        if isinstance(error, sa.exc.OperationalError):
            raise StoreBusy(
                "database", "PostgreSQL does not answer, or broke off", "Check that it runs, then try again"
            ) from None

    @cached_property
    def ledger(self) -> Ledger:
        ledger = Ledger.open(self._url("ledger"))
        self._open.callback(ledger.close)
        return ledger

    @cached_property
    def vault(self) -> Vault:
        self._check_key("pseudonym")
        return Vault(self.keyring)

    @cached_property
    def evidence_sealer(self) -> Sealer:
        self._check_key("ledger")
        return Sealer(self.keyring.derived("ledger", "evidence"))

    @cached_property
    def position_sealer(self) -> Sealer:
        self._check_key("landing")
        return Sealer(self.keyring.derived("landing", "position"))

    @cached_property
    def warehouse(self) -> "Warehouse":
        from hedui.warehouse.tables import Warehouse

        warehouse = Warehouse(self._url("catalog"), self.settings.warehouse, self.settings.spill)
        self._open.callback(warehouse.close)
        return warehouse

    @cached_property
    def door(self) -> "Door":
        from hedui.warehouse.door import Door

        door = Door(self._url("door"), lambda kind, tokens: self.vault.rekeyed(DOOR_PROGRAMME, kind, tokens))
        self._open.callback(door.close)
        return door

    def landing(self, dataset: Dataset) -> EncryptedFiles:
        self._check_key("landing")
        return EncryptedFiles(self.settings.landing / dataset.table, self.keyring.derived("landing", "landing"))

    def quarantine(self, dataset: Dataset) -> EncryptedFiles:
        return EncryptedFiles(self.settings.quarantine / dataset.table, self.keyring.derived("landing", "quarantine"))

    def engine(self) -> "Engine":
        """A fresh DuckDB over the warehouse. Close it by `with`."""
        from hedui.warehouse.engine import Engine

        return Engine(self.warehouse, self.settings.spill)

    def _check_key(self, root: Root) -> None:
        """Raises TerminalError where the key is not the one this site began with."""
        if root in self._checked:
            return
        mark = self.keyring.derived(root, "mark", 16)
        with self.ledger.session() as session:
            session.execute(insert(KeyMark).values(root=root, mark=mark).on_conflict_do_nothing())
            if session.get_one(KeyMark, root).mark != mark:
                raise TerminalError(
                    f"keys/{root}.key",
                    "this is not the key that this site has worked with",
                    "Restore the key file from its backup; nothing was done",
                )
        self._checked.add(root)

    def _url(self, purpose: str) -> str:
        return self.settings.database_urls.get(purpose) or self._embedded.url(f"hedui_{purpose}")

    @cached_property
    def _embedded(self) -> "EmbeddedPostgres":
        from hedui.embedded import EmbeddedPostgres

        return self._open.enter_context(EmbeddedPostgres(self.settings.postgres))
