/** The stretch of time that a timeline shows: zoom at the pointer, pan, and ticks that fit. Pure. */
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US } from "./time";

export interface View {
  fromUs: number;
  toUs: number;
}

export const SHORTEST_US = SECOND_US;
export const LONGEST_US = 31 * DAY_US;

/** Keep a view between a second and a month, and inside `bounds` when it fits there. */
export function clamp(view: View, bounds: View): View {
  const longest = Math.min(LONGEST_US, bounds.toUs - bounds.fromUs);
  const length = Math.min(longest, Math.max(SHORTEST_US, view.toUs - view.fromUs));
  const from = Math.min(Math.max(view.fromUs, bounds.fromUs), bounds.toUs - length);
  return { fromUs: from, toUs: from + length };
}

/** Zoom by `factor` (below 1: closer) so that the instant under the pointer stays there. */
export function zoom(view: View, atUs: number, factor: number, bounds: View): View {
  const length = Math.min(LONGEST_US, Math.max(SHORTEST_US, (view.toUs - view.fromUs) * factor));
  const share = (atUs - view.fromUs) / (view.toUs - view.fromUs);
  return clamp({ fromUs: atUs - share * length, toUs: atUs + (1 - share) * length }, bounds);
}

export function pan(view: View, byUs: number, bounds: View): View {
  return clamp({ fromUs: view.fromUs + byUs, toUs: view.toUs + byUs }, bounds);
}

const STEPS_US = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
].map((s) => s * SECOND_US);

/** Round instants to label, at most about `most` of them; `zoneUs` makes days begin at local midnight. */
export function ticks(view: View, most: number, zoneUs = 8 * HOUR_US): { atUs: number[]; stepUs: number } {
  const wanted = (view.toUs - view.fromUs) / Math.max(1, most);
  const stepUs = STEPS_US.find((step) => step >= wanted) ?? 7 * DAY_US;
  const first = Math.ceil((view.fromUs + zoneUs) / stepUs) * stepUs - zoneUs;
  const atUs: number[] = [];
  for (let at = first; at <= view.toUs; at += stepUs) atUs.push(at);
  return { atUs, stepUs };
}

/** What a tick says: days, minutes or seconds, by how close the view is. */
export function tickForm(stepUs: number): "day" | "minute" | "second" | "tenth" {
  if (stepUs >= DAY_US) return "day";
  if (stepUs >= MINUTE_US) return "minute";
  return stepUs >= SECOND_US ? "second" : "tenth";
}
