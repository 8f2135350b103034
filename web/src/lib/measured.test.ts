import { expect, it } from "vitest";
import { readMeasured } from "./measured";

it("reads what the server measured, and keeps words it does not know", () => {
  expect(readMeasured("45 s of 60 s")).toEqual({ kind: "recording", have: 45, of: 60 });
  expect(readMeasured("no_picture, looked at 12 s ago")).toEqual({ kind: "picture", verdict: "no_picture", age: 12 });
  expect(readMeasured("not looked at yet")).toEqual({ kind: "none" });
  expect(readMeasured("45 s")).toEqual({ kind: "other", text: "45 s" });
});
