import { describe, expect, it } from "vitest";
import { type Place, placeAt, placeText, summary } from "./places";

const place = (where: string, from: number, to: number, percent: number | null = null, expected: number | null = null): Place =>
  ({ where, from_us: from, to_us: to, percent, expected_us: expected });
const say = (key: string, values?: Record<string, string | number>) => `${key} ${JSON.stringify(values ?? {})}`;

describe("places", () => {
  it("finds the place of an instant and none in a gap", () => {
    const all = [place("here", 0, 10), place("village", 20, 30)];
    expect(placeAt(all, 25)?.where).toBe("village");
    expect(placeAt(all, 15)).toBeUndefined();
    expect(placeAt(null, 5)).toBeUndefined();
  });
  it("speaks of what is coming before what is here, weighted by time", () => {
    const found = summary([place("here", 0, 10), place("coming", 10, 20, 50, 100), place("coming", 20, 50, 10, 300)]);
    expect(found?.where).toBe("coming");
    expect(found?.percent).toBe(20);
    expect(found?.expected_us).toBe(300);
  });
  it("promises no arrival while one of the films has none", () => {
    const found = summary([place("coming", 0, 10, 50, 100), place("coming", 10, 20, 0, null)]);
    expect(found?.expected_us).toBeNull();
    expect(placeText(found as Place, say, String)).toContain("waiting");
  });
  it("says at the village before here", () => {
    expect(summary([place("here", 0, 10), place("village", 10, 20)])?.where).toBe("village");
    expect(summary([])).toBeUndefined();
  });
});
