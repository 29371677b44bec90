"""Measurements of the product that need no training material; `voicebot bench` prints them."""
