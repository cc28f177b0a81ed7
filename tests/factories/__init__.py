"""create_… helpers that make just what a test needs, one module per room."""
