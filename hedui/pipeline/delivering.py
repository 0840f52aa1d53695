"""deliver: reports on their way to the agencies, and what the other side said.

The ledger notes a report once the other side has it, by a digest of its documents: what the agency had last is not
sent again, and one that changed, by a replay or an answer, is sent as a new one, back to what it was before included.
Killed between sending and noting, the next attempt sends once more under the same reference, by which the receiver can
tell.
"""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import sqlalchemy as sa

from hedui import shelves
from hedui.channels import Sending, Site, channel_for
from hedui.ledger.ledger import audit
from hedui.ledger.tables import ReportDelivery
from hedui.model.channels import ReportChannel
from hedui.model.credentials import CredentialsOf
from hedui.model.declaration import Title
from hedui.model.errors import TerminalError
from hedui.model.facts import DeliveryFacts, Document
from hedui.model.interval import PROVINCE_TIME
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.mending import lists, month_lists
from hedui.pipeline.month_reporting import month_report
from hedui.pipeline.recalling import facts_of
from hedui.pipeline.releasing import sender_key
from hedui.pipeline.reporting import folder_of, report
from hedui.pipeline.stores import Stores
from hedui.reports import alone
from hedui.reports.letters import Letter, of_batch, of_month

_DIGITS: Final = 12  # of a digest, in a reference


@dataclass(frozen=True)
class _Parcel:
    """What is to be handed over at once; `name` begins the reference, which a clerk sees."""

    agency: str
    about: str
    name: str
    letter: Letter
    documents: tuple[Document, ...] = ()

    @cached_property
    def digest(self) -> bytes:
        """Of the documents, whatever is said beside them; of a notice, which has none, what it says."""
        told = [self.letter.subject.zh, self.letter.text.zh] if not self.documents else []
        parts = [part.encode() for part in told]
        parts += [part for d in self.documents for part in (d.name.encode(), d.media_type.encode(), d.content)]
        # Each part by itself: two that share their bytes otherwise are not the same.
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()

    def reference(self, time: int) -> str:
        """Another one each time, from 1, that the same is sent once more after something else."""
        again = f"-{time}" if time > 1 else ""
        return f"{self.name}-{self.digest.hex()[:_DIGITS]}{again}"


def deliver(stores: Stores, batch: str, credentials: CredentialsOf) -> DeliveryFacts | None:
    """Hand a batch's report to its agency, unless it has it. None where the contract names no channel.

    Raises what the channel raises; TerminalError where there is no report; StoreBusy where another run is at it.
    """
    with _alone(stores, batch):
        found, dataset = recalled(stores.ledger, batch)
        agency = shelves.agencies()[dataset.agency]
        if agency.report_channel is None:
            return None
        name = f"{dataset.table}-{found.interval_start.astimezone(PROVINCE_TIME):%Y%m%d}"
        language = agency.report_channel.language
        file = folder_of(stores, dataset, batch) / f"report.{language}.html"
        if not file.exists():
            raise TerminalError(
                batch, "no report is written of it, or it was deleted after its time", "Clear the task `report`"
            )
        report(stores, batch)  # again: it is to say the same as the lists, which are of this moment
        page = Document(f"{name}-report.html", "text/html", alone(file.read_bytes()))
        letter = of_batch(agency, dataset, facts_of(found), again=bool(_noted(stores, batch)))
        parcel = _Parcel(agency.agency, batch, name, letter, (page, *lists(stores, batch, language)))
        return _handed_over(stores, parcel, agency.report_channel, credentials)


def deliver_month(stores: Stores, agency: str, month: str, credentials: CredentialsOf) -> DeliveryFacts | None:
    """What `deliver` does, with the report of an agency's month, such as 2026-10, which is written anew.

    Raises DeclarationInvalid where there is no such agency, or no such month yet.
    """
    declared, about = shelves.agency(agency), f"{agency} {month}"
    if (channel := declared.report_channel) is None:
        return None
    with _alone(stores, about):
        file = month_report(stores, agency, month) / f"report.{channel.language}.html"
        page = Document(f"{agency}-{month}-report.html", "text/html", alone(file.read_bytes()))
        documents = page, *month_lists(stores, agency, month, channel.language)
        letter = of_month(declared, month, again=bool(_noted(stores, about)))
        parcel = _Parcel(agency, about, f"{agency}-{month}", letter, documents)
        return _handed_over(stores, parcel, channel, credentials)


def tell(stores: Stores, agency: str, subject: Title, text: Title, credentials: CredentialsOf) -> DeliveryFacts | None:
    """Send an agency a notice without documents, once. None where its contract names no channel.

    Raises what the channel raises.
    """
    channel = shelves.agency(agency).report_channel
    parcel = _Parcel(agency, f"notice to {agency}", f"{agency}-notice", Letter(subject, text))
    with _alone(stores, parcel.about):
        return _handed_over(stores, parcel, channel, credentials) if channel else None


def deliveries(stores: Stores) -> list[DeliveryFacts]:
    """Everything that was handed over, oldest first."""
    with stores.ledger.session() as session:
        return [_facts(kept) for kept in session.scalars(sa.select(ReportDelivery).order_by(ReportDelivery.id))]


def _alone(stores: Stores, about: str) -> AbstractContextManager[None]:
    """From putting together to noting: nothing is sent after something newer. Raises StoreBusy."""
    return stores.ledger.only_one(f"report on {about}")


def _handed_over(stores: Stores, parcel: _Parcel, channel: ReportChannel, credentials: CredentialsOf) -> DeliveryFacts:
    """Send and note; what is noted last is not sent again, and of notices none that ever was."""
    noted = _noted(stores, parcel.about)
    same = [delivery for delivery in noted if delivery.digest == parcel.digest]
    if same and (same[-1] is noted[-1] or not parcel.documents):
        return _facts(same[-1])
    sending = Sending(
        parcel.agency,
        parcel.reference(len(same) + 1),
        channel.language,
        parcel.letter.subject.in_(channel.language),
        parcel.letter.text.in_(channel.language),
        parcel.documents,
    )
    site = Site(stores.settings.outbox, lambda: sender_key(stores))
    receipt = channel_for(parcel.agency, channel, credentials(channel.connection), site).send(sending)
    return _note(stores, parcel, channel, receipt)


def _note(stores: Stores, parcel: _Parcel, channel: ReportChannel, receipt: str) -> DeliveryFacts:
    with stores.ledger.session() as session:
        noted = ReportDelivery(
            agency=parcel.agency,
            subject=parcel.about,
            channel=channel.kind,
            digest=parcel.digest,
            sent_at=datetime.now(UTC),
            receipt=receipt,
        )
        session.add(noted)
        documents = [document.name for document in parcel.documents]
        audit(session, "report delivered", agency=parcel.agency, about=parcel.about, documents=documents)
        return _facts(noted)


def _noted(stores: Stores, about: str) -> Sequence[ReportDelivery]:
    """All that was handed over about it, oldest first."""
    with stores.ledger.session() as session:
        found = sa.select(ReportDelivery).where(ReportDelivery.subject == about).order_by(ReportDelivery.id)
        return session.scalars(found).all()


def _facts(kept: ReportDelivery) -> DeliveryFacts:
    return DeliveryFacts(kept.agency, kept.subject, kept.channel, kept.sent_at, kept.receipt)
