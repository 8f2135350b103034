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
export const PURPOSES = Object.keys(LONGEST_DAYS) as PurposeKind[];
