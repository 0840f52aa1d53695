"""The quarantine: rows that were held back, what became of them, and how they come in after all.

The rows lie enciphered in files, beside what was wrong with them; the ledger knows of each where it stands, and keyed,
of which record it speaks. A held row ends in exactly one way: a later delivery of its record supersedes it, it is
replayed into the warehouse at its own place in time, a person discards it, or it expires.
"""
