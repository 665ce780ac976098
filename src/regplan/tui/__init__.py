"""The terminal app: one session that is replaced whole, screens that watch it, workers that post messages."""
