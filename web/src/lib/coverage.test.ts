import { describe, expect, it } from "vitest";
import type { Schema } from "../api/call";
import { mapAreas, mapPoints, targetShare } from "./coverage";

const target = (covered: number, total: number | null): Schema["TargetOut"] => ({ target: "school", level: "place", covered, planned: 0, total });
const entry = (camera: string, state: "planned" | "in_service" | "retired", lat: number | null = 0.5) =>
  ({ camera, name: camera, site: "Simpang", state, lat_deg: lat, lon_deg: 117.5 }) as Schema["RegisterOut"];
const serving = (camera: string, state: string) => ({ camera, off_reason: null, now: { state } }) as Schema["CameraOut"];
const say = { t: (key: string) => key, word: (_prefix: string, value: string) => value };
const all = { serving: true, planned: true };

describe("a target", () => {
  it("shows a share only of a known whole", () => {
    expect(targetShare(target(3, 12))).toBe(0.25);
    expect(targetShare(target(3, null))).toBeNull();
  });
});

describe("cameras on the map", () => {
  it("have the shape of their state", () => {
    const points = mapPoints([entry("a", "in_service"), entry("b", "in_service"), entry("c", "planned"), entry("d", "in_service")], [serving("a", "recording"), serving("b", "silent")], all, say);
    expect(points.map((point) => [point.id, point.shape])).toEqual([["a", "dot"], ["b", "square"], ["c", "diamond"], ["d", "hollow"]]);
  });
  it("are left out when retired, without a place, or switched off by layer", () => {
    expect(mapPoints([entry("a", "retired"), entry("b", "in_service", null)], [], all, say)).toEqual([]);
    expect(mapPoints([entry("a", "in_service"), entry("c", "planned")], [], { serving: true, planned: false }, say).map((point) => point.id)).toEqual(["a"]);
  });
});

describe("an area", () => {
  const shape = { type: "Polygon", coordinates: [] };
  const areas = { official: false, areas: [{ code: "64.08.01", name: "Muara Ancalong", lat_deg: 0.4, lon_deg: 116.5, geometry: shape }] } as unknown as Schema["AreasOut"];
  it("has no tint where nothing is counted, and the share where something is", () => {
    const state = (share: number | null) => [{ code: "64.08.01", covered: 1, total: 2, share, in_service: 1, planned: 0 }];
    expect(mapAreas(areas, state(null), true, say)[0]?.tint).toBeNull();
    expect(mapAreas(areas, state(0.5), true, say)[0]?.tint).toBe(0.5);
  });
});
