"""Prepares landed rows to the contract's types and judges them by the dataset's suite.

May import hedui.model, hedui.identifiers and hedui.shelves. The only room that imports great_expectations, and not
before a batch is judged, for that takes seconds. Knows no warehouse and holds no row after its verdict.
"""
