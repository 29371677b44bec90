"""Operators: the waiting list and the transfer, as pure state machines."""
