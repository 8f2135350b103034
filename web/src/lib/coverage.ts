/** What the map and the register show of coverage: rows for lists, sentences for areas, symbols for cameras. */
import type { Schema } from "../api/call";
import type { MapArea, MapPoint } from "../parts/Map.svelte";
import { cameraState, type ShownState } from "./camera_state";

/** Texts come from outside, so that this file runs without a screen. */
export interface Words {
  t(key: string, values: Record<string, string | number>): string;
  word(prefix: string, value: string): string;
}
type Register = Schema["RegisterOut"];
type Camera = Schema["CameraOut"];

/** Never a share of an unknown whole. */
export function targetShare(target: Schema["TargetOut"]): number | null {
  return target.total ? target.covered / target.total : null;
}

export function mapAreas(areas: Schema["AreasOut"], states: Schema["AreaStateOut"][], heavy: boolean, say: Words): MapArea[] {
  const byCode = new Map(states.map((state) => [state.code, state]));
  return areas.areas.map((area) => {
    const state = byCode.get(area.code);
    return {
      code: area.code, name: area.name, lat: area.lat_deg, lon: area.lon_deg, weight: heavy ? 1 : 0,
      shape: area.geometry as unknown as MapArea["shape"],
      tint: state?.share ?? null,
      text: areaText(area.name, state, say),
    };
  });
}

function areaText(name: string, state: Schema["AreaStateOut"] | undefined, say: Words): string {
  if (!state) return name;
  const lines = [name, say.t("map.area.targets", { covered: state.covered, total: state.total }), say.t("map.area.cameras", { n: state.in_service })];
  if (state.planned) lines.push(say.t("map.area.planned", { n: state.planned }));
  return lines.join("\n");
}

const SHAPES: Record<ShownState["kind"], MapPoint["shape"]> = { ok: "dot", warning: "triangle", fault: "square", unknown: "hollow" };

/** Cameras with a place, as symbols: what serves by what it does now, what is planned as a diamond. */
export function mapPoints(register: Register[], cameras: Camera[], layers: { serving: boolean; planned: boolean }, say: Words): MapPoint[] {
  const now = new Map(cameras.map((camera) => [camera.camera, camera]));
  const points: MapPoint[] = [];
  for (const entry of register) {
    if (entry.lat_deg === null || entry.lon_deg === null) continue;
    const place = { id: entry.camera, lat: entry.lat_deg, lon: entry.lon_deg };
    const camera = now.get(entry.camera);
    if (entry.state === "planned" && layers.planned) {
      points.push({ ...place, shape: "diamond", tone: "accent", label: `${entry.name}\n${entry.site}\n${say.word("standing", "planned")}` });
    } else if (entry.state === "in_service" && layers.serving) {
      const state: ShownState = camera ? cameraState(camera) : { kind: "unknown", word: "unknown" };
      points.push({ ...place, shape: SHAPES[state.kind], tone: state.kind, label: `${entry.name}\n${entry.site}\n${say.word("state", state.word)}` });
    }
  }
  return points;
}
