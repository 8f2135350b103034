import { describe, expect, it } from "vitest";
import { hoursText } from "./week";

const DAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];
const name = (day: number) => DAYS[day] ?? "";

describe("hours of a week", () => {
  it("says days in a row with the same hours once", () => {
    expect(hoursText(["08.00-15.30", "08.00-15.30", "08.00-15.30", "08.00-15.30", "08.00-11.00", "", ""], name)).toBe("Senin–Kamis 08.00-15.30; Jumat 08.00-11.00");
  });
  it("does not join days across one that differs or is closed", () => {
    expect(hoursText(["22.00-06.00", "", "22.00-06.00", "", "", "", "22.00-06.00"], name)).toBe("Senin 22.00-06.00; Rabu 22.00-06.00; Minggu 22.00-06.00");
  });
  it("says a whole week as one stretch and nothing for no hours at all", () => {
    expect(hoursText(Array(7).fill("00.00-24.00"), name)).toBe("Senin–Minggu 00.00-24.00");
    expect(hoursText(Array(7).fill(""), name)).toBe("");
  });
});
