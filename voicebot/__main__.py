"""``python -m voicebot`` is ``voicebot``."""

from voicebot.cli.main import main

main()
