import { expect, test } from "vitest";
import { rectangles, rectangleText } from "./rectangles";

test("a line of four percentages is a rectangle, whatever stands between them", () => {
  expect(rectangles("0 0 100 20\n10,20; 30,40")).toEqual([
    { left: 0, top: 0, right: 1, bottom: 0.2 },
    { left: 0.1, top: 0.2, right: 0.3, bottom: 0.4 },
  ]);
});

test("a line that is no rectangle is left out", () => {
  expect(rectangles("\n10 20 30\natas bawah kiri kanan\n")).toEqual([]);
});

test("what is shown is read back as it was", () => {
  const text = "12.5 0 33.33 100\n0 0 10 10";
  expect(rectangleText(rectangles(text))).toBe(text);
});
