/**
 * Recorded footage of one camera in one tile, on wall time. The room's clock says which instant is
 * wanted; this player brings the picture there and says where there is none, and why.
 */
import { MediaFeed } from "./media_feed";
import { type Asked, askFor, moreUntil, reaches, steerPast } from "./past_rules";
import type { Follower } from "./room.svelte";
import { SECOND_US } from "./time";
import type { FromServer, Piece } from "./video_message";
import type { TileEnd, VideoSocket } from "./video_socket";

export interface Hole {
  fromUs: number;
  toUs: number | null;
  cause: string;
  evidence: string;
}

export type PastState =
  | { kind: "loading" }
  | { kind: "showing" }
  | { kind: "hole"; hole: Hole }
  | { kind: "codec"; codec: string }
  | { kind: "refused"; code: string }
  | { kind: "offline" };

/** The key frame that the first picture needs may lie this far before it; media time must not be negative. */
const LEAD_US = 80 * SECOND_US;
const SMALL_HOLE_S = 2;
const ASK_AGAIN_MS = 1000;

export class PastPlayer implements TileEnd, Follower {
  #video: HTMLVideoElement;
  #socket: VideoSocket;
  #feed: MediaFeed;
  #tile: number;
  #gen = 0;
  #case: string | null; // null: the look back of the control room
  #camera: string;
  #originUs: number;
  #holes: Hole[] = [];
  #asked: Asked = { fromUs: 0, untilUs: 0 };
  #firstUs: number;
  #wantedUs: number;
  #rate = 0;
  #again = 0;
  #connected = false;
  #refused = false;
  #endUs: number | null = null;
  frameS = 0.08;
  #tell: (state: PastState) => void;

  constructor(video: HTMLVideoElement, socket: VideoSocket, caseId: string | null, camera: string, originUs: number, tell: (state: PastState) => void) {
    this.#video = video;
    this.#socket = socket;
    this.#case = caseId;
    this.#camera = camera;
    this.#firstUs = originUs;
    this.#originUs = originUs - LEAD_US;
    this.#wantedUs = originUs;
    this.#tell = tell;
    this.#feed = new MediaFeed(video);
    this.#feed.onBroken = () => this.#askAgain();
    this.#tile = socket.add(this);
    tell({ kind: "loading" });
  }

  close(): void {
    clearTimeout(this.#again);
    this.#socket.send({ op: "stop", tile: this.#tile, gen: this.#gen });
    this.#socket.remove(this.#tile);
    this.#feed.stop();
  }

  connected(): void {
    this.#connected = true;
    this.#ask(this.#wantedUs);
  }

  disconnected(): void {
    this.#connected = false;
    this.#tell({ kind: "offline" });
  }

  follow(wallUs: number, rate: number): boolean {
    this.#wantedUs = wallUs;
    this.#rate = rate;
    if (!this.#connected || this.#refused) return true;
    const hole = this.#holes.find((h) => h.fromUs <= wallUs && wallUs < (h.toUs ?? Infinity));
    const timeS = (wallUs - this.#originUs) / SECOND_US;
    const beyond = !reaches(this.#asked, wallUs) || timeS < this.#feed.keptFromS;
    if (!beyond) this.#askMore(moreUntil(this.#asked, wallUs, rate));
    if (hole) {
      this.#video.pause();
      this.#tell({ kind: "hole", hole });
      return true;
    }
    if (!this.#feed.has(timeS, 0)) return this.#wait(wallUs, beyond);
    this.#steer(timeS, rate);
    this.#tell({ kind: "showing" });
    return this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  message(message: FromServer): void {
    if (message.gen !== this.#gen) return;
    if (message.kind === "init") {
      if (message.fps) this.frameS = 1 / message.fps;
      if (!MediaFeed.canPlay(message.codec)) this.#refuse({ kind: "codec", codec: message.codec });
      else if (!this.#feed.started) this.#feed.start(message.codec);
      else this.#feed.changeTo(message.codec);
    } else if (message.kind === "gap") {
      this.#holes.push({ fromUs: message.from_us, toUs: message.to_us, cause: message.cause, evidence: message.evidence });
    } else if (message.kind === "refused") {
      this.#refuse({ kind: "refused", code: message.code });
    } else if (message.kind === "end") {
      this.#endUs = message.at_us;
    }
  }

  piece(piece: Piece): void {
    if (piece.gen !== this.#gen || !this.#feed.started) return;
    this.#feed.add(piece, (piece.zeroUs - this.#originUs) / SECOND_US);
  }

  #refuse(state: PastState): void {
    this.#refused = true;
    this.#tell(state);
  }

  /** `beyond`: what was asked for does not reach there; a far jump asks anew instead of fetching the way. */
  #wait(wallUs: number, beyond: boolean): boolean {
    this.#video.pause();
    if (beyond) this.#ask(wallUs);
    const ended = this.#endUs !== null && wallUs >= this.#endUs - SECOND_US;
    const goesOnSoon = !beyond && this.#feed.beginsWithin((wallUs - this.#originUs) / SECOND_US, SMALL_HOLE_S);
    if (!ended && !goesOnSoon) this.#tell({ kind: "loading" });
    return ended || goesOnSoon;
  }

  #steer(timeS: number, rate: number): void {
    const video = this.#video;
    const steer = steerPast(timeS, video.currentTime, rate, this.frameS);
    if (steer.seekToS !== null && !video.seeking) video.currentTime = steer.seekToS;
    if (steer.rate === 0) {
      video.pause();
      return;
    }
    video.playbackRate = steer.rate;
    if (video.paused) void video.play().catch(() => {});
  }

  /** The browser gave up on what it got: once more, but not in a loop without end. */
  #askAgain(): void {
    clearTimeout(this.#again);
    this.#again = window.setTimeout(() => this.#ask(this.#wantedUs), ASK_AGAIN_MS);
  }

  #ask(atUs: number): void {
    this.#gen += 1;
    this.#holes = [];
    this.#endUs = null;
    this.#refused = false;
    this.#feed.stop();
    this.#asked = askFor(atUs, this.#rate, this.#firstUs);
    const asked = { tile: this.#tile, gen: this.#gen, camera: this.#camera, at_us: Math.round(this.#asked.fromUs), until_us: Math.round(this.#asked.untilUs) };
    this.#socket.send(this.#case === null ? { op: "back", ...asked } : { op: "past", ...asked, case: this.#case });
  }

  #askMore(untilUs: number | null): void {
    if (untilUs === null) return;
    this.#asked = { ...this.#asked, untilUs };
    this.#socket.send({ op: "more", tile: this.#tile, gen: this.#gen, until_us: Math.round(untilUs) });
  }
}
