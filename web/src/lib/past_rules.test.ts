import { describe, expect, it } from "vitest";
import { AHEAD_US, askFor, BACK_US, moreUntil, reaches, steerPast } from "./past_rules";
import { SECOND_US } from "./time";

const FIRST = 1_000 * SECOND_US;
const FRAME_S = 0.1;

describe("what is asked for", () => {
  it("begins at the wanted instant and reaches twelve seconds ahead", () => {
    const at = FIRST + 600 * SECOND_US;
    expect(askFor(at, 1, FIRST)).toEqual({ fromUs: at, untilUs: at + AHEAD_US });
  });
  it("begins earlier when going back, never before the approved span", () => {
    expect(askFor(FIRST + 60 * SECOND_US, -2, FIRST).fromUs).toBe(FIRST + 60 * SECOND_US - BACK_US);
    expect(askFor(FIRST + 3 * SECOND_US, -2, FIRST).fromUs).toBe(FIRST);
  });
  it("is asked anew for a far seek, either way", () => {
    const asked = askFor(FIRST + 100 * SECOND_US, 0, FIRST);
    expect(reaches(asked, FIRST + 400 * SECOND_US)).toBe(false);
    expect(reaches(asked, FIRST + 90 * SECOND_US)).toBe(false);
  });
  it("serves a near seek and the small step before its first picture", () => {
    const asked = askFor(FIRST + 100 * SECOND_US, 0, FIRST);
    expect(reaches(asked, FIRST + 110 * SECOND_US)).toBe(true);
    expect(reaches(asked, FIRST + 100 * SECOND_US - SECOND_US / 10)).toBe(true);
  });
});

describe("what is fetched while playing", () => {
  const asked = askFor(FIRST, 1, FIRST);
  it("is nothing while enough is on its way", () => {
    expect(moreUntil(asked, FIRST + SECOND_US, 1)).toBeNull();
  });
  it("goes on before the end is reached", () => {
    expect(moreUntil(asked, FIRST + 5 * SECOND_US, 1)).toBe(FIRST + 5 * SECOND_US + AHEAD_US);
  });
  it("looks further ahead at speed", () => {
    expect(moreUntil(asked, FIRST, 8)).toBe(FIRST + 8 * AHEAD_US);
  });
});

describe("bringing the picture there", () => {
  it("hurries or waits a little for a small distance", () => {
    expect(steerPast(10.1, 10, 1, FRAME_S)).toEqual({ rate: expect.closeTo(1.1, 5), seekToS: null });
    expect(steerPast(9.9, 10, 1, FRAME_S)).toEqual({ rate: expect.closeTo(0.9, 5), seekToS: null });
  });
  it("jumps over a large one", () => {
    expect(steerPast(14, 10, 1, FRAME_S).seekToS).toBe(14);
  });
  it("does not jump at sixteen times speed for what is one tick there", () => {
    expect(steerPast(11, 10, 16, FRAME_S).seekToS).toBeNull();
  });
  it("stands still when paused, and shows the wanted picture", () => {
    expect(steerPast(10, 10.01, 0, FRAME_S)).toEqual({ rate: 0, seekToS: null });
    expect(steerPast(10, 10.3, 0, FRAME_S)).toEqual({ rate: 0, seekToS: 10 });
  });
  it("goes back in steps: a browser plays no film backwards", () => {
    expect(steerPast(9.9, 10, -4, FRAME_S)).toEqual({ rate: 0, seekToS: 9.9 });
  });
});
