import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Follower, RoomClock } from "./room.svelte";
import { SECOND_US } from "./time";

const FROM = 5_000 * SECOND_US;
const TO = FROM + 60 * SECOND_US;

class Tile implements Follower {
  frameS = 0.1;
  there = true;
  rates: number[] = [];
  follow(_wallUs: number, rate: number): boolean {
    this.rates.push(rate);
    return this.there;
  }
}

let clock: RoomClock;
let tile: Tile;

beforeEach(() => {
  vi.useFakeTimers();
  clock = new RoomClock(FROM, TO);
  tile = new Tile();
  clock.add(tile);
  clock.seek(FROM + 30 * SECOND_US);
});

afterEach(() => {
  clock.close();
  vi.useRealTimers();
});

const seconds = () => (clock.wallUs - FROM) / SECOND_US;

describe("the room's clock", () => {
  it("runs with its tiles, and counts what was watched in each", () => {
    clock.add(new Tile());
    clock.toggle();
    vi.advanceTimersByTime(4000);
    expect(seconds()).toBeCloseTo(34, 1);
    expect(clock.watchedUs / SECOND_US).toBeCloseTo(8, 1);
  });
  it("waits for a tile whose picture is not there", () => {
    clock.toggle();
    tile.there = false;
    vi.advanceTimersByTime(4000);
    expect(seconds()).toBe(30);
  });
  it("doubles with each press, and turns round at one", () => {
    const rates = ([1, 1, 1, -1, -1, 1] as const).map((press) => {
      clock.push(press);
      return clock.rate;
    });
    expect(rates).toEqual([1, 2, 4, -1, -2, 1]);
    for (let press = 0; press < 9; press++) clock.push(1);
    expect(clock.rate).toBe(16);
  });
  it("goes back in steps and tells its tiles so", () => {
    clock.push(-1);
    clock.push(-1);
    vi.advanceTimersByTime(3000);
    expect(seconds()).toBeCloseTo(24, 1);
    expect(tile.rates.at(-1)).toBe(-2);
  });
  it("keeps its speed back when each picture takes a while: larger steps", () => {
    clock.push(-1);
    for (let round = 0; round < 5; round++) {
      tile.there = false;
      vi.advanceTimersByTime(350);
      tile.there = true;
      vi.advanceTimersByTime(50);
    }
    expect(seconds()).toBeCloseTo(28, 1);
  });
  it("steps by one picture and stands", () => {
    clock.toggle();
    clock.step(-1);
    expect([clock.rate, seconds()]).toEqual([0, expect.closeTo(29.9, 5)]);
    clock.step(1);
    expect(seconds()).toBeCloseTo(30, 5);
  });
  it("stays inside the approved span, and stops at its ends", () => {
    clock.seek(TO + SECOND_US);
    expect(clock.wallUs).toBe(TO - 1);
    clock.seek(FROM + SECOND_US);
    clock.push(-1);
    vi.advanceTimersByTime(5000);
    expect([clock.wallUs, clock.rate]).toEqual([FROM, 0]);
  });
  it("puts the ends of a mark in order", () => {
    clock.mark("in");
    clock.seek(FROM + 10 * SECOND_US);
    clock.mark("out");
    expect([clock.markIn, clock.markOut]).toEqual([FROM + 10 * SECOND_US, FROM + 30 * SECOND_US]);
  });
});
