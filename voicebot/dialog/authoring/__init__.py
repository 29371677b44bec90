"""What authors meet: reading and checking of dialog files, author tests, conversations as text."""
