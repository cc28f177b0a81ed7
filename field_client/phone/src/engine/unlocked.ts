/** All that unlocking takes, as one part of the app that is loaded with the first unlock. */

export { EngineClient } from "./client";
export { enrol } from "./enrol";
export { askFingerprint } from "./fingerprint";
export { openSession } from "./session";
export { unlock, unlockWithSecret } from "./unlock";
