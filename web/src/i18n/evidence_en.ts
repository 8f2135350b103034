import type { evidence_id } from "./evidence_id";

/** Stills, their sheet, and signatures on the hand-over record. */
export const evidence_en: Record<keyof typeof evidence_id, string> = {
  "sheet.open": "Photo sheet (PDF)",
  "sheet.open.how": "All stills on A4: frame, time, uncertainty, SHA-256",
  "clearer.title": "Enhanced copy",
  "clearer.why": "The original does not change. The copy is marked inside the picture and always printed beside its original.",
  "clearer.brightness": "Brightness",
  "clearer.contrast": "Contrast",
  "clearer.sharpness": "Sharpness",
  "clearer.go": "Make the copy",
  "clearer.mark": "enhanced",
  "clearer.steps": "Treatment",
  "clearer.of": "Made of",
  "clearer.nothing": "Change at least one value.",
};
