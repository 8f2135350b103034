/** Live in one tile: starts at the newest key frame, stays close to now, says in words when it cannot. */
import { MediaFeed } from "./media_feed";
import type { FromServer, Piece } from "./video_message";
import type { TileEnd, VideoSocket } from "./video_socket";

export type LiveState =
  | { kind: "connecting" }
  | { kind: "playing"; behindS: number }
  | { kind: "frozen"; sinceUs: number }
  | { kind: "codec"; codec: string }
  | { kind: "refused"; code: string; message: string }
  | { kind: "note"; code: string; message: string }
  | { kind: "offline" };

const TARGET_BEHIND_S = 0.25;
const JUMP_BEHIND_S = 1.5;
const FROZEN_AFTER_MS = 5000;

export class LivePlayer implements TileEnd {
  #video: HTMLVideoElement;
  #socket: VideoSocket;
  #feed: MediaFeed;
  #tile: number;
  #gen = 0;
  #camera: string;
  #hasSub: boolean;
  #stream: "main" | "sub" = "main";
  #timer: number;
  #lastPieceMs = 0;
  #lastWallUs = 0;
  #tell: (state: LiveState) => void;

  constructor(video: HTMLVideoElement, socket: VideoSocket, camera: string, hasSub: boolean, tell: (state: LiveState) => void) {
    this.#video = video;
    this.#socket = socket;
    this.#camera = camera;
    this.#hasSub = hasSub;
    this.#tell = tell;
    this.#feed = new MediaFeed(video);
    this.#feed.onBroken = () => this.#ask();
    this.#tile = socket.add(this);
    this.#timer = window.setInterval(() => this.#steer(), 250);
    tell({ kind: "connecting" });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.send({ op: "stop", tile: this.#tile, gen: this.#gen });
    this.#socket.remove(this.#tile);
    this.#feed.stop();
  }

  connected(): void {
    this.#ask();
  }

  disconnected(): void {
    this.#tell({ kind: "offline" });
  }

  message(message: FromServer): void {
    if (message.gen !== this.#gen) return;
    if (message.kind === "init") this.#begin(message.codec);
    else if (message.kind === "refused") this.#tell({ kind: "refused", code: message.code, message: message.message });
    else if (message.kind === "note") this.#tell({ kind: "note", code: message.code, message: message.message });
  }

  piece(piece: Piece): void {
    if (piece.gen !== this.#gen || !this.#feed.started) return;
    this.#feed.add(piece, null);
    if (!piece.init) {
      this.#lastPieceMs = performance.now();
      this.#lastWallUs = piece.startUs;
    }
  }

  #ask(): void {
    this.#gen += 1;
    this.#feed.stop();
    this.#lastPieceMs = performance.now();
    this.#socket.send({ op: "live", tile: this.#tile, gen: this.#gen, camera: this.#camera, stream: this.#stream });
  }

  #begin(codec: string): void {
    if (MediaFeed.canPlay(codec)) {
      this.#feed.start(codec);
    } else if (this.#hasSub && this.#stream === "main") {
      this.#stream = "sub";
      this.#ask();
    } else {
      this.#tell({ kind: "codec", codec });
    }
  }

  #steer(): void {
    const end = this.#feed.endS;
    const silentMs = performance.now() - this.#lastPieceMs;
    if (end === null || !this.#feed.started) return;
    if (silentMs > FROZEN_AFTER_MS) {
      this.#tell({ kind: "frozen", sinceUs: this.#lastWallUs });
      return;
    }
    const behindS = end - this.#video.currentTime;
    if (behindS > JUMP_BEHIND_S || behindS < 0) this.#video.currentTime = Math.max(0, end - TARGET_BEHIND_S);
    this.#video.playbackRate = behindS > 2 * TARGET_BEHIND_S ? 1.1 : 1;
    if (this.#video.paused) void this.#video.play().catch(() => {});
    this.#tell({ kind: "playing", behindS: Math.max(0, behindS) });
  }
}
