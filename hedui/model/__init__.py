"""What everything else talks about: contracts, rules, intervals, outcomes, errors.

May import the standard library, pydantic and PyYAML. Never does I/O beyond reading a declaration it is given.
"""
