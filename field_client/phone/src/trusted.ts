/**
 * The app's one Trusted Types policy, where a browser has them: no script is loaded by name but the app's own workers.
 */

const APP = "/phone/";

/** Chromium's, which not every browser's types know. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy("doorstep", { createScriptURL: checked });

function checked(url: string): string {
  const { origin, pathname } = new URL(url, location.href);
  if (origin !== location.origin || !pathname.startsWith(APP)) {
    throw new TypeError("Only the app's own workers are loaded by name.");
  }
  return url;
}

/** The address of a worker of ours, as the browser takes it. */
export function ownScript(url: string): string {
  return policy === undefined ? checked(url) : policy.createScriptURL(url);
}
