import { describe, expect, it } from "vitest";
import type { Schema } from "../api/call";
import { firstWall, layoutText, readLayout, turned } from "./wall";

describe("a layout that is sent", () => {
  it("comes back as it was", () => {
    const layout = { side: 2, tiles: ["simpang-3", null, "ruko", null] };
    expect(layoutText(layout)).toBe("2.simpang-3..ruko.");
    expect(readLayout(layoutText(layout))).toEqual(layout);
  });
  it("is cut to the tiles of its side, and filled up", () => {
    expect(layoutText({ side: 1, tiles: ["a", "b"] })).toBe("1.a");
    expect(readLayout("2.a")).toEqual({ side: 2, tiles: ["a", null, null, null] });
  });
  it("is refused when it is none", () => {
    for (const text of [null, "", "5.a", "x", "1.a.b", "1.<script>", "2.A", "[]"]) expect(readLayout(text)).toBeNull();
  });
});

describe("a wall that nobody has laid out", () => {
  const seen = (camera: string, state: string, off_reason: string | null = null) =>
    ({ camera, off_reason, now: { state, picture: null, gap: null } }) as unknown as Schema["CameraOut"];
  it("has the cameras with a picture first, and leaves no other out", () => {
    const all = [seen("mati", "off", "person: cat"), seen("putus", "silent"), seen("minta", "connecting"), seen("jalan", "recording")];
    expect(firstWall(all)).toEqual(["jalan", "minta", "putus", "mati"]);
  });
  it("keeps the register's order among equals, and ends with the last tile", () => {
    const all = Array.from({ length: 20 }, (_, n) => seen(`k-${n}`, "recording"));
    expect(firstWall(all)).toEqual(all.slice(0, 16).map((c) => c.camera));
  });
});

describe("the tour", () => {
  it("goes on after the last camera shown, round and round", () => {
    expect(turned(["a", "b", "c"], ["a", "b"], 2)).toEqual(["c", "a"]);
  });
  it("shows each camera once when there are fewer than tiles", () => {
    expect(turned(["a", "b"], [], 4)).toEqual(["a", "b", null, null]);
  });
});
