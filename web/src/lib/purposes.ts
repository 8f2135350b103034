/** What a camera may be for, and the most days for it: as `ronda/registry/purposes.py`, which refuses more; a test holds both together. */
import type { Schema } from "../api/call";

export type PurposeKind = Schema["PurposeKind"];

export const LONGEST_DAYS: Record<PurposeKind, number> = {
  public_order: 90,
  traffic: 60,
  buildings: 60,
  counters: 30,
  schools: 30,
  health: 30,
  hazards: 180,
  regional_rule: 365,
};
/** Where the law allows such a purpose, as the same page of the register names it. */
export const ALLOWED_BY: Record<PurposeKind, string> = {
  public_order: "UU 27/2022 Pasal 17 huruf a (keamanan); UU 23/2014 Pasal 12 ayat (1) huruf e",
  traffic: "UU 27/2022 Pasal 17 huruf a (lalu lintas); UU 22/2009 Pasal 245",
  buildings: "UU 27/2022 Pasal 17 huruf a (keamanan); PP 27/2014 Pasal 42",
  counters: "UU 27/2022 Pasal 17 huruf a (keamanan); UU 25/2009 Pasal 15",
  schools: "UU 27/2022 Pasal 17 huruf a (keamanan); UU 35/2014 Pasal 54",
  health: "UU 27/2022 Pasal 17 huruf a (keamanan); UU 17/2023",
  hazards: "UU 27/2022 Pasal 17 huruf a (pencegahan bencana); UU 24/2007 Pasal 46",
  regional_rule: "Perda, Perbup atau keputusan kepala daerah, disebut dalam dasar hukum",
};
export const PURPOSES = Object.keys(LONGEST_DAYS) as PurposeKind[];
