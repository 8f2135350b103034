// One fault in a line. Cameras that fell together for no cause of their own have something in common, and that is named.
import type { Schema } from "../api/call";
import { t, word } from "../i18n/index.svelte";

export function faultLine(one: Schema["IncidentOut"]): string {
  const [only, ...others] = one.cameras;
  const cause = word("cause", one.cause);
  if (others.length === 0 && one.cause === "unknown") return t("fault.single.unknown", { name: only?.name ?? "" });
  if (others.length === 0) return t("fault.single", { name: only?.name ?? "", cause });
  const n = one.cameras.length;
  return one.cause === "unknown" ? t("fault.shared", { n }) : t("fault.one", { n, cause });
}
