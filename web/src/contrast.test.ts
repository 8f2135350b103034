import { describe, expect, it } from "vitest";
import css from "./app.css?raw";

type Tokens = Record<string, string>;

/** The colour tokens of one block, such as `[data-theme="night"]`. */
function tokens(block: string): Tokens {
  const start = css.indexOf(`${block} {`);
  const text = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries([...text.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

/** WCAG 2: relative luminance of `#rrggbb`. */
function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (parts[0] ?? 0) + 0.7152 * (parts[1] ?? 0) + 0.0722 * (parts[2] ?? 0);
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = ["text", "quiet", "accent", "ok", "warning", "fault", "held", "unknown"];
const LEAST = 4.5;

describe.each(["night", "day"])("the %s theme", (theme) => {
  const of = tokens(`[data-theme="${theme}"]`);
  it.each(TEXT.flatMap((text) => ["ground", "raised"].map((ground) => [text, ground])))("writes %s on %s so that it can be read", (text, ground) => {
    expect(contrast(of[text] ?? "", of[ground] ?? "")).toBeGreaterThanOrEqual(LEAST);
  });
  it("writes on the accent so that it can be read", () => {
    expect(contrast(of["on-accent"] ?? "", of.accent ?? "")).toBeGreaterThanOrEqual(LEAST);
  });
});

describe("pictures", () => {
  const of = tokens(":root");
  it.each(["text", "quiet", "ok", "warning", "fault"])("carry %s that can be read", (text) => {
    expect(contrast(of[`tile-${text}`] ?? "", of["tile-ground"] ?? "")).toBeGreaterThanOrEqual(LEAST);
  });
});

describe("the contrast itself", () => {
  it("is 21 for black on white, 1 for nothing", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 1);
    expect(contrast("#808080", "#808080")).toBe(1);
  });
});
