/** Times as UTC microseconds in and out of people's forms, in the region's zone (WITA). */

export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;

const ZONE = "Asia/Makassar";
const ZONE_OFFSET_US = 8 * HOUR_US; // WITA has no daylight saving
export const ZONE_NAME = "WITA";

export function nowUs(): number {
  return Date.now() * 1000;
}

export type Language = "id" | "en";

function parts(us: number): Record<string, string> {
  const form = new Intl.DateTimeFormat("en-GB", {
    timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
  });
  return Object.fromEntries(form.formatToParts(new Date(us / 1000)).map((p) => [p.type, p.value]));
}

/** `14.03.27`, with tenths `14.03.27,4`. */
export function clockText(us: number, tenths = false): string {
  const p = parts(us);
  const fraction = tenths ? `,${Math.floor((us % SECOND_US) / 100_000)}` : "";
  return `${p.hour}.${p.minute}.${p.second}${fraction}`;
}

/** `14.03`. */
export function minuteText(us: number): string {
  const p = parts(us);
  return `${p.hour}.${p.minute}`;
}

/** `18 Nov 2026`, month in the language of the screen. */
export function dayText(us: number, language: Language): string {
  const locale = language === "id" ? "id-ID" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: ZONE, day: "numeric", month: "short", year: "numeric" }).format(us / 1000);
}

/** `18 Nov 2026 14.03.27 WITA`. */
export function momentText(us: number, language: Language): string {
  return `${dayText(us, language)} ${clockText(us)} ${ZONE_NAME}`;
}

/** `27 Nov 2026 02.10–02.40 WITA`; both days where a span crosses midnight. */
export function spanText(fromUs: number, toUs: number, language: Language): string {
  const [first, last] = [dayText(fromUs, language), dayText(toUs, language)];
  return `${first} ${minuteText(fromUs)}–${first === last ? "" : `${last} `}${minuteText(toUs)} ${ZONE_NAME}`;
}

/** `41 dtk`, `3 mnt 10 dtk`, `5 jam 3 mnt`, `2 hari 4 jam`. */
export function lengthText(us: number, language: Language): string {
  const units = language === "id" ? ["hari", "jam", "mnt", "dtk"] : ["d", "h", "min", "s"];
  const s = Math.max(0, Math.round(us / SECOND_US));
  const values = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60, s % 60];
  const first = values.findIndex((v) => v > 0);
  if (first === -1) return `0 ${units[3]}`;
  const shown = [first, first + 1].filter((i) => i < 4 && (values[i] ?? 0) > 0);
  return shown.map((i) => `${values[i]} ${units[i]}`).join(" ");
}

/** Start of the day in the region's zone that holds `us`. */
export function dayStartUs(us: number): number {
  return Math.floor((us + ZONE_OFFSET_US) / DAY_US) * DAY_US - ZONE_OFFSET_US;
}

/** For `<input type="datetime-local" step="1">`: local time of the region. */
export function inputText(us: number): string {
  return new Date((us + ZONE_OFFSET_US) / 1000).toISOString().slice(0, 19);
}

/** A deadline to begin with, for an input of whole minutes: the end of office hours in three days. */
export const dueText = (us: number): string => `${inputText(us + 3 * DAY_US).slice(0, 10)}T16:00`;

export function fromInput(text: string): number | null {
  const at = Date.parse(`${text}${text.length === 16 ? ":00" : ""}Z`);
  return Number.isNaN(at) ? null : at * 1000 - ZONE_OFFSET_US;
}

/**
 * A typed date and time: `02:14`, `02.14.30`, `kemarin 14:30`, `yesterday 14:30`, `23/11 08:15`, `23/11/2026 08:15:30`, `23.11.2026 08.15 WITA`.
 * The year comes from `now` when it is not typed; a bare time is of the day that holds `day`. Null when it cannot be read.
 */
export function readMoment(text: string, now: number, day = now): number | null {
  const match = /^\s*(?:(?<word>kemarin|yesterday|hari ini|today)\s+|(?<day>\d{1,2})[/.-](?<month>\d{1,2})(?:[/.-](?<year>\d{4}))?\s+)?(?<h>\d{1,2})[:.](?<m>\d{2})(?:[:.](?<s>\d{2}))?(?:\s*WITA)?\s*$/i.exec(text);
  if (!match?.groups) return null;
  const g = match.groups;
  const [h, m, s] = [Number(g.h), Number(g.m), Number(g.s ?? 0)];
  if (h > 23 || m > 59 || s > 59) return null;
  const inDay = ((h * 60 + m) * 60 + s) * SECOND_US;
  if (g.day) {
    const year = g.year ? Number(g.year) : new Date((now + ZONE_OFFSET_US) / 1000).getUTCFullYear();
    const at = new Date(Date.UTC(year, Number(g.month) - 1, Number(g.day)));
    if (at.getUTCMonth() !== Number(g.month) - 1 || at.getUTCDate() !== Number(g.day)) return null;
    return at.getTime() * 1000 - ZONE_OFFSET_US + inDay;
  }
  if (!g.word) return dayStartUs(day) + inDay;
  const back = /kemarin|yesterday/i.test(g.word) ? DAY_US : 0;
  return dayStartUs(now) - back + inDay;
}
