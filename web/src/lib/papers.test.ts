import { expect, test } from "vitest";
import { bodyOf, formOf, isEmpty } from "./papers";

test("a paper without a number is none, whatever its date says", () => {
  const form = formOf();
  form.dates.lidik = "2026-11-18";
  expect(bodyOf(form).lidik).toBeNull();
  expect(isEmpty(form)).toBe(true);
});

test("what was filed comes back as it was", () => {
  const filed = { ...bodyOf(formOf()), article: "Pasal 477", sidik: { number: "Sp.Sidik/9", date: "2026-11-18" } };
  expect(bodyOf(formOf(filed))).toEqual(filed);
  expect(isEmpty(formOf(filed))).toBe(false);
});
