/** Why an event was held, or applied with a remark, in words for officers. They never say whether an address exists. */

const WORDS: ReadonlyMap<string, string> = new Map([
  ["late_list", "Counted, although the list had been recalled or had expired by then."],
  ["archived_campaign", "Counted, although the campaign had ended by then."],
  ["retired_house", "Counted, although the address file has retired the address since."],
  ["erased_person", "Counted; what it said of a person who has been erased since was not kept."],
  ["withdrawn_visit", "Received; the visit had been withdrawn already."],
  ["unknown_key", "Sealed to a key that this service does not have."],
  ["unreadable", "It does not open: changed or cut short on the way."],
  ["not_authentic", "It was not made with this device's event key."],
  ["malformed", "What is inside is not as the protocol says."],
  ["empty", "It says nothing at all."],
  ["unknown_house", "The address is not one of yours, or is not known."],
  ["not_held", "The address is not one of yours, or is not known."],
  ["unknown_campaign", "It names a campaign that is not known."],
  ["unknown_outcome", "It names an outcome that this service does not know yet."],
  ["unknown_visit", "It withdraws a visit of which nothing is known yet."],
  ["not_own_visit", "It withdraws a visit that another officer made."],
  ["unknown_questionnaire", "It answers a questionnaire, or a version, that this service does not know."],
  ["wrong_answers", "Its answers do not fit the questionnaire."],
  ["unknown_wording", "It records a consent under a wording that is not known."],
  ["unknown_registration", "Its answers belong to a registration of which nothing is known yet."],
  ["withdrawn_person", "That person has withdrawn since; a supervisor decides."],
  ["same_id_other_bytes", "Another event came before under the same identity."],
  ["revoked_lost", "The device was reported lost."],
  ["unsigned_export", "It came in an outbox file that this device did not sign."],
  ["not_applied", "It could not be applied; a supervisor looks into it."],
  ["dismissed", "A supervisor looked at it and dismissed it."],
]);

/** What a person reads for a reason's code; a newer service's code, which is not in the table, stands for itself. */
export function words(code: string): string {
  return WORDS.get(code) ?? code;
}
