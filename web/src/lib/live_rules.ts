/**
 * How a live picture is held close to now: numbers in, numbers out. `LivePlayer` obeys.
 *
 * What counts is the slack: how much is still unshown at the moment the next piece comes. Its smallest value of the
 * last second is all that a lower delay could take away without the picture standing still, so a line that jitters
 * is played later by itself, and a steady one at two or three pictures behind now.
 */

export const TARGET_SLACK_S = 0.04;
export const JUMP_BEHIND_S = 1.5;
export const JUMP_TO_BEHIND_S = 0.15;
export const FROZEN_AFTER_MS = 5000;
const FASTEST = 1.25;
const SLOWEST = 0.94;
const WINDOW_MS = 1000;

export interface LiveSteer {
  /** nothing came for too long: the picture stands */
  frozen: boolean;
  /** where to jump to; null: play on */
  jumpToS: number | null;
  rate: number;
  behindS: number;
}

/** The smallest slack of the last second. */
export class Slack {
  #seen: { atMs: number; slackS: number }[] = [];

  /** A piece has come with this much still unshown. */
  note(atMs: number, slackS: number): void {
    this.#seen.push({ atMs, slackS });
    while (this.#seen[0]!.atMs < atMs - WINDOW_MS) this.#seen.shift();
  }

  get leastS(): number | null {
    return this.#seen.length < 2 ? null : Math.min(...this.#seen.map((one) => one.slackS));
  }

  /** After a jump what was seen says nothing any more. */
  forget(): void {
    this.#seen = [];
  }
}

/** endS: where the buffer ends; currentS: what is shown; silentMs: since the last piece came; leastS: see `Slack`. */
export function steerLive(endS: number, currentS: number, silentMs: number, leastS: number | null): LiveSteer {
  const behindS = endS - currentS;
  const lost = behindS > JUMP_BEHIND_S || behindS < 0;
  return {
    frozen: silentMs > FROZEN_AFTER_MS,
    jumpToS: lost ? Math.max(0, endS - JUMP_TO_BEHIND_S) : null,
    rate: lost || leastS === null ? 1 : rateFor(leastS),
    behindS: Math.max(0, behindS),
  };
}

function rateFor(leastS: number): number {
  if (leastS > 1.5 * TARGET_SLACK_S) return Math.min(FASTEST, 1.02 + (leastS - TARGET_SLACK_S));
  return leastS < 0.5 * TARGET_SLACK_S ? SLOWEST : 1;
}

/** Which stream to ask for when the browser cannot play `failed`; null: there is no other. */
export function otherStream(failed: "main" | "sub", hasSub: boolean): "main" | "sub" | null {
  return failed === "main" && hasSub ? "sub" : null;
}
