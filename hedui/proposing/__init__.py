"""Contracts for sources that have none yet: what a look at one tells, and the files that follow from it.

May import hedui.model, hedui.identifiers, hedui.shelves, the readers of hedui.validation, and what connectors offer.
Looks at a small sample in memory, and lets no value of a person out: not on a screen, not into a file. Holds no key
and sees no store.
"""
