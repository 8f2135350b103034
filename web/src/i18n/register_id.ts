/** The register: states, targets, import, public mark, and what it refuses; `register_en.ts` has the same keys. */
export const register_id = {
  "problem.camera_standing": "Langkah ini tidak sesuai dengan status kamera (rencana, aktif, atau pensiun). Tidak ada yang berubah.",
  "map.tools": "Perbesaran peta",
  "map.in": "Perbesar",
  "map.out": "Perkecil",
  "map.whole": "Seluruh wilayah",
} as const;
