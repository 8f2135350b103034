/** Rupiah and shares as people say them. */
import type { Language } from "./time";

/** `Rp3,1 miliar`, `Rp58 juta`, `Rp30.000`; in English `Rp3.1 billion`, `Rp58 million`, `Rp30,000`. */
export function rupiah(idr: number, language: Language): string {
  if (Math.abs(idr) < 1e6) return `Rp${idr.toLocaleString(language === "id" ? "id-ID" : "en-GB", { maximumFractionDigits: 0 })}`;
  const [size, word] =
    Math.abs(idr) >= 1e9 ? [idr / 1e9, language === "id" ? "miliar" : "billion"] : [idr / 1e6, language === "id" ? "juta" : "million"];
  const digits = Math.abs(idr) >= 1e9 ? 2 : 1;
  return `Rp${size.toLocaleString(language === "id" ? "id-ID" : "en-GB", { maximumFractionDigits: digits })} ${word}`;
}

/** `61,4%`; two digits where a difference below a percent is the point. */
export function percent(share: number, language: Language, digits = 1): string {
  const value = (share * 100).toLocaleString(language === "id" ? "id-ID" : "en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${value}%`;
}
