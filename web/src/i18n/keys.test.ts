import { describe, expect, it } from "vitest";
import { en } from "./en";
import { id } from "./id";

// Every source file but the texts themselves; a key counts as used by name, or by its beginning.
const SOURCES = Object.entries(import.meta.glob("../**/*.{ts,svelte}", { eager: true, query: "?raw", import: "default" }) as Record<string, string>)
  .filter(([path]) => !path.includes(".test.") && !path.startsWith("./") && !path.includes("/api/"))
  .map(([, text]) => text)
  .join("\n");

/** `word("cause", …)` and `` t(`step.${…}`) `` use every key that begins so; `problem` and `may` words come from the API. */
const BEGINNINGS = new Set([
  "problem",
  ...[...SOURCES.matchAll(/word\("([a-z_.]+)"/g)].map((match) => match[1]),
  ...[...SOURCES.matchAll(/`([a-z_.]+)\.\$\{/g)].map((match) => match[1]),
]);

const isUsed = (key: string): boolean =>
  SOURCES.includes(`"${key}"`) || SOURCES.includes(`'${key}'`) || [...BEGINNINGS].some((beginning) => key.startsWith(`${beginning}.`));

// The files of texts, as they are written: where two name the same key, the later would win without a word.
const FILES = import.meta.glob("./{*_id,*_en,id,en}.ts", { eager: true, query: "?raw", import: "default" }) as Record<string, string>;

describe("texts", () => {
  it("have each key in one file alone", () => {
    for (const language of ["id", "en"]) {
      const keys = Object.entries(FILES)
        .filter(([path]) => path.endsWith(`_${language}.ts`) || path === `./${language}.ts`)
        .flatMap(([, text]) => [...text.matchAll(/^ {2}"([^"]+)":/gm)].map((match) => match[1]));
      expect(keys.length).toBeGreaterThan(1000);
      expect(keys.filter((key, n) => keys.indexOf(key) !== n), language).toEqual([]);
    }
  });
  it("are all used by a screen", () => {
    expect(Object.keys(id).filter((key) => !isUsed(key))).toEqual([]);
  });
  it("have the same keys and the same places to fill in both languages", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort());
    const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const key of Object.keys(id) as (keyof typeof id)[]) expect(places(en[key]), key).toEqual(places(id[key]));
  });
  it("leave no sentence untranslated", () => {
    // A sentence that reads the same in both languages was forgotten in one of them.
    const same = (Object.keys(id) as (keyof typeof id)[]).filter((key) => id[key] === en[key] && id[key].split(" ").filter((one) => /^[a-z]{2,}$/i.test(one)).length > 2);
    expect(same).toEqual([]);
  });
});
