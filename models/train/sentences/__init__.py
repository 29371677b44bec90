"""What callers might say: sentences from templates and word lists, for training and measuring."""
