/** The kinds of site that exist in Kutai Timur, in the order of the register; words are `sitekind.*`. */
export const KINDS = [
  "main_road", "junction", "district_office", "village_office", "library", "help_centre", "puskesmas", "school", "market", "village_road", "patrol_post",
] as const;
