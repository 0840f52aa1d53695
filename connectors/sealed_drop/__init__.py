"""Sealed packages from a one-way gateway: which make up an interval, whether they are genuine, what is in them."""
