"""Pure audio arithmetic on numpy arrays: G.711, sample rates, log-mel features, tones, WAV files."""
