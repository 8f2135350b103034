import { describe, expect, it } from "vitest";
import { clockText, dayStartUs, dueText, fromInput, HOUR_US, inputText, lengthText, MINUTE_US, readMoment, SECOND_US, spanText } from "./time";

const NOW = Date.UTC(2026, 10, 23, 6, 0, 0) * 1000; // 23 Nov 2026 14.00 WITA

describe("a typed moment", () => {
  it("reads a bare time as today in the region's zone", () => {
    expect(readMoment("02:14", NOW)).toBe(Date.UTC(2026, 10, 22, 18, 14) * 1000);
    expect(readMoment("02.14.30", NOW)).toBe((Date.UTC(2026, 10, 22, 18, 14) / 1000 + 30) * SECOND_US);
  });
  it("knows yesterday in both languages", () => {
    const yesterday = Date.UTC(2026, 10, 22, 6, 30) * 1000;
    expect(readMoment("kemarin 14:30", NOW)).toBe(yesterday);
    expect(readMoment("yesterday 14:30", NOW)).toBe(yesterday);
  });
  it("reads a day, with or without its year", () => {
    expect(readMoment("18/11 08:15", NOW)).toBe(Date.UTC(2026, 10, 18, 0, 15) * 1000);
    expect(readMoment("18/11/2025 08:15", NOW)).toBe(Date.UTC(2025, 10, 18, 0, 15) * 1000);
    expect(readMoment("18.11.2025 08.15 WITA", NOW)).toBe(Date.UTC(2025, 10, 18, 0, 15) * 1000);
  });
  it("refuses what is no time", () => {
    for (const text of ["", "25:00", "31/02 10:00", "besok", "12"]) expect(readMoment(text, NOW)).toBeNull();
  });
});

describe("times in the region's zone", () => {
  it("shows WITA, eight hours ahead of UTC", () => {
    expect(clockText(Date.UTC(2026, 10, 22, 18, 10, 5) * 1000)).toBe("02.10.05");
  });
  it("keeps an input's moment through a round trip", () => {
    const at = dayStartUs(NOW) + 2 * HOUR_US + 10 * MINUTE_US;
    expect(fromInput(inputText(at))).toBe(at);
  });
  it("writes lengths in two units at most", () => {
    expect(lengthText(41 * SECOND_US, "id")).toBe("41 dtk");
    expect(lengthText(3 * HOUR_US + 10 * MINUTE_US + 5 * SECOND_US, "id")).toBe("3 jam 10 mnt");
    expect(lengthText(0, "en")).toBe("0 s");
  });
});

describe("a deadline to begin with", () => {
  it("is the end of office hours in three days, in whole minutes that the input takes", () => {
    const night = Date.UTC(2026, 10, 26, 17, 25, 30) * 1000; // 01.25.30 WITA on the 27th
    expect(dueText(night)).toBe("2026-11-30T16:00");
    expect(fromInput(dueText(night))).toBe(Date.UTC(2026, 10, 30, 8, 0, 0) * 1000);
  });
});

describe("a span", () => {
  const at = (text: string) => fromInput(text) ?? 0;
  it("says its zone, and both days when it crosses midnight", () => {
    expect(spanText(at("2026-11-27T02:10"), at("2026-11-27T02:40"), "id")).toBe("27 Nov 2026 02.10–02.40 WITA");
    expect(spanText(at("2026-11-26T23:50"), at("2026-11-27T00:10"), "en")).toBe("26 Nov 2026 23.50–27 Nov 2026 00.10 WITA");
  });
});
