/** Stills, their sheet, and signatures on the hand-over record; `evidence_en.ts` has the same keys. */
export const evidence_id = {
  "sheet.open": "Lembar foto (PDF)",
  "sheet.open.how": "Semua gambar di lembar A4: bingkai, waktu, ketidakpastian, SHA-256",
  "clearer.title": "Salinan diperjelas",
  "clearer.why": "Gambar asli tidak berubah. Salinan diberi tanda di dalam gambarnya dan selalu dicetak di sebelah aslinya.",
  "clearer.brightness": "Kecerahan",
  "clearer.contrast": "Kontras",
  "clearer.sharpness": "Ketajaman",
  "clearer.go": "Buat salinan",
  "clearer.mark": "diperjelas",
  "clearer.steps": "Perlakuan",
  "clearer.of": "Dibuat dari",
  "clearer.nothing": "Ubah paling sedikit satu nilai.",
};
