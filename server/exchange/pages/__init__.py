"""The console's pages of held events and outbox files."""
