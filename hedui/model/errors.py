"""Every error hedui raises on purpose.

HeduiError
├── TransientError            the same call may work later: the scheduler tries again
│   ├── AgencyUnavailable     connectors: no answer, a time-out, 429 or 5xx after our own retries
│   ├── DeliveryIncomplete    connectors: a part, a control file or a numbered package is still missing
│   └── StoreBusy             warehouse, ledger: another writer was faster
└── TerminalError             a person must act: trying again gives the same error
    ├── AccessDenied          connectors: wrong password, token, key or certificate
    ├── AgencyPaused          pipeline: a person said that nothing is to be pulled from the agency at present
    ├── DeliveryOverdue       hedui_airflow: a delivery is not whole at the deadline of its contract
    ├── DeliveryBroken        connectors: a delivery contradicts itself (digest, signature, encoding, row count)
    ├── SchemaDrift           connectors: the form of a delivery changed in a way that its contract does not let pass
    ├── DeclarationInvalid    shelves: a contract, suite or rule that cannot be right, with file and line
    ├── ReportRefused         channels: the other side does not take a report in
    ├── ValidationFailed      validation: the suite itself could not be evaluated; nothing counts as validated
    ├── ApprovalMissing       leads: fewer than two different approvers
    └── LandingBroken         landing: a file was changed, cut, or belongs to another batch
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hedui.model.drift import Drift


class HeduiError(Exception):
    """`where` is an agency, dataset, batch or file; `what` happened; `remedy` is what to do. Never a row's value."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(where, what, remedy)
        self.where, self.what, self.remedy = where, what, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


class TransientError(HeduiError):
    """The same call may work later."""


class AgencyUnavailable(TransientError): ...


class DeliveryIncomplete(TransientError): ...


class StoreBusy(TransientError): ...


class TerminalError(HeduiError):
    """A person must act first."""


class AccessDenied(TerminalError): ...


class AgencyPaused(TerminalError): ...


class DeliveryOverdue(TerminalError): ...


class DeliveryBroken(TerminalError): ...


class SchemaDrift(TerminalError):
    """`drifts` are those known, for the ledger."""

    def __init__(self, where: str, what: str, remedy: str, drifts: "Sequence[Drift]" = ()) -> None:
        super().__init__(where, what, remedy)
        self.drifts = tuple(drifts)


class DeclarationInvalid(TerminalError): ...


class ReportRefused(TerminalError): ...


class ValidationFailed(TerminalError): ...


class ApprovalMissing(TerminalError): ...


class LandingBroken(TerminalError): ...
