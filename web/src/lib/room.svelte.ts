/**
 * The clock of a case room: one instant that every tile follows, its speed, and the marks.
 * Holds no picture; `PastPlayer`s are asked to follow and say whether they are there.
 */
import type { PastPlayer } from "./past_player";
import { SECOND_US } from "./time";

const TICK_MS = 50;
const RATES = [1, 2, 4, 8, 16];

export class RoomClock {
  wallUs = $state(0);
  rate = $state(0);
  markIn = $state<number | null>(null);
  markOut = $state<number | null>(null);
  /** camera-microseconds that were shown while playing: "ditonton" */
  watchedUs = $state(0);
  #players = new Set<PastPlayer>();
  #fromUs: number;
  #toUs: number;
  #timer: number;
  #lastMs = performance.now();

  constructor(fromUs: number, toUs: number) {
    this.#fromUs = fromUs;
    this.#toUs = toUs;
    this.wallUs = fromUs;
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  add(player: PastPlayer): () => void {
    this.#players.add(player);
    return () => this.#players.delete(player);
  }

  seek(us: number): void {
    this.wallUs = Math.min(this.#toUs - 1, Math.max(this.#fromUs, us));
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
    const frameS = [...this.#players][0]?.frameS ?? 0.08;
    this.seek(this.wallUs + direction * frameS * SECOND_US);
  }

  mark(which: "in" | "out"): void {
    if (which === "in") this.markIn = this.wallUs;
    else this.markOut = this.wallUs;
    if (this.markIn !== null && this.markOut !== null && this.markOut < this.markIn) {
      [this.markIn, this.markOut] = [this.markOut, this.markIn];
    }
  }

  #tick(): void {
    const nowMs = performance.now();
    const pastMs = Math.min(250, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const ready = this.#follow();
    if (this.rate === 0 || !ready) return;
    const byUs = pastMs * 1000 * this.rate;
    const next = this.wallUs + byUs;
    if (next >= this.#toUs - 1 || next <= this.#fromUs) this.stop();
    this.wallUs = Math.min(this.#toUs - 1, Math.max(this.#fromUs, next));
    this.watchedUs += Math.abs(byUs) * this.#players.size;
  }

  /** Ask every tile to be at the instant; the clock waits for those that are not there yet. */
  #follow(): boolean {
    let ready = true;
    for (const player of this.#players) ready = player.follow(this.wallUs, Math.max(0, this.rate)) && ready;
    return ready;
  }
}
