/** What is filled into the form from a probed camera. */
import type { Schema } from "../api/call";

/** What a probe fills into the form; `onvif_port` null: the camera was found by its stream alone. */
export interface Taken { url: string; sub_url: string; name: string; serial: string; onvif_port: number | null }

type Probed = Schema["ProbeOut"];

/** The address as the recorder takes it: name and password inside, percent-coded. */
export function withLogin(url: string, user: string, password: string): string {
  const [scheme, rest] = url.split("://");
  if (!user || rest === undefined || (rest.split("/")[0] ?? "").includes("@")) return url;
  const sign = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${scheme}://${sign(user)}:${sign(password)}@${rest}`;
}

export interface Clock { key: "ahead" | "behind" | "same" | "none"; s: string; u: string }

/** In words: ahead, behind, or the same as far as one can tell. */
export function clockOf(found: Probed, language: string): Clock {
  const offset = found.clock_offset_s;
  if (offset === null || offset === undefined) return { key: "none", s: "", u: "" };
  const known = found.clock_uncertainty_s ?? 0;
  const text = (value: number) => value.toLocaleString(language === "id" ? "id-ID" : "en-GB", { maximumFractionDigits: Math.abs(value) < 60 ? 1 : 0 });
  const key = Math.abs(offset) <= known ? "same" : offset > 0 ? "ahead" : "behind";
  return { key, s: text(Math.abs(offset)), u: text(known) };
}
