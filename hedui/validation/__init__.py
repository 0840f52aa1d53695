"""Prepares landed rows to the contract's types and judges them by the dataset's suite.

May import hedui.model, hedui.identifiers and hedui.shelves. The only room that imports great_expectations, and not
before a batch is judged, for that takes seconds. Knows no warehouse and holds no row after its verdict.
"""

# The SQL function by which a suite in DuckDB asks whether an identity number is valid.
VALID_PERSON = "valid_person_identifier"
