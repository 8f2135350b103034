import { describe, expect, it } from "vitest";
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US } from "./time";
import { clamp, LONGEST_US, pan, SHORTEST_US, tickForm, ticks, zoom } from "./timeline_view";

const BOUNDS = { fromUs: 0, toUs: 10 * DAY_US };
const HOUR = { fromUs: 5 * DAY_US, toUs: 5 * DAY_US + HOUR_US };

describe("zooming", () => {
  it("keeps the instant under the pointer where it is", () => {
    const at = HOUR.fromUs + 0.25 * HOUR_US;
    const closer = zoom(HOUR, at, 0.5, BOUNDS);
    expect(closer.toUs - closer.fromUs).toBeCloseTo(HOUR_US / 2, -1);
    expect((at - closer.fromUs) / (closer.toUs - closer.fromUs)).toBeCloseTo(0.25, 5);
  });
  it("stops at a second and at the bounds", () => {
    let view = HOUR;
    for (let i = 0; i < 60; i++) view = zoom(view, HOUR.fromUs + MINUTE_US, 0.5, BOUNDS);
    expect(view.toUs - view.fromUs).toBe(SHORTEST_US);
    for (let i = 0; i < 60; i++) view = zoom(view, HOUR.fromUs + MINUTE_US, 2, BOUNDS);
    expect(view).toEqual(BOUNDS);
  });
  it("never shows more than a month", () => {
    const year = { fromUs: 0, toUs: 365 * DAY_US };
    expect(clamp(year, year).toUs).toBe(LONGEST_US);
  });
});

describe("panning", () => {
  it("stops at the ends", () => {
    expect(pan(HOUR, -100 * DAY_US, BOUNDS)).toEqual({ fromUs: 0, toUs: HOUR_US });
    expect(pan(HOUR, 100 * DAY_US, BOUNDS).toUs).toBe(BOUNDS.toUs);
  });
});

describe("ticks", () => {
  it("are round and no more than fit", () => {
    const { atUs, stepUs } = ticks(HOUR, 8);
    expect(stepUs).toBe(10 * MINUTE_US);
    expect(atUs.length).toBeLessThanOrEqual(9);
    expect(atUs.every((at) => at % stepUs === 0)).toBe(true);
  });
  it("begin days at local midnight", () => {
    const { atUs } = ticks({ fromUs: 0, toUs: 5 * DAY_US }, 5);
    expect(atUs.every((at) => (at + 8 * HOUR_US) % DAY_US === 0)).toBe(true);
  });
  it("change their words with the distance", () => {
    expect([tickForm(2 * DAY_US), tickForm(HOUR_US), tickForm(5 * SECOND_US), tickForm(SECOND_US / 10)]).toEqual(["day", "minute", "second", "tenth"]);
  });
});
