"""Trains the bundled Korean model ``ko-119-mini`` from synthetic speech, on a CPU.

``python -m models.train`` does everything in turn: sentences, speech, training, int8 export, evaluation,
model card.
"""
