"""Measurements of the product on this machine, without a network; `voicebot bench` prints them."""
