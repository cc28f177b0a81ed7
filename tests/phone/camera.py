"""A camera that shows a QR code: a film of one still picture, as Chromium's made-up camera plays it."""

from __future__ import annotations

from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
FRAMES = 5
WHITE, BLACK = 235, 16  # luma of broadcast video
GREY = 128
QUIET = 4


def flags(film: Path) -> tuple[str, ...]:
    """What Chromium is told, so that this film is what its camera sees, and nobody has to allow it."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


def film_code(text: str, film: Path) -> None:
    """Write the film (YUV4MPEG2) of a QR code that holds this text, in the middle of a white wall."""
    matrix = segno.make(text, error="m", boost_error=False).matrix
    scale = HEIGHT // (len(matrix) + 2 * QUIET)
    size = len(matrix) * scale
    left, top = (WIDTH - size) // 2, (HEIGHT - size) // 2
    luma = bytearray([WHITE]) * (WIDTH * HEIGHT)
    for row, modules in enumerate(matrix):
        line = b"".join(bytes([BLACK if module else WHITE]) * scale for module in modules)
        for y in range(top + row * scale, top + (row + 1) * scale):
            luma[y * WIDTH + left : y * WIDTH + left + size] = line
    frame = b"FRAME\n" + bytes(luma) + bytes([GREY]) * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES}:1 Ip A1:1 C420mpeg2\n"
    film.write_bytes(head.encode() + frame * FRAMES)
