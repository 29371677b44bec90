"""``voicebot model``: the speech models of this machine."""
