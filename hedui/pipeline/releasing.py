"""release: an approved sheet, sealed for its office, in the outbox."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from hedui import shelves
from hedui.leads.book import opened
from hedui.leads.release import approved, sent, waiting
from hedui.leads.sheet import SheetLead, lead_sheet
from hedui.ledger.tables import Lead
from hedui.model.errors import TerminalError
from hedui.model.rule import Rule
from hedui.pipeline.matching import publish_leads
from hedui.pipeline.stores import Stores
from hedui.pseudonym import Pseudonym
from hedui.sealing import seal


def release(stores: Stores, release: int, approvers: Sequence[str]) -> Path:
    """Decipher the office's own record keys, seal the sheet, note who approved. Sent once, however often called."""
    with stores.ledger.session() as session:
        record = approved(session, release, approvers)
        if record.sheet:
            return Path(record.sheet)
        leads = waiting(session, release)
        agency = shelves.agencies()[record.agency]
        sheet = lead_sheet(agency, release, record.approvers, list(_sheet_leads(stores, leads)))
        header: dict[str, str | int] = {
            "kind": "lead sheet",
            "agency": record.agency,
            "release": release,
            "leads": len(leads),
        }
        package = seal(sheet.encode(), header, [_office_key(stores, record.agency)], sender_key(stores))
        file = _written(stores.settings.outbox / record.agency / f"release-{release:06d}.sealed", package)
        sent(session, record, leads, str(file))
    for rule in sorted({lead.rule for lead in leads}):
        publish_leads(stores, rule)
    return file


def _sheet_leads(stores: Stores, leads: Sequence[Lead]) -> Iterator[SheetLead]:
    for lead in leads:
        rule = shelves.rule(lead.rule)
        evidence = opened(stores.evidence_sealer.open(lead.evidence, lead.lead_key))
        keys = [
            stores.vault.record_key(lead.programme, Pseudonym(token))
            for dataset, tokens in evidence.records.items()
            if may_see(rule, lead.agency, dataset)
            for token in tokens
        ]
        yield SheetLead(lead.id, rule, lead.region, lead.amount_yuan, evidence.explanation, keys)


def may_see(rule: Rule, agency: str, dataset: str) -> bool:
    """An office sees the keys of its own records and nobody else's, and of those none that the rule withholds."""
    column = rule.records.get(dataset)  # None: the rule named such records once, and may have withheld them
    return shelves.dataset(dataset).agency == agency and column is not None and column not in rule.withheld


def _office_key(stores: Stores, agency: str) -> X25519PublicKey:
    file = stores.settings.keys / "offices" / f"{agency}.pub"
    if not file.exists():
        raise TerminalError(
            agency,
            "no public key of this office is known",
            f"Put its X25519 key (32 bytes) into keys/offices/{file.name}",
        )
    key = file.read_bytes()
    if len(key) != 32:
        raise TerminalError(
            agency, f"keys/offices/{file.name} is no X25519 key of 32 bytes", "Ask the office for its key"
        )
    return X25519PublicKey.from_public_bytes(key)


def sender_key(stores: Stores) -> Ed25519PrivateKey:
    """What signs all that we seal; agencies are given the public half, keys/sender.pub."""
    key = Ed25519PrivateKey.from_private_bytes(stores.keyring.root("sender"))
    public = stores.settings.keys / "sender.pub"
    if not public.exists():
        public.write_bytes(key.public_key().public_bytes_raw())
    return key


def _written(file: Path, package: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".partial")
    with draft.open("wb") as out:
        out.write(package)
        out.flush()
        os.fsync(out.fileno())
    return draft.rename(file)
