/** The register: states, targets, import, public mark, and what it refuses; keys as in `register_id.ts`. */
import type { register_id } from "./register_id";

export const register_en: Record<keyof typeof register_id, string> = {
  "problem.camera_standing": "This step does not fit the camera's state (planned, in service, retired). Nothing was changed.",
  "map.tools": "Map zoom",
  "map.in": "Zoom in",
  "map.out": "Zoom out",
  "map.whole": "Whole region",
};
