/** The wall's layout as one line of text: how it is remembered, and how it is sent as a link. Pure. */
import type { Schema } from "../api/call";
import { cameraState } from "./camera_state";

export interface Layout {
  /** tiles in a row and in a column: 1 to 4 */
  side: number;
  /** camera of each tile, null: empty */
  tiles: (string | null)[];
}

const CAMERA = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** `2.simpang-3..ruko.` : the side, then a camera or nothing for each tile. */
export function layoutText(layout: Layout): string {
  const tiles = Array.from({ length: layout.side ** 2 }, (_, i) => layout.tiles[i] ?? "");
  return [layout.side, ...tiles].join(".");
}

/** Null for anything that is no layout. */
export function readLayout(text: string | null): Layout | null {
  const [first = "", ...rest] = (text ?? "").split(".");
  const side = Number(first);
  if (![1, 2, 3, 4].includes(side) || rest.length > side ** 2) return null;
  if (!rest.every((camera) => camera === "" || CAMERA.test(camera))) return null;
  return { side, tiles: Array.from({ length: side ** 2 }, (_, i) => rest[i] || null) };
}

const MOST_TILES = 16;

/**
 * What a wall shows that nobody has laid out yet: cameras with a picture first, then those in trouble.
 * A camera that is only being asked again keeps its place: the wall is remembered as it was first laid out.
 */
export function firstWall(all: Schema["CameraOut"][]): string[] {
  const rank = { ok: 0, warning: 1, fault: 2, unknown: 3 };
  return all
    .map((camera) => ({ camera: camera.camera, at: rank[cameraState(camera).kind] }))
    .sort((a, b) => a.at - b.at)
    .slice(0, MOST_TILES)
    .map(({ camera }) => camera);
}

/** The next tour stop: the cameras that follow the last one shown, round and round. */
export function turned(all: string[], tiles: (string | null)[], count: number): (string | null)[] {
  const shown = tiles.slice(0, count).filter((camera) => camera !== null);
  const last = all.indexOf(shown.at(-1) ?? "");
  return Array.from({ length: count }, (_, i) => (i < all.length ? all[(last + 1 + i) % all.length] ?? null : null));
}
