"""Importers: by the official header and never by position, idempotent, and all or nothing."""
