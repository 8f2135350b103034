/** Which shape and word a camera's state gets. */
import type { Schema } from "../api/call";

export interface ShownState {
  kind: "ok" | "warning" | "fault" | "unknown";
  word: string;
}

export function cameraState(camera: Schema["CameraOut"]): ShownState {
  if (camera.off_reason) return { kind: "unknown", word: "off" };
  switch (camera.now.state) {
    case "recording": return camera.now.picture ? { kind: "fault", word: camera.now.picture } : { kind: "ok", word: "recording" };
    case "connecting": return { kind: "warning", word: "connecting" };
    case "silent": return { kind: "fault", word: "silent" };
    case "off": return { kind: "unknown", word: "off" };
    case "not_connected": return { kind: "unknown", word: "not_connected" };
    case "unknown": return { kind: "unknown", word: "unknown" };
    default: return { kind: "fault", word: "failed" };
  }
}

/** Less than this share missing still counts as recorded: cuts between segments, not a hole to explain. */
const WHOLE_SHARE = 1 / 200;

/** Which shape and word the footage of one camera gets for an asked span. */
export function recordedState(camera: { recorded_us: number; missing_us: number }): ShownState {
  if (camera.recorded_us === 0) return { kind: "fault", word: "missing" };
  const whole = camera.recorded_us + camera.missing_us;
  return camera.missing_us > whole * WHOLE_SHARE ? { kind: "warning", word: "partly" } : { kind: "ok", word: "recorded" };
}

interface Line {
  recorded: { from_us: number; to_us: number }[];
  gaps: { from_us: number; to_us: number | null; cause: string }[];
}

/** How much of a span a timeline holds, and the causes of what it lacks. */
export function shareOf(line: Line, fromUs: number, toUs: number): { recorded_us: number; missing_us: number; causes: string[] } {
  const inside = (from: number, to: number) => Math.max(0, Math.min(to, toUs) - Math.max(from, fromUs));
  const recorded_us = line.recorded.reduce((sum, part) => sum + inside(part.from_us, part.to_us), 0);
  const causes = line.gaps.filter((gap) => inside(gap.from_us, gap.to_us ?? toUs) > 0).map((gap) => gap.cause);
  return { recorded_us, missing_us: toUs - fromUs - recorded_us, causes: [...new Set(causes)] };
}
