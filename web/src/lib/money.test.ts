import { expect, test } from "vitest";
import { percent, rupiah } from "./money";

test("billions and millions are said as offices say them", () => {
  expect(rupiah(3_100_000_000, "id")).toBe("Rp3,1 miliar");
  expect(rupiah(3_100_000_000, "en")).toBe("Rp3.1 billion");
  expect(rupiah(57_500_000, "id")).toBe("Rp57,5 juta");
  expect(rupiah(30_000, "id")).toBe("Rp30.000");
  expect(rupiah(0, "en")).toBe("Rp0");
});

test("a share keeps its digits, so that a small difference is not shown as none", () => {
  expect(percent(0.614, "id")).toBe("61,4%");
  expect(percent(0.0023, "en", 2)).toBe("0.23%");
});
