"""The calls: one session each, which joins all other rooms; the only room that acts."""
