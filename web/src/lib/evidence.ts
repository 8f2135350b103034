/** Evidence is written by the recorder in English: a fixed sentence and a detail. Find the sentence again. */
import { problems_en } from "../i18n/problems_en";

const FINDINGS = Object.entries(problems_en)
  .filter(([key]) => key.startsWith("finding."))
  .map(([key, sentence]) => [key.slice("finding.".length), sentence] as const);

export interface Evidence {
  /** the word after `finding.`, or null when the text is free */
  finding: string | null;
  /** what was measured: an address, an error; or the whole free text */
  detail: string;
}

/** What a person said of a gap, and what had been measured; null when nobody named its cause. */
export function readNamed(text: string): { reason: string; by: string; measured: string } | null {
  const found = /^(.+) \(named by (.+?); measured: (.*)\)$/s.exec(text);
  return found ? { reason: found[1] ?? "", by: found[2] ?? "", measured: found[3] ?? "" } : null;
}

export function readEvidence(text: string): Evidence {
  for (const [finding, sentence] of FINDINGS) {
    if (!text.startsWith(sentence)) continue;
    const rest = text.slice(sentence.length);
    if (rest === "" || rest.startsWith(" (") || rest.startsWith(".")) return { finding, detail: rest.replace(/^\.\s*/, "").trim() };
  }
  return { finding: null, detail: text };
}
