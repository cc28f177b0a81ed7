/**
 * Forms with data-passkey ("use" to sign in, "make" to add one): asks the service what to ask for, lets the browser ask
 * the authenticator, and sends the form with its answer as JSON in the field `credential`.
 */
const EXPLAINED: Record<string, string> = {
  InvalidStateError: "This device holds a passkey for your account already.",
  NotAllowedError: "The passkey was not used: it was cancelled, or took too long. Try again.",
};

const bytesOf = (text: string): ArrayBuffer =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0)).buffer;

const textOf = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

type Listed = { id: string; type: "public-key" };

/** The service's options, with bytes where it sent base64url. */
const opened = (options: any): any => ({
  ...options,
  challenge: bytesOf(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytesOf(options.user.id) } }),
  ...(options.excludeCredentials && {
    excludeCredentials: options.excludeCredentials.map((one: Listed) => ({ ...one, id: bytesOf(one.id) })),
  }),
});

/** The authenticator's answer as JSON: each of its byte fields as base64url. */
const written = (made: PublicKeyCredential): string => {
  const response: Record<string, string | null> = {};
  const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const name of fields) {
    const bytes = (made.response as unknown as Record<string, ArrayBuffer | null | undefined>)[name];
    if (bytes) response[name] = textOf(bytes);
  }
  const { id, type } = made;
  return JSON.stringify({ id, rawId: textOf(made.rawId), type, response, clientExtensionResults: {} });
};

const ask = async (form: HTMLFormElement): Promise<string> => {
  const token = form.querySelector<HTMLInputElement>("input[name=csrf_token]")?.value ?? "";
  const answer = await fetch(form.dataset["options"] ?? "", {
    method: "POST",
    headers: { "X-CSRF-Token": token },
  });
  if (!answer.ok || answer.redirected) throw new Error("The page is too old. Load it again.");
  const publicKey = opened(await answer.json());
  const made =
    form.dataset["passkey"] === "make"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
  if (!(made instanceof PublicKeyCredential)) throw new Error("Your browser gave no passkey.");
  return written(made);
};

const tell = (form: HTMLFormElement, error: unknown): void => {
  const place = form.querySelector<HTMLElement>("[data-passkey-error]");
  if (!place) return;
  const words = error instanceof Error ? (EXPLAINED[error.name] ?? error.message) : String(error);
  place.textContent = words;
  place.hidden = false;
};

const attach = (form: HTMLFormElement): void => {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const field = form.querySelector<HTMLInputElement>("input[name=credential]");
      const name = form.querySelector<HTMLInputElement>("input[name=name]");
      if (field && (!name || name.value.trim())) field.value = await ask(form);
      form.submit();
    } catch (error) {
      tell(form, error);
    }
  });
};

if ("PublicKeyCredential" in window) {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) attach(form);
}

export {};
