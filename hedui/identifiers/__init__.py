"""What an identifier is: kinds, check characters, canonical forms, for one value and for whole columns.

May import the standard library, numpy and pyarrow. Pure: holds no key, knows no dataset, opens nothing.
"""
