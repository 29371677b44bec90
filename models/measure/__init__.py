"""Measures hearing with training material: ``voicebot bench hearing``, from a checkout.

Outside the product, since the training code speaks what is heard: the sentences, voices and noises that it
keeps back from training.
"""
