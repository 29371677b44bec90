"""Hearing in a call: which legs are listened to and recorded, and what is heard."""
