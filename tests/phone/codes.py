"""Reading a QR code off a picture, by the decoder that the phone app has for its camera."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Page

JSQR = Path(__file__).parents[2] / "field_client" / "phone" / "node_modules" / "jsqr" / "dist" / "jsQR.js"

READ = """async picture => {
  const bytes = Uint8Array.from(atob(picture), letter => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
  return self.jsQR(data, width, height)?.data ?? '';
}"""


def read(picture: bytes, page: Page) -> str:
    """What the code on a PNG holds; "" where none is found. `page` only lends its JavaScript."""
    page.evaluate(JSQR.read_text(encoding="utf-8") + "\n0")
    found: str = page.evaluate(READ, base64.b64encode(picture).decode())
    return found
