import { describe, expect, it } from "vitest";
import { readEvidence, readNamed } from "./evidence";

describe("evidence", () => {
  it("is recognised by its sentence, and keeps what was measured", () => {
    expect(readEvidence("the camera closed the connection (10.0.0.7:554)")).toEqual({ finding: "camera_closed", detail: "(10.0.0.7:554)" });
    expect(readEvidence("the machine was started anew")).toEqual({ finding: "machine_restarted", detail: "" });
  });
  it("tells what a person said apart from what was measured", () => {
    const named = readNamed("laporan PLN (118) (named by Nama Nur; measured: the camera closed the connection (10.0.0.7:554))");
    expect(named).toEqual({ reason: "laporan PLN (118)", by: "Nama Nur", measured: "the camera closed the connection (10.0.0.7:554)" });
    expect(readNamed("the machine was started anew")).toBeNull();
  });
  it("stays as it is when it is free text", () => {
    expect(readEvidence("data latihan: PLN padam")).toEqual({ finding: null, detail: "data latihan: PLN padam" });
    expect(readEvidence("the machine was started anewly")).toMatchObject({ finding: null });
  });
});
