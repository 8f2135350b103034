/** Which shape and word a camera's state gets. */
import type { Schema } from "../api/call";

export interface ShownState {
  kind: "ok" | "warning" | "fault" | "unknown";
  word: string;
}

export function cameraState(camera: Schema["CameraOut"]): ShownState {
  if (camera.off_reason) return { kind: "unknown", word: "off" };
  switch (camera.now.state) {
    case "recording": return { kind: "ok", word: "recording" };
    case "connecting": return { kind: "warning", word: "connecting" };
    case "silent": return { kind: "fault", word: "silent" };
    case "off": return { kind: "unknown", word: "off" };
    case "unknown": return { kind: "unknown", word: "unknown" };
    default: return { kind: "fault", word: "failed" };
  }
}
