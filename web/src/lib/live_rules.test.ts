import { describe, expect, it } from "vitest";
import { FROZEN_AFTER_MS, otherStream, steerLive, TARGET_BEHIND_S } from "./live_rules";

describe("a live picture", () => {
  it("plays at its own speed close to now", () => {
    expect(steerLive(20, 19.8, 100)).toEqual({ frozen: false, jumpToS: null, rate: 1, behindS: expect.closeTo(0.2, 5) });
  });
  it("catches up slowly when it falls behind a little", () => {
    expect(steerLive(20, 19.2, 100)).toMatchObject({ jumpToS: null, rate: 1.1 });
  });
  it("jumps when it fell far behind, or ran ahead of what there is", () => {
    expect(steerLive(20, 10, 100).jumpToS).toBe(20 - TARGET_BEHIND_S);
    expect(steerLive(20, 25, 100)).toMatchObject({ jumpToS: 20 - TARGET_BEHIND_S, behindS: 0 });
  });
  it("is called frozen when nothing came for five seconds", () => {
    expect(steerLive(20, 19.8, FROZEN_AFTER_MS + 1).frozen).toBe(true);
    expect(steerLive(20, 19.8, FROZEN_AFTER_MS - 1).frozen).toBe(false);
  });
  it("falls back to the second stream once, when the camera has one", () => {
    expect(otherStream("main", true)).toBe("sub");
    expect(otherStream("sub", true)).toBeNull();
    expect(otherStream("main", false)).toBeNull();
  });
});
