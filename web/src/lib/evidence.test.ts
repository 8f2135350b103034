import { describe, expect, it } from "vitest";
import { readEvidence } from "./evidence";

describe("evidence", () => {
  it("is recognised by its sentence, and keeps what was measured", () => {
    expect(readEvidence("the camera closed the connection (10.0.0.7:554)")).toEqual({ finding: "camera_closed", detail: "(10.0.0.7:554)" });
    expect(readEvidence("the machine was started anew")).toEqual({ finding: "machine_restarted", detail: "" });
  });
  it("stays as it is when it is free text", () => {
    expect(readEvidence("data latihan: PLN padam")).toEqual({ finding: null, detail: "data latihan: PLN padam" });
    expect(readEvidence("the machine was started anewly")).toMatchObject({ finding: null });
  });
});
