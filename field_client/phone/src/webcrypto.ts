/** What Node calls its module "crypto", as far as @hpke/common wants it: for the build alone (vite.config.ts). */

export const webcrypto = globalThis.crypto;
