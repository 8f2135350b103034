/** The police's papers as a form holds them: texts that may be empty, and what the API takes of them. */
import type { Schema } from "../api/call";

export const NAMES = ["lidik", "sidik", "receipt", "seizure", "court_permit"] as const;
export type Name = (typeof NAMES)[number];
export interface PapersForm { article: string; seizure_urgent: boolean; numbers: Record<Name, string>; dates: Record<Name, string> }

const none = (): Record<Name, string> => ({ lidik: "", sidik: "", receipt: "", seizure: "", court_permit: "" });

export function formOf(papers?: Schema["PapersIn"]): PapersForm {
  const form: PapersForm = { article: papers?.article ?? "", seizure_urgent: papers?.seizure_urgent ?? false, numbers: none(), dates: none() };
  for (const name of NAMES) {
    form.numbers[name] = papers?.[name]?.number ?? "";
    form.dates[name] = papers?.[name]?.date ?? "";
  }
  return form;
}

/** A paper without a number is none. */
export function bodyOf(form: PapersForm): Schema["PapersIn"] {
  const paper = (name: Name) => (form.numbers[name].trim() ? { number: form.numbers[name].trim(), date: form.dates[name] } : null);
  return { article: form.article, seizure_urgent: form.seizure_urgent, lidik: paper("lidik"), sidik: paper("sidik"), receipt: paper("receipt"), seizure: paper("seizure"), court_permit: paper("court_permit") };
}

export const isEmpty = (form: PapersForm): boolean => !form.article.trim() && NAMES.every((name) => !form.numbers[name].trim());
