import { describe, expect, it } from "vitest";
import { recordedState, shareOf } from "./camera_state";

const LINE = { recorded: [{ from_us: 0, to_us: 40 }, { from_us: 60, to_us: 200 }], gaps: [{ from_us: 40, to_us: 60, cause: "link" }, { from_us: 200, to_us: null, cause: "power" }] };

describe("what a camera has of a span", () => {
  it("is counted inside the span alone", () => {
    expect(shareOf(LINE, 20, 120)).toEqual({ recorded_us: 80, missing_us: 20, causes: ["link"] });
  });
  it("counts an interruption that lasts", () => {
    expect(shareOf(LINE, 200, 300)).toEqual({ recorded_us: 0, missing_us: 100, causes: ["power"] });
  });
  it("has a word for nothing, for a part, and for all but a cut", () => {
    expect(recordedState({ recorded_us: 0, missing_us: 9 }).word).toBe("missing");
    expect(recordedState({ recorded_us: 80, missing_us: 20 }).word).toBe("partly");
    expect(recordedState({ recorded_us: 1000, missing_us: 1 }).word).toBe("recorded");
  });
});
