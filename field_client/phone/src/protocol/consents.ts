/**
 * The consent wordings that this version of Doorstep was made with. What is read out at a door is the list's own
 * (CampaignCard); these serve where there is no list from the service, which is practice.
 */

import kept from "../../../../sync/consents.json";
import type { CampaignCard } from "./types";

type Wordings = Pick<CampaignCard, "consent_version" | "wordings" | "translations">;

/** The current wording as a campaign's card carries it: English, and the other languages as translations of it. */
export function ownWordings(): Wordings {
  const { en, ...translations } = kept.versions[kept.current as keyof typeof kept.versions];
  return { consent_version: kept.current, wordings: en, translations };
}
