"""Transfers of a call: the search for a human, the desks of all calls, and what operators are told."""
