"""The speech models of this machine: getting, preparing, finding, measuring. Nothing here runs one."""
