/** What travels over the one video socket; the server's twin is `ronda.app.http.video_frame`. */

export type FromServer =
  | { tile: number; gen: number; kind: "init"; codec: string; width_px: number; height_px: number; fps: number | null; zero_us: number | null }
  | { tile: number; gen: number; kind: "gap"; from_us: number; to_us: number | null; cause: string; evidence: string }
  | { tile: number; gen: number; kind: "refused"; code: string; message: string }
  | { tile: number; gen: number; kind: "note"; code: string; message: string }
  | { tile: number; gen: number; kind: "end"; at_us: number };

export type ToServer =
  | { op: "live"; tile: number; gen: number; camera: string; stream: "main" | "sub" }
  | { op: "past"; tile: number; gen: number; case: string; camera: string; at_us: number; until_us: number }
  | { op: "back"; tile: number; gen: number; camera: string; at_us: number; until_us: number }
  | { op: "more"; tile: number; gen: number; until_us: number }
  | { op: "stop"; tile: number; gen: number };

export interface Piece {
  tile: number;
  gen: number;
  init: boolean;
  key: boolean;
  /** wall time of the first frame */
  startUs: number;
  /** wall time of media time zero; pieces of one segment share it */
  zeroUs: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export const HEADER_BYTES = 28;

/** 28 bytes, big-endian: u32 tile, u32 generation, u8 init, u8 key, u16 0, i64 start_us, i64 zero_us; then the media. */
export function readPiece(message: ArrayBuffer): Piece {
  const view = new DataView(message);
  return {
    tile: view.getUint32(0),
    gen: view.getUint32(4),
    init: view.getUint8(8) === 1,
    key: view.getUint8(9) === 1,
    startUs: Number(view.getBigInt64(12)),
    zeroUs: Number(view.getBigInt64(20)),
    bytes: new Uint8Array(message, HEADER_BYTES),
  };
}
