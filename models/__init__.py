"""The bundled speech model and the code that trains it."""
