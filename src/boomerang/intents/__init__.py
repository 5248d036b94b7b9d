"""Intents (docs/intents.md): programs that meet each other, as text, as messages, and settled."""
