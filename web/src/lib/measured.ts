/** What a proof measured, in the reader's language: the server tells numbers with fixed words around them. */
export type Measured = { kind: "recording"; have: number; of: number } | { kind: "picture"; verdict: string; age: number } | { kind: "none" } | { kind: "other"; text: string };

export function readMeasured(text: string): Measured {
  const recording = /^(\d+) s of (\d+) s$/.exec(text);
  if (recording) return { kind: "recording", have: Number(recording[1]), of: Number(recording[2]) };
  const picture = /^(\w+), looked at (\d+) s ago$/.exec(text);
  if (picture) return { kind: "picture", verdict: picture[1] ?? "", age: Number(picture[2]) };
  return text === "not looked at yet" ? { kind: "none" } : { kind: "other", text };
}
