"""Leads: findings addressed to one office, kept in step with their evidence.

May import `hedui.model`, `hedui.ledger`, `hedui.matching`. Evidence is sealed by a function it is handed; keys and raw
identifiers never come here, but for the record keys of one approved release.
"""
