"""Reports on their way to the agencies: what was handed over, and what the other side said."""

import sqlalchemy as sa

from hedui.ledger.tables import ReportDelivery
from hedui.model.facts import DeliveryFacts
from hedui.pipeline.stores import Stores


def deliveries(stores: Stores) -> list[DeliveryFacts]:
    """Every report that was handed over, oldest first."""
    with stores.ledger.session() as session:
        return [_facts(kept) for kept in session.scalars(sa.select(ReportDelivery).order_by(ReportDelivery.id))]


def _facts(kept: ReportDelivery) -> DeliveryFacts:
    return DeliveryFacts(kept.agency, kept.subject, kept.channel, kept.sent_at, kept.receipt)
