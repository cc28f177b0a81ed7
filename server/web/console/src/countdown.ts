/** Counts the seconds down that something is still good for: <span data-countdown="ISO time" data-over="words">. */
const SECOND = 1000;

for (const shown of document.querySelectorAll<HTMLElement>("[data-countdown]")) {
  const until = Date.parse(shown.dataset.countdown ?? "");
  const tick = () => {
    const left = Math.floor((until - Date.now()) / SECOND);
    if (left < 0) {
      shown.textContent = `. ${shown.dataset.over ?? ""}`;
      window.clearInterval(timer);
    } else {
      shown.textContent = ` (${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left)`;
    }
  };
  const timer = window.setInterval(tick, SECOND);
  if (!Number.isNaN(until)) tick();
  else window.clearInterval(timer);
}
