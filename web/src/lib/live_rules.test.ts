import { describe, expect, it } from "vitest";
import { FROZEN_AFTER_MS, JUMP_TO_BEHIND_S, otherStream, Slack, steerLive, TARGET_SLACK_S } from "./live_rules";

describe("steerLive", () => {
  it("plays on while just enough is left when the next piece comes", () => {
    expect(steerLive(20, 19.9, 10, TARGET_SLACK_S)).toEqual({ frozen: false, jumpToS: null, rate: 1, behindS: expect.closeTo(0.1, 5) });
  });
  it("plays faster the more is left, and never so fast that people hurry", () => {
    expect(steerLive(20, 19.8, 10, 0.1).rate).toBeCloseTo(1.08, 5);
    expect(steerLive(20, 19.2, 10, 0.7).rate).toBe(1.25);
  });
  it("plays slower when the next piece comes at the last moment", () => {
    expect(steerLive(20, 19.99, 10, 0).rate).toBeLessThan(1);
  });
  it("does not steer before it knows", () => {
    expect(steerLive(20, 19.5, 10, null).rate).toBe(1);
  });
  it("jumps when far behind, or ahead after the camera came back", () => {
    expect(steerLive(20, 10, 100, 9).jumpToS).toBe(20 - JUMP_TO_BEHIND_S);
    expect(steerLive(20, 25, 100, null)).toMatchObject({ jumpToS: 20 - JUMP_TO_BEHIND_S, behindS: 0 });
  });
  it("says that the picture stands when nothing comes", () => {
    expect(steerLive(20, 19.8, FROZEN_AFTER_MS + 1, null).frozen).toBe(true);
    expect(steerLive(20, 19.8, FROZEN_AFTER_MS - 1, null).frozen).toBe(false);
  });
});

describe("Slack", () => {
  it("is the smallest of the last second", () => {
    const slack = new Slack();
    expect(slack.leastS).toBeNull();
    slack.note(0, 0.01);
    slack.note(900, 0.3);
    expect(slack.leastS).toBe(0.01);
    slack.note(1500, 0.2);
    expect(slack.leastS).toBe(0.2);
    slack.forget();
    expect(slack.leastS).toBeNull();
  });
});

describe("otherStream", () => {
  it("falls back to the sub stream once", () => {
    expect(otherStream("main", true)).toBe("sub");
    expect(otherStream("main", false)).toBeNull();
    expect(otherStream("sub", true)).toBeNull();
  });
});
