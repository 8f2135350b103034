/** What the editor of a redacted copy works out; no browser in it. */

export interface Area { left: number; top: number; right: number; bottom: number }

const LEAST = 0.01;

/** The rectangle between two points, in shares of the picture; null when it is a click and no drag. */
export function areaBetween(from: { x: number; y: number }, to: { x: number; y: number }): Area | null {
  const clip = (share: number) => Math.min(1, Math.max(0, share));
  const area = {
    left: clip(Math.min(from.x, to.x)),
    top: clip(Math.min(from.y, to.y)),
    right: clip(Math.max(from.x, to.x)),
    bottom: clip(Math.max(from.y, to.y)),
  };
  return area.right - area.left < LEAST || area.bottom - area.top < LEAST ? null : area;
}

/** Which share of a film was played, 0 to 1, from the player's own ranges. */
export function playedShare(ranges: { length: number; start(i: number): number; end(i: number): number }, lengthS: number): number {
  if (!(lengthS > 0)) return 0;
  let played = 0;
  for (let i = 0; i < ranges.length; i += 1) played += ranges.end(i) - ranges.start(i);
  return Math.min(1, played / lengthS);
}

/** Whether every second was shown: players end a little before the end. */
export const wholeSeen = (share: number) => share >= 0.98;
