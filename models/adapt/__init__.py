"""Trains a Whisper that the product can load further, on an agency's own recordings.

``voicebot model adapt`` runs it; docs/adapting.md says how to go about it. It reads and writes CTranslate2
directories: nothing is converted, and what training does not touch stays as it was, bit for bit.
"""
