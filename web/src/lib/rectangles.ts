/** Rectangles as people type them: percent of the picture, left top right bottom, one a line. */

export interface Rectangle { left: number; top: number; right: number; bottom: number }

/** Lines that are no four figures are left out. */
export const rectangles = (text: string): Rectangle[] =>
  text.split("\n")
    .map((line) => line.split(/[ ,;]+/).filter(Boolean).map((one) => Number(one) / 100))
    .filter((one) => one.length === 4 && one.every(Number.isFinite))
    .map(([left, top, right, bottom]) => ({ left: left!, top: top!, right: right!, bottom: bottom! }));

const percent = (share: number) => String(Math.round(share * 10_000) / 100);

/** The inverse, to a hundredth of a percent. */
export const rectangleText = (list: readonly Rectangle[]): string =>
  list.map((one) => [one.left, one.top, one.right, one.bottom].map(percent).join(" ")).join("\n");
