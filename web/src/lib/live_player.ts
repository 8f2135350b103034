/** Live in one tile: starts at the newest key frame, stays close to now, says in words when it cannot. */
import { otherStream, Slack, steerLive } from "./live_rules";
import { MediaFeed } from "./media_feed";
import type { FromServer, Piece } from "./video_message";
import type { TileEnd, VideoSocket } from "./video_socket";

/** What the server says of the stream meanwhile: no signal, recorder away. */
export interface Note {
  code: string;
  message: string;
}

export type LiveState =
  | { kind: "connecting" }
  | { kind: "playing"; behindS: number }
  /** a picture stands; `note` says why when that is known */
  | { kind: "frozen"; sinceUs: number; note: Note | null }
  | { kind: "codec"; codec: string; both: boolean }
  | { kind: "refused"; code: string }
  | { kind: "note"; note: Note };

const LOST: Note = { code: "unreachable", message: "" };
const STEER_EVERY_MS = 200;
const ASK_AGAIN_MS = 5000;

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
  #slack = new Slack();
  #lastWallUs = 0;
  #note: Note | null = null;
  #again = 0;
  #tell: (state: LiveState) => void;

  constructor(video: HTMLVideoElement, socket: VideoSocket, camera: string, hasSub: boolean, tell: (state: LiveState) => void) {
    this.#video = video;
    this.#socket = socket;
    this.#camera = camera;
    this.#hasSub = hasSub;
    this.#tell = tell;
    this.#feed = new MediaFeed(video);
    this.#feed.onBroken = () => this.#askAgain();
    this.#tile = socket.add(this);
    this.#timer = window.setInterval(() => this.#steer(), STEER_EVERY_MS);
    tell({ kind: "connecting" });
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#again);
    this.#socket.send({ op: "stop", tile: this.#tile, gen: this.#gen });
    this.#socket.remove(this.#tile);
    this.#feed.stop();
  }

  connected(): void {
    this.#ask();
  }

  disconnected(): void {
    this.#stand(LOST);
  }

  message(message: FromServer): void {
    if (message.gen !== this.#gen) return;
    if (message.kind === "init") this.#begin(message.codec);
    else if (message.kind === "note" && message.code !== "skipped") this.#stand(message);
    else if (message.kind === "refused") {
      this.#tell({ kind: "refused", code: message.code });
      if (message.code.startsWith("recorder")) this.#askAgain();
    }
  }

  piece(piece: Piece): void {
    if (piece.gen !== this.#gen || !this.#feed.started) return;
    const end = piece.init ? null : this.#feed.endS;
    this.#feed.add(piece, null);
    if (!piece.init) {
      this.#lastPieceMs = performance.now();
      if (end !== null) this.#slack.note(this.#lastPieceMs, end - this.#video.currentTime);
      this.#lastWallUs = piece.startUs;
      this.#note = null;
    }
  }

  /** No picture comes for a reason: keep the last one greyed, or say the reason alone. */
  #stand(note: Note): void {
    this.#note = note;
    this.#tell(this.#lastWallUs ? { kind: "frozen", sinceUs: this.#lastWallUs, note } : { kind: "note", note });
  }

  #askAgain(): void {
    clearTimeout(this.#again);
    this.#again = window.setTimeout(() => this.#ask(), ASK_AGAIN_MS);
  }

  #ask(): void {
    this.#gen += 1;
    this.#lastPieceMs = performance.now();
    this.#socket.send({ op: "live", tile: this.#tile, gen: this.#gen, camera: this.#camera, stream: this.#stream });
  }

  #begin(codec: string): void {
    if (MediaFeed.canPlay(codec)) {
      this.#feed.start(codec);
      return;
    }
    const other = otherStream(this.#stream, this.#hasSub);
    if (other === null) {
      this.#tell({ kind: "codec", codec, both: this.#hasSub });
    } else {
      this.#stream = other;
      this.#ask();
    }
  }

  #steer(): void {
    const end = this.#feed.endS;
    if (end === null || !this.#feed.started || this.#note) return;
    const silentMs = performance.now() - this.#lastPieceMs;
    const steer = steerLive(end, this.#video.currentTime, silentMs, this.#slack.leastS);
    if (steer.frozen) {
      this.#tell({ kind: "frozen", sinceUs: this.#lastWallUs, note: null });
      return;
    }
    if (steer.jumpToS !== null) {
      this.#video.currentTime = steer.jumpToS;
      this.#slack.forget();
    }
    this.#video.playbackRate = steer.rate;
    if (this.#video.paused) void this.#video.play().catch(() => {});
    this.#tell({ kind: "playing", behindS: steer.behindS });
  }
}
