/** How a live picture is held close to now: numbers in, numbers out. `LivePlayer` obeys. */

export const TARGET_BEHIND_S = 0.25;
export const JUMP_BEHIND_S = 1.5;
export const FROZEN_AFTER_MS = 5000;

export interface LiveSteer {
  /** nothing came for too long: the picture stands */
  frozen: boolean;
  /** where to jump to; null: play on */
  jumpToS: number | null;
  rate: number;
  behindS: number;
}

/** endS: where the buffer ends; currentS: what is shown; silentMs: since the last piece came. */
export function steerLive(endS: number, currentS: number, silentMs: number): LiveSteer {
  const behindS = endS - currentS;
  const lost = behindS > JUMP_BEHIND_S || behindS < 0;
  return {
    frozen: silentMs > FROZEN_AFTER_MS,
    jumpToS: lost ? Math.max(0, endS - TARGET_BEHIND_S) : null,
    rate: behindS > 2 * TARGET_BEHIND_S ? 1.1 : 1,
    behindS: Math.max(0, behindS),
  };
}

/** Which stream to ask for when the browser cannot play `failed`; null: there is no other. */
export function otherStream(failed: "main" | "sub", hasSub: boolean): "main" | "sub" | null {
  return failed === "main" && hasSub ? "sub" : null;
}
