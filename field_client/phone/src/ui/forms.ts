/**
 * A registration as it is filled in, and what is wrong with it: the rules of field_client/record.py, so that what the
 * service would hold is refused here, next to its field. Pure. Stricter in one thing: every purpose is answered, yes or
 * no, because a choice not read out is no choice.
 */

import { isEmail, isPhone } from "../protocol/contacts";
import type { CampaignCard, Purpose, Registration } from "../protocol/types";

/** What is typed and chosen for one person. A purpose that is missing has not been answered yet. */
export interface PersonForm {
  name: string;
  email: string;
  phone: string;
  language: string;
  /** As typed, with commas between. */
  groups: string;
  /** Those tapped; what was typed stands apart, with commas between. */
  interests: string[];
  otherInterests: string;
  consents: Partial<Record<Purpose, boolean>>;
}

export type PersonField = "name" | "email" | "phone" | "groups" | "interests" | Purpose;

/** What to change in one field. `rule` names the sentence: `register.wrong.RULE` of the message file. */
export interface FieldFault {
  field: PersonField;
  rule: "name_missing" | "email" | "phone" | "too_long" | "too_many" | "unsendable" | "unanswered";
}

/** Most code points of a text, and most texts of a list, as PROTOCOL.md section 4.1 has them. */
export const LIMITS = {
  name: 200,
  email: 254,
  phone: 32,
  item: 200,
  groups: 20,
  interests: 40,
  answer: 2000,
};

const PURPOSES: readonly Purpose[] = ["messages", "surveys", "groups"];
const UNSENDABLE = /[\0\p{Surrogate}]/u;

export function emptyPerson(): PersonForm {
  return {
    name: "",
    email: "",
    phone: "",
    language: "",
    groups: "",
    interests: [],
    otherInterests: "",
    consents: {},
  };
}

/** Whether anything was filled in that would be a pity to lose. */
export function isBegun(form: PersonForm): boolean {
  const texts = [form.name, form.email, form.phone, form.groups, ...form.interests, form.otherInterests];
  return texts.some((text) => text.trim() !== "") || Object.keys(form.consents).length > 0;
}

/** The purposes that this list has a wording for, in the order in which they are read out. */
export function purposesOf(campaign: CampaignCard): Purpose[] {
  return PURPOSES.filter((purpose) => campaign.wordings[purpose]);
}

export interface Wording {
  text: string;
  /** The language that the text is in. */
  language: string;
}

/** A consent's wording in a language, or in English where the list has it in no other. */
export function wordingOf(campaign: CampaignCard, purpose: Purpose, language: string): Wording {
  const text = campaign.translations?.[language]?.[purpose];
  return text ? { text, language } : { text: campaign.wordings[purpose] ?? "", language: "en" };
}

export function groupsOf(form: PersonForm): string[] {
  return split(form.groups);
}

export function interestsOf(form: PersonForm): string[] {
  return [...form.interests, ...split(form.otherInterests)];
}

/** How many characters a person counts in a text: code points, as the service counts. */
export function lengthOf(text: string): number {
  return [...text].length;
}

export function isSendable(text: string): boolean {
  return !UNSENDABLE.test(text);
}

/** What to change about the person: name, contact, groups and interests. One fault a field, in the form's order. */
export function personFaults(form: PersonForm): FieldFault[] {
  const name = form.name.trim();
  const email = form.email.trim();
  const phone = form.phone.trim();
  return [
    ...textFaults("name", name, LIMITS.name, name !== "" || "name_missing"),
    ...textFaults("email", email, LIMITS.email, email === "" || isEmail(email) || "email"),
    ...textFaults("phone", phone, LIMITS.phone, phone === "" || isPhone(phone) || "phone"),
    ...listFaults("groups", groupsOf(form), LIMITS.groups),
    ...listFaults("interests", interestsOf(form), LIMITS.interests),
  ];
}

/** The purposes that are still to be answered. */
export function consentFaults(form: PersonForm, campaign: CampaignCard): FieldFault[] {
  return purposesOf(campaign)
    .filter((purpose) => form.consents[purpose] === undefined)
    .map((field) => ({ field, rule: "unanswered" }));
}

/** Whether somebody said yes to being written to and left nothing to write to. Allowed, and worth asking about. */
export function hasNoContact(form: PersonForm): boolean {
  const agreed = form.consents.messages === true || form.consents.surveys === true;
  return agreed && form.email.trim() === "" && form.phone.trim() === "";
}

/** The registration that a form without faults stands for. Demographics are the resident's own answers, if any. */
export function registrationOf(
  form: PersonForm,
  campaign: CampaignCard,
  id: string,
  demographics: Readonly<Record<string, string>>,
): Registration {
  const lists = { groups: groupsOf(form), interests: interestsOf(form) };
  const contact = { email: form.email.trim(), phone: form.phone.trim(), language: form.language };
  return {
    id,
    name: form.name.trim(),
    consents: purposesOf(campaign).map((purpose) => ({
      purpose,
      wording: campaign.consent_version,
      given: form.consents[purpose] === true,
    })),
    ...Object.fromEntries(Object.entries(contact).filter(([, text]) => text !== "")),
    ...Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)),
    ...(Object.keys(demographics).length > 0 && { demographics: { ...demographics } }),
  };
}

function textFaults(
  field: PersonField,
  text: string,
  most: number,
  right: true | FieldFault["rule"],
): FieldFault[] {
  if (!isSendable(text)) return [{ field, rule: "unsendable" }];
  if (lengthOf(text) > most) return [{ field, rule: "too_long" }];
  return right === true ? [] : [{ field, rule: right }];
}

function listFaults(field: "groups" | "interests", items: readonly string[], most: number): FieldFault[] {
  if (items.length > most) return [{ field, rule: "too_many" }];
  return items.flatMap((item) => textFaults(field, item, LIMITS.item, true)).slice(0, 1);
}

/** What stands between commas, semicolons and line ends. */
function split(text: string): string[] {
  const items = text.split(/[,;\n]/).map((item) => item.trim());
  return items.filter((item) => item !== "");
}
