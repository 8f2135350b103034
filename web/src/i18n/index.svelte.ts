/** The language of the screen and its texts. */
import type { Language } from "../lib/time";
import { en } from "./en";
import { id } from "./id";

export type Key = keyof typeof id;

const TEXTS: Record<Language, Record<Key, string>> = { id, en };
const STORED = "ronda-language";

class Screen {
  language = $state<Language>(localStorage.getItem(STORED) === "en" ? "en" : "id");

  choose(language: Language): void {
    this.language = language;
    localStorage.setItem(STORED, language);
    document.documentElement.lang = language;
  }
}

export const screen = new Screen();
document.documentElement.lang = screen.language;

/** `{n}` is put in; `{n|camera|cameras}` is the first word for one and the second for any other number. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return TEXTS[screen.language][key]
    .replace(/\{(\w+)\|([^|}]*)\|([^|}]*)\}/g, (_whole, name: string, one: string, more: string) => (String(values[name]) === "1" ? one : more))
    .replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A text whose key is made at run time, such as `cause.${cause}`; the raw word when there is none. */
export function word(prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return key in id ? t(key as Key) : value;
}

/** The sentence for a code; the code itself only when the server is newer than this screen. */
export function codeText(code: string): string {
  return word("problem", code);
}

/** `98,7` in Indonesian, `98.7` in English. */
export function number(value: number, digits = 0): string {
  const locale = screen.language === "id" ? "id-ID" : "en-GB";
  return value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${number(size, size < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}
