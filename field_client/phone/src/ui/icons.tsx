/** The few signs of the app: 24 × 24 outlines that take the ink of their text, and say nothing to a screen reader. */

const PATHS = {
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  dash: "M6 12h12",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2",
  warning: "M12 3.5L1.8 20.5h20.4zM12 10v5M12 17.4v.4",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.5M12 7.6v.4",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.3 15.3L20.5 20.5",
  menu: "M4 7h16M4 12h16M4 17h16",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  finger:
    "M6 11a6 6 0 0 1 12 0c0 4-.5 6.5-1.5 9M9 11a3 3 0 0 1 6 0c0 4-.7 7-2 10M12 11c0 3.5-.6 6.5-2.2 9.5M6 14.5c0 2-.3 3.5-.8 4.5",
  sync: "M19.5 8.5A8 8 0 0 0 5 9M4.5 4.5V9H9M4.5 15.5A8 8 0 0 0 19 15M19.5 19.5V15H15",
  map: "M9 5L3.5 7v12L9 17l6 2 5.5-2V5L15 7zM9 5v12M15 7v12",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  here: "M12 21s6.5-6 6.5-11A6.5 6.5 0 0 0 5.5 10c0 5 6.5 11 6.5 11zM12 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6",
  survey: "M6 4h12v17H6zM9 4V2.8h6V4M9 10h6M9 14h6",
  qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v2M14 20h2M18 18h2v2",
  phone: "M7 2.5h10v19H7zM11 18.5h2",
  speech: "M4 5h16v11H11l-4.5 4v-4H4z",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 8.5h7M8.5 12h4",
  house: "M3.5 11L12 4l8.5 7M6 9.5V20h12V9.5M10 20v-5.5h4V20",
  building: "M6 21V3.5h12V21M3.5 21h17M9.5 7.5h1M13.5 7.5h1M9.5 11.5h1M13.5 11.5h1M9.5 15.5h1M13.5 15.5h1",
  language:
    "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c3 2.5 3 14.5 0 17M12 3.5c-3 2.5-3 14.5 0 17",
  badge: "M12 2.5l7.5 3v5.5c0 5-3.2 8.5-7.5 10.5-4.3-2-7.5-5.5-7.5-10.5V5.5zM8.5 12l2.5 2.5 4.5-5",
  undo: "M8.5 5L4 9.5 8.5 14M4 9.5h9.5a5.5 5.5 0 0 1 0 11H9",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  camera: "M4 7.5h4L9.5 5h5L16 7.5h4V19H4zM12 10a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  plus: "M12 5v14M5 12h14",
} as const;

export type Sign = keyof typeof PATHS;

export function Icon({ sign, size = 24 }: { sign: Sign; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[sign]} />
    </svg>
  );
}
