/** What an e-mail address and a phone number look like, as field_client/record.py has it: a slip is seen, not a lie. */

const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const PHONE = /^\+?[0-9][0-9 ()-]{5,30}$/;

export function isEmail(text: string): boolean {
  return EMAIL.test(text);
}

export function isPhone(text: string): boolean {
  return PHONE.test(text);
}
