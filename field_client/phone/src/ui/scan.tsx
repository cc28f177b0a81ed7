/** Reading the coordinator's QR code with the camera: by the browser where it can, else by a decoder loaded for it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useLatest } from "./hooks";
import { Notice } from "./parts";
import { Screen } from "./screen";
import { say } from "./words";

const LOOK_MS = 200;
/** Wide enough for a code that fills a third of the picture. */
const WIDEST = 800;

interface Props {
  /** Whether what was read is a whole code; while it is not, scanning goes on. */
  onScanned(text: string): boolean;
  onBack(): void;
}

type Reader = (video: HTMLVideoElement) => Promise<string | null>;

export function Scan({ onScanned, onBack }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState("");
  const [other, setOther] = useState(false);
  const latest = useLatest(onScanned);

  useEffect(() => {
    const ending = new AbortController();
    const scanned = (text: string) => {
      const isCode = latest.current(text);
      if (!isCode) setOther(true);
      return isCode;
    };
    look(video.current as HTMLVideoElement, scanned, ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted) setProblem(problemOf(error));
    });
    return () => ending.abort();
  }, []);

  return (
    <Screen title={say("scan.title")} back={onBack}>
      {problem ? (
        <Notice kind="warn" alert>
          {problem}
        </Notice>
      ) : (
        <p>{say("scan.words")}</p>
      )}
      {!problem && <video class="camera" ref={video} muted playsInline aria-label={say("scan.picture")} />}
      <p role="status">{other && say("scan.another")}</p>
    </Screen>
  );
}

/** Looks through the camera until `scanned` takes a code. The camera is let go of whatever happens. */
async function look(
  video: HTMLVideoElement,
  scanned: (text: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const end = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  signal.addEventListener("abort", end);
  try {
    video.srcObject = stream;
    await video.play();
    const read = (await byBrowser()) ?? (await byDecoder());
    while (!signal.aborted) {
      const text = await read(video);
      if (text !== null && !signal.aborted && scanned(text)) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    end();
  }
}

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

/** BarcodeDetector, which not every browser's types know; null where it reads no QR codes. */
async function byBrowser(): Promise<Reader | null> {
  const { BarcodeDetector } = globalThis as {
    BarcodeDetector?: {
      new (options: { formats: string[] }): Detector;
      getSupportedFormats(): Promise<string[]>;
    };
  };
  const formats = (await BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (!BarcodeDetector || !formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
}

async function byDecoder(): Promise<Reader> {
  const { default: jsQR } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!context || canvas.width === 0 || canvas.height === 0) return null;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height)?.data || null;
  };
}

function problemOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return say("scan.refused");
  return say(name === "NotFoundError" || error instanceof TypeError ? "scan.none" : "scan.failed");
}
