"""The commands of voicebot."""
