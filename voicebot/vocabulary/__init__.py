"""Words that all rooms share: no room of ours lies below."""
