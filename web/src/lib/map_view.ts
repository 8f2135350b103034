/**
 * The arithmetic of the map: projection, paths, view, which labels fit, which point is next.
 *
 * Map units: the projected region is 1000 wide; a view (x, y, k) shows map unit u at screen x + u * k.
 * Equirectangular with longitudes shortened by the cosine of the middle latitude: true to shape within a
 * regency, and a straight line on it is as good as a road map's.
 */

export type Ring = number[][];
export interface Shape { type: string; coordinates: unknown }
export interface Bounds { west: number; south: number; east: number; north: number }
export interface View { x: number; y: number; k: number }
export interface Spot { id: string; x: number; y: number }
export interface Label { text: string; x: number; y: number; weight: number }

export const WIDTH = 1000;
export const MIN_K_SHARE = 0.8;
export const MAX_K_SHARE = 60;

export function boundsOf(shapes: Shape[]): Bounds {
  const bounds = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const shape of shapes)
    for (const ring of ringsOf(shape))
      for (const [lon = 0, lat = 0] of ring) {
        bounds.west = Math.min(bounds.west, lon);
        bounds.east = Math.max(bounds.east, lon);
        bounds.south = Math.min(bounds.south, lat);
        bounds.north = Math.max(bounds.north, lat);
      }
  return Number.isFinite(bounds.west) ? bounds : { west: 0, south: 0, east: 1, north: 1 };
}

/** Polygon and MultiPolygon as a flat list of rings; anything else has none. */
export function ringsOf(shape: Shape): Ring[] {
  if (shape.type === "Polygon") return shape.coordinates as Ring[];
  if (shape.type === "MultiPolygon") return (shape.coordinates as Ring[][]).flat();
  return [];
}

/** Longitude and latitude to map units, for one region. */
export class Projection {
  readonly height: number;
  readonly #scale: number;
  readonly #shorten: number;

  constructor(readonly bounds: Bounds) {
    this.#shorten = Math.cos((((bounds.south + bounds.north) / 2) * Math.PI) / 180);
    const wide = Math.max((bounds.east - bounds.west) * this.#shorten, 1e-6);
    this.#scale = WIDTH / wide;
    this.height = Math.max((bounds.north - bounds.south) * this.#scale, 1);
  }

  x(lon: number): number { return (lon - this.bounds.west) * this.#shorten * this.#scale; }
  y(lat: number): number { return (this.bounds.north - lat) * this.#scale; }

  /** Map units for one kilometre on the ground. */
  get km(): number { return this.#scale / 111.195; }

  /** What a camera sees on the ground: a slice of a circle, clockwise from north; 360 degrees is a whole one. */
  sector(lat: number, lon: number, directionDeg: number, viewDeg: number, rangeM: number): string {
    const [x, y, r] = [this.x(lon), this.y(lat), (this.km * rangeM) / 1000];
    if (viewDeg >= 360) return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    const at = (degrees: number): string => {
      const angle = (degrees * Math.PI) / 180;
      return `${(x + r * Math.sin(angle)).toFixed(4)} ${(y - r * Math.cos(angle)).toFixed(4)}`;
    };
    return `M${x} ${y}L${at(directionDeg - viewDeg / 2)}A${r} ${r} 0 ${viewDeg > 180 ? 1 : 0} 1 ${at(directionDeg + viewDeg / 2)}Z`;
  }

  path(shape: Shape): string {
    return ringsOf(shape)
      .map((ring) => `M${ring.map(([lon = 0, lat = 0]) => `${this.x(lon).toFixed(2)} ${this.y(lat).toFixed(2)}`).join("L")}Z`)
      .join("");
  }
}

/** The view that shows the whole region with a margin. */
export function fit(projection: Projection, width: number, height: number, margin = 16): View {
  const k = Math.max(1e-3, Math.min((width - 2 * margin) / WIDTH, (height - 2 * margin) / projection.height));
  return { k, x: (width - WIDTH * k) / 2, y: (height - projection.height * k) / 2 };
}

/** Zoom by a factor around a screen position, within the limits of `whole`, the view that shows all. */
export function zoomAt(view: View, factor: number, atX: number, atY: number, whole: View): View {
  const k = Math.min(whole.k * MAX_K_SHARE, Math.max(whole.k * MIN_K_SHARE, view.k * factor));
  const done = k / view.k;
  return { k, x: atX - (atX - view.x) * done, y: atY - (atY - view.y) * done };
}

/** Move, but keep at least a corner of the region on screen. */
export function moved(view: View, dx: number, dy: number, width: number, height: number, projection: Projection): View {
  const keep = 60;
  const x = Math.min(width - keep, Math.max(keep - WIDTH * view.k, view.x + dx));
  const y = Math.min(height - keep, Math.max(keep - projection.height * view.k, view.y + dy));
  return { ...view, x, y };
}

/** Labels that do not lie on each other at this scale, heavier ones first. `letter` is the width of one in pixels. */
export function fitting(labels: Label[], k: number, letter = 7, line = 16): Label[] {
  const taken: { left: number; right: number; top: number; bottom: number }[] = [];
  const shown: Label[] = [];
  for (const label of [...labels].sort((one, other) => other.weight - one.weight)) {
    const half = (label.text.length * letter) / 2;
    const box = { left: label.x * k - half, right: label.x * k + half, top: label.y * k - line / 2, bottom: label.y * k + line / 2 };
    if (taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)) continue;
    taken.push(box);
    shown.push(label);
  }
  return shown;
}

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** The point that an arrow key leads to: near, and rather ahead than aside. Itself when there is none. */
export function nextSpot(spots: Spot[], from: Spot, direction: Direction): Spot {
  const ahead = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[direction] as [number, number];
  let best = from;
  let cost = Infinity;
  for (const spot of spots) {
    if (spot.id === from.id) continue;
    const along = (spot.x - from.x) * ahead[0] + (spot.y - from.y) * ahead[1];
    const aside = Math.abs((spot.x - from.x) * ahead[1]) + Math.abs((spot.y - from.y) * ahead[0]);
    if (along < 0 || (along === 0 && aside > 0)) continue;
    if (along + 3 * aside < cost) { cost = along + 3 * aside; best = spot; }
  }
  return best;
}
