"""Turn-taking: who speaks, when an utterance is over, how long it has been silent. Pure."""
