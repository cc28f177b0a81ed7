"""What is left on a phone for whoever takes it apart: the files that its browser wrote."""

from __future__ import annotations

from pathlib import Path


def files_that_hold(folder: Path, said: str) -> list[str]:
    """The browser's files that hold these words; not those of the app itself, which its worker keeps."""
    written = [said.encode(form) for form in ("utf-8", "utf-16-le")]
    files = [one for one in folder.rglob("*") if one.is_file() and "CacheStorage" not in one.parts]
    return [str(one) for one in files if any(form in one.read_bytes() for form in written)]
