"""The ledger's tables. A change here needs a migration in `migrations/versions`."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from hedui.model.contract import Policy
from hedui.model.drift import DriftKind

OnFailure = Literal["reject_batch", "quarantine_rows", "warn"]


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: JSONB,
        list[int]: JSONB,
        Decimal: sa.Numeric(18, 2),
    }


class Batch(Base):
    """One delivery of a dataset for one interval."""

    __tablename__ = "batch"
    __table_args__ = (sa.UniqueConstraint("dataset", "interval_start", "interval_end", "digest"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    dataset: Mapped[str] = mapped_column(index=True)
    interval_start: Mapped[datetime]
    interval_end: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(doc="which delivery up to the end of this interval it is, from 1")
    digest: Mapped[bytes]
    contract_version: Mapped[int]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(doc="landed, validated, rejected, judged, pseudonymised, loaded")
    rejected_because: Mapped[dict[str, Any] | None]
    pulled: Mapped[int]
    repaired: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    loaded: Mapped[int] = mapped_column(default=0)
    superseded: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)
    expired: Mapped[int] = mapped_column(default=0, server_default="0", doc="deleted at the end of their retention")
    discarded: Mapped[int] = mapped_column(default=0, server_default="0", doc="thrown away by a person, with a reason")
    announced: Mapped[int | None] = mapped_column(doc="rows that the agency said it delivers, where it says so")
    replays: Mapped[int] = mapped_column(default=0, server_default="0", doc="how often its held rows were judged again")
    replaying: Mapped[bool] = mapped_column(
        default=False, server_default="false", doc="one more replay may be committed without the ledger knowing it yet"
    )
    faulty: Mapped[int | None] = mapped_column(doc="rows to mend as they were judged; notices are none")
    own_faulty: Mapped[int | None] = mapped_column(doc="those with a fault of the agency's own, as last judged")
    asked: Mapped[dict[str, Any] | None] = mapped_column(
        doc="division code: rows to mend, of a batch of which nothing is kept; the empty code is for none"
    )
    passed_over: Mapped[list[dict[str, Any]]] = mapped_column(
        default=list, server_default="[]", doc="titles of expectations for which nothing was known yet"
    )
    repairs: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="field: {repair: rows}")
    seconds: Mapped[float] = mapped_column(default=0.0)
    snapshot: Mapped[int | None] = mapped_column(sa.BigInteger)
    reported_at: Mapped[datetime | None]
    landing_deleted_at: Mapped[datetime | None]
    quarantine_deleted_at: Mapped[datetime | None]
    read_from: Mapped[datetime | None] = mapped_column(doc="where reading began, if before the interval")
    delivered: Mapped[dict[str, Any] | None] = mapped_column(doc="column: type, as the agency delivered them")
    fingerprint: Mapped[str | None] = mapped_column(doc="digest of `delivered`")
    repeats: Mapped[str | None] = mapped_column(doc="batch of another interval that had the very same content")
    vanished: Mapped[int] = mapped_column(default=0, server_default="0", doc="records that a snapshot no longer has")
    findings: Mapped[list["Finding"]] = relationship(
        lazy="selectin", order_by="Finding.ordinal", cascade="all, delete-orphan"
    )


class Finding(Base):
    """What one expectation said of a batch."""

    __tablename__ = "finding"

    batch_id: Mapped[str] = mapped_column(sa.ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    expectation: Mapped[str]
    field: Mapped[str]
    severity: Mapped[str]
    on_failure: Mapped[OnFailure] = mapped_column(sa.String)
    title: Mapped[dict[str, Any]]
    advice: Mapped[dict[str, Any]]
    count: Mapped[int]
    scored: Mapped[bool] = mapped_column(default=True, server_default="true", doc="false: it may be made elsewhere")


HeldState = Literal["held", "superseded", "replayed", "discarded", "expired"]


class HeldRow(Base):
    """A row that was held back, and what became of it. The row itself lies enciphered in the quarantine."""

    __tablename__ = "held_row"
    __table_args__ = (
        sa.Index("held_row_record", "dataset", "record_mark"),
        sa.Index("held_row_state", "dataset", "state"),
    )

    batch_id: Mapped[str] = mapped_column(sa.ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, doc="its number in the batch")
    dataset: Mapped[str]
    state: Mapped[HeldState] = mapped_column(sa.String, default="held")
    record_mark: Mapped[bytes | None] = mapped_column(doc="which record, keyed; null where its key makes no sense")
    source: Mapped[str] = mapped_column(doc="of the delivery: file, and sheet where there is one")
    position: Mapped[int] = mapped_column(sa.BigInteger, doc="the row's number there")
    region: Mapped[str | None] = mapped_column(doc="division code of the office that mends it")
    findings: Mapped[list[int]] = mapped_column(doc="ordinals of the batch's findings that hold it back")
    reminded: Mapped[int] = mapped_column(
        default=1, doc="how often the agency was asked about the record, now included"
    )
    answer: Mapped[str | None] = mapped_column(doc="what the agency answered")
    answered_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class Confirmation(Base):
    """A doubtful value that the agency says is right: as long as it stays the same, it is not held back for this."""

    __tablename__ = "confirmation"

    dataset: Mapped[str] = mapped_column(primary_key=True)
    record_mark: Mapped[bytes] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    expectation: Mapped[str] = mapped_column(primary_key=True)
    value_mark: Mapped[bytes] = mapped_column(doc="keyed: which value was confirmed")
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class BatchProfile(Base):
    """What a batch looked like as a whole, for later ones to be compared with. No value of a person is in it."""

    __tablename__ = "batch_profile"

    batch_id: Mapped[str] = mapped_column(sa.ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    rows: Mapped[int]
    filled: Mapped[dict[str, Any]] = mapped_column(doc="field: rows in which it is filled in")
    categories: Mapped[dict[str, Any]] = mapped_column(doc="field: {value: rows}, of fields that have few")


class ReportDelivery(Base):
    """A report that was handed to its agency, and what the other side said."""

    __tablename__ = "report_delivery"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    agency: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(index=True, doc="what it reports on: a batch, or an agency and a month")
    channel: Mapped[str]
    digest: Mapped[bytes] = mapped_column(doc="of its documents: the same report is not sent twice running")
    sent_at: Mapped[datetime]
    receipt: Mapped[str]


class Overdue(Base):
    """A delivery that was not there when it was due; told once."""

    __tablename__ = "overdue"

    dataset: Mapped[str] = mapped_column(primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(primary_key=True)
    interval_end: Mapped[datetime] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    told_at: Mapped[datetime]


class DriftEvent(Base):
    """A delivery was not of the form that contract and deliveries before it led to expect."""

    __tablename__ = "drift_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    dataset: Mapped[str] = mapped_column(index=True)
    batch_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("batch.id", ondelete="SET NULL"), doc="null where the drift stopped the delivery"
    )
    interval_start: Mapped[datetime]
    interval_end: Mapped[datetime]
    at: Mapped[datetime]
    kind: Mapped[DriftKind] = mapped_column(sa.String)
    column: Mapped[str]
    before: Mapped[str | None] = mapped_column(doc="the type or name it had")
    now: Mapped[str | None] = mapped_column(doc="the type or name it has")
    policy: Mapped[Policy] = mapped_column(sa.String)


class Reading(Base):
    """A delivery that is being read. What was read is in the landing zone; the next attempt goes on behind it."""

    __tablename__ = "reading"

    dataset: Mapped[str] = mapped_column(primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(primary_key=True)
    interval_end: Mapped[datetime] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(doc="of the batch it will be")
    contract_version: Mapped[int]
    segments: Mapped[int] = mapped_column(doc="files of the landing zone that count")
    rows: Mapped[int] = mapped_column(doc="in these files")
    position: Mapped[bytes] = mapped_column(doc="sealed: where the connector goes on")
    began_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ContractVersion(Base):
    """A contract as it stood when a delivery was first read under it."""

    __tablename__ = "contract_version"

    dataset: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    effective_from: Mapped[datetime | None]
    first_used_at: Mapped[datetime]
    reextracted_at: Mapped[datetime | None]


class Pause(Base):
    """An agency from which nothing is pulled at present."""

    __tablename__ = "pause"

    agency: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    reason: Mapped[str]


class MatchRun(Base):
    """One run of a rule. The snapshots of the last one are the rule's watermark."""

    __tablename__ = "match_run"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(index=True)
    rule_version: Mapped[int]
    rule_digest: Mapped[str] = mapped_column(doc="of query and declaration: another digest means a full run")
    snapshots: Mapped[dict[str, Any]] = mapped_column(doc="dataset: snapshot, null for a table still empty")
    mode: Mapped[str] = mapped_column(doc="full or incremental; compacted: the same rows lie in other files")
    subjects: Mapped[int] = mapped_column(doc="how many were matched anew; in a full run those with a lead")
    finished_at: Mapped[datetime]
    new: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    withdrawn: Mapped[int]


class Lead(Base):
    """One finding of a rule, addressed to one office."""

    __tablename__ = "lead"
    __table_args__ = (sa.UniqueConstraint("rule", "lead_key"), sa.Index("lead_subject", "rule", "subject"))

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    rule: Mapped[str]
    rule_version: Mapped[int]
    programme: Mapped[str]
    subject: Mapped[bytes] = mapped_column(doc="token of the programme")
    lead_key: Mapped[bytes] = mapped_column(doc="digest of the rule's lead_key columns")
    state: Mapped[str] = mapped_column(index=True, doc="open, released, withdrawn")
    agency: Mapped[str]
    region: Mapped[str]
    severity: Mapped[str]
    amount_yuan: Mapped[Decimal | None]
    evidence: Mapped[bytes] = mapped_column(doc="sealed: the rule's evidence columns, frozen")
    evidence_digest: Mapped[bytes]
    snapshots: Mapped[dict[str, Any]]
    key_version: Mapped[int]
    found_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    release_id: Mapped[int | None] = mapped_column(sa.ForeignKey("release.id"))


class LeadEvent(Base):
    """What happened to a lead, and by which run."""

    __tablename__ = "lead_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    lead_id: Mapped[int] = mapped_column(sa.ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(doc="found, changed, withdrawn, returned, released")
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("match_run.id"))


class ReleaseRecord(Base):
    """Leads proposed to one office; sent once two different people have approved."""

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    agency: Mapped[str]
    proposed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    approvers: Mapped[list[str]] = mapped_column(default=list)
    sheet: Mapped[str | None]


class KeyMark(Base):
    """Which root key this site works with: another one would silently make everybody a new person."""

    __tablename__ = "key_mark"

    root: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[bytes] = mapped_column(doc="derived from the key, and of no use to find it")


class AuditEntry(Base):
    """One link of the audit chain: `entry_hash` covers this entry and the hash before it."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str]
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[bytes]
    entry_hash: Mapped[bytes]
