"""The console pages of this room."""
