/**
 * The clock of a case room: one instant that every tile follows, its speed, and the marks.
 * Holds no picture; its followers bring theirs and say whether they are there.
 */
import { SECOND_US } from "./time";

const TICK_MS = 50;
/** After a pause of the page (a tab in the background) the clock does not leap. */
const LONGEST_TICK_MS = 250;
/** Going back, the time that a picture took to come counts: larger steps, the same speed. */
const LONGEST_BACK_STEP_MS = 1000;
const RATES = [1, 2, 4, 8, 16];

export interface Follower {
  /** length of one picture, seconds */
  readonly frameS: number;
  /** Bring the picture to `wallUs` at `rate` (0: stand still, below 0: back in steps). True when it is there, or nothing is. */
  follow(wallUs: number, rate: number): boolean;
}

export class RoomClock {
  wallUs = $state(0);
  rate = $state(0);
  markIn = $state<number | null>(null);
  markOut = $state<number | null>(null);
  /** camera-microseconds that were shown while playing: "ditonton" */
  watchedUs = $state(0);
  #followers = new Set<Follower>();
  #fromUs: number;
  #toUs: number;
  #timer: ReturnType<typeof setInterval>;
  #lastMs = performance.now();

  constructor(fromUs: number, toUs: number) {
    this.#fromUs = fromUs;
    this.#toUs = toUs;
    this.wallUs = fromUs;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  add(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  seek(us: number): void {
    this.wallUs = this.#inside(us);
    this.#follow();
  }

  toggle(): void {
    this.rate = this.rate === 0 ? 1 : 0;
  }

  /** J and L: another press doubles; the other direction starts at one. */
  push(direction: 1 | -1): void {
    const now = this.rate * direction;
    const next = RATES.find((rate) => rate > now) ?? 16;
    this.rate = direction * (now <= 0 ? 1 : next);
  }

  stop(): void {
    this.rate = 0;
  }

  /** One picture back or on, by the frame length of the first tile. */
  step(direction: 1 | -1): void {
    this.stop();
    const frameS = [...this.#followers][0]?.frameS ?? 0.08;
    this.seek(this.wallUs + direction * frameS * SECOND_US);
  }

  /** Set one end of the mark here; ends set the wrong way round change places. */
  mark(which: "in" | "out"): void {
    if (which === "in") this.markIn = this.wallUs;
    else this.markOut = this.wallUs;
    if (this.markIn !== null && this.markOut !== null && this.markOut < this.markIn) {
      [this.markIn, this.markOut] = [this.markOut, this.markIn];
    }
  }

  unmark(): void {
    this.markIn = this.markOut = null;
  }

  #inside(us: number): number {
    return Math.min(this.#toUs - 1, Math.max(this.#fromUs, us));
  }

  #tick(): void {
    const nowMs = performance.now();
    const ready = this.#follow();
    const pastMs = Math.min(this.rate < 0 ? LONGEST_BACK_STEP_MS : LONGEST_TICK_MS, nowMs - this.#lastMs);
    if (ready || this.rate >= 0) this.#lastMs = nowMs;
    if (this.rate === 0 || !ready) return;
    const byUs = pastMs * 1000 * this.rate;
    const next = this.wallUs + byUs;
    if (next >= this.#toUs - 1 || next <= this.#fromUs) this.stop();
    this.wallUs = this.#inside(next);
    this.watchedUs += Math.abs(byUs) * this.#followers.size;
  }

  /** Ask every tile to be at the instant; the clock waits for those that are not there yet. */
  #follow(): boolean {
    let ready = true;
    for (const follower of this.#followers) ready = follower.follow(this.wallUs, this.rate) && ready;
    return ready;
  }
}
