/** What the officer reads in a conversation with a resident: languages/conversation.json, loaded with its screens. */

import conversation from "../languages/conversation.json";
import { type KeyOf, sayIn } from "../languages/messages";

export const tell = sayIn<KeyOf<typeof conversation>>("en-GB", conversation);
