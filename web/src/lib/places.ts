/** Where the film of a village camera is, in a word. Pure: the words come from the caller. */
import type { Schema } from "../api/call";

export type Place = Schema["PlaceOut"];

/** The place of an instant; undefined where nothing was recorded, or for a camera that the hub records. */
export function placeAt(places: Place[] | null | undefined, us: number): Place | undefined {
  return places?.find((place) => place.from_us <= us && us < place.to_us);
}

/** One word for a whole span: what is still coming first, then what is at the village, then what is here. */
export function summary(places: Place[] | null | undefined): Place | undefined {
  if (!places?.length) return undefined;
  const coming = places.filter((place) => place.where === "coming");
  if (coming.length) {
    const weight = (place: Place) => Math.max(1, place.to_us - place.from_us);
    const whole = coming.reduce((sum, place) => sum + weight(place), 0);
    const percent = Math.floor(coming.reduce((sum, place) => sum + (place.percent ?? 0) * weight(place), 0) / whole);
    const expected = coming.map((place) => place.expected_us);
    const known = expected.every((at) => at !== null && at !== undefined);
    const first = coming[0] as Place;
    return { ...first, percent, expected_us: known ? Math.max(...expected.map((at) => at ?? 0)) : null };
  }
  return ["village", "gone", "here"].map((where) => places.find((place) => place.where === where)).find(Boolean);
}

export type Words = (key: "place.here" | "place.village" | "place.gone" | "place.coming.expected" | "place.coming.waiting", values?: Record<string, string | number>) => string;

/** `sedang dikirim (40 %, diperkirakan tiba ...)`; `moment` writes an instant. */
export function placeText(place: Place, t: Words, moment: (us: number) => string): string {
  if (place.where === "coming") {
    const n = place.percent ?? 0;
    return place.expected_us ? t("place.coming.expected", { n, time: moment(place.expected_us) }) : t("place.coming.waiting", { n });
  }
  return t(place.where === "here" ? "place.here" : place.where === "gone" ? "place.gone" : "place.village");
}

/** The shape beside the word. */
export function placeKind(place: Place): "ok" | "warning" | "fault" | "unknown" {
  return place.where === "here" ? "ok" : place.where === "coming" ? "warning" : place.where === "gone" ? "fault" : "unknown";
}
