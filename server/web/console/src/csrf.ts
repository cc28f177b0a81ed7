/** What htmx sends carries the page's CSRF token, as the forms do. */
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content;
  const headers = (event as CustomEvent).detail?.ctx?.request?.headers as Record<string, string> | undefined;
  if (token && headers) headers["X-CSRF-Token"] = token;
});
