"""Matching: run a rule's query for the subjects that changed, exactly as a full run would answer for them.

May import `hedui.model`, `hedui.warehouse`, `hedui.ledger`. Never holds a raw identifier or a key.
"""

from hedui.matching.matcher import Answer, answer
from hedui.matching.query import checked_query
from hedui.matching.reading import fields_read

__all__ = ["Answer", "answer", "checked_query", "fields_read"]
