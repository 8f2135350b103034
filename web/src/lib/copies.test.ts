import { expect, test } from "vitest";
import { areaBetween, playedShare, wholeSeen } from "./copies";

const ranges = (...parts: [number, number][]) => ({ length: parts.length, start: (i: number) => parts[i]![0], end: (i: number) => parts[i]![1] });

test("a rectangle is the same from whichever corner it is dragged", () => {
  const area = { left: 0.2, top: 0.1, right: 0.6, bottom: 0.5 };
  expect(areaBetween({ x: 0.2, y: 0.1 }, { x: 0.6, y: 0.5 })).toEqual(area);
  expect(areaBetween({ x: 0.6, y: 0.5 }, { x: 0.2, y: 0.1 })).toEqual(area);
});

test("a rectangle ends at the picture's edge and a click draws none", () => {
  expect(areaBetween({ x: -1, y: -1 }, { x: 2, y: 2 })).toEqual({ left: 0, top: 0, right: 1, bottom: 1 });
  expect(areaBetween({ x: 0.5, y: 0.5 }, { x: 0.501, y: 0.9 })).toBeNull();
});

test("a copy counts as seen only when nearly all of it was played", () => {
  expect(playedShare(ranges([0, 4], [6, 10]), 10)).toBeCloseTo(0.8);
  expect(wholeSeen(playedShare(ranges([0, 9.9]), 10))).toBe(true);
  expect(wholeSeen(playedShare(ranges([0, 5]), 10))).toBe(false);
  expect(playedShare(ranges(), Number.NaN)).toBe(0);
});
