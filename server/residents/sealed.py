"""Sealing and opening of what is held on a resident: the one place that knows which column holds what."""

from __future__ import annotations

import json
from typing import Any

from server.base.vault import Vault

Detail = dict[str, Any]  # {"demographics": {list: code}, "groups": [name], "interests": [name]}


def seal_name(vault: Vault, resident_id: str, name: str) -> bytes:
    """A resident's name, as it was given."""
    return vault.seal(name, table="resident", column="name_sealed", row=resident_id)


def open_name(vault: Vault, resident_id: str, sealed: bytes | None) -> str:
    """A resident's name; "" once erased."""
    return vault.open(sealed, table="resident", column="name_sealed", row=resident_id) if sealed else ""


def seal_detail(vault: Vault, resident_id: str, detail: Detail) -> bytes | None:
    """Demographics, groups and interests; None where there is nothing to keep."""
    kept = {name: value for name, value in detail.items() if value}
    if not kept:
        return None
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return vault.seal(text, table="resident", column="detail_sealed", row=resident_id)


def open_detail(vault: Vault, resident_id: str, sealed: bytes | None) -> Detail:
    """Demographics, groups and interests, each present where something was said."""
    if not sealed:
        return {}
    opened: Detail = json.loads(vault.open(sealed, table="resident", column="detail_sealed", row=resident_id))
    return opened


def seal_contact(vault: Vault, contact_id: str, text: str) -> bytes:
    """An e-mail address or a phone number, as it was given."""
    return vault.seal(text, table="contact", column="value_sealed", row=contact_id)


def open_contact(vault: Vault, contact_id: str, sealed: bytes) -> str:
    """An e-mail address or a phone number."""
    return vault.open(sealed, table="contact", column="value_sealed", row=contact_id)


def merged_detail(older: Detail, newer: Detail) -> Detail:
    """Both together: answers of the newer one hold, groups and interests add up in the order they were named."""
    merged: Detail = {"demographics": {**older.get("demographics", {}), **newer.get("demographics", {})}}
    for name in ("groups", "interests"):
        merged[name] = list(dict.fromkeys([*older.get(name, []), *newer.get(name, [])]))
    return {name: value for name, value in merged.items() if value}
