/**
 * Feeds one <video> through Media Source Extensions: pieces in, buffered ranges out.
 * Decides nothing about time; `LivePlayer` and `PastPlayer` do.
 */
import type { Piece } from "./video_message";

const KEEP_BEHIND_S = 30;

interface Waiting {
  bytes: Uint8Array<ArrayBuffer>;
  offsetS: number | null;
}

export class MediaFeed {
  #video: HTMLVideoElement;
  #source: MediaSource | null = null;
  #buffer: SourceBuffer | null = null;
  #queue: Waiting[] = [];
  #codec = "";
  #address = "";
  #keptFromS = -Infinity;
  /** called when the browser gives up on the stream: build the feed anew */
  onBroken: (why: string) => void = () => {};

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  static canPlay(codec: string): boolean {
    return "MediaSource" in window && MediaSource.isTypeSupported(`video/mp4; codecs="${codec}"`);
  }

  /** Start with an empty buffer for this codec; what was shown is dropped. */
  start(codec: string): void {
    this.stop();
    this.#codec = codec;
    const source = new MediaSource();
    this.#source = source;
    this.#address = URL.createObjectURL(source);
    this.#video.src = this.#address;
    source.addEventListener("sourceopen", () => this.#opened(source), { once: true });
  }

  /** Go on in the same buffer with a codec that may differ. */
  changeTo(codec: string): void {
    if (codec === this.#codec) return;
    this.#codec = codec;
    this.#queue.push({ bytes: new Uint8Array(0), offsetS: null });
  }

  /** What lies before this was dropped to save room and has to be asked for again. */
  get keptFromS(): number {
    return this.#keptFromS;
  }

  get started(): boolean {
    return this.#source !== null;
  }

  /** `offsetS` is where media time zero of the piece lies on the video's own time line. */
  add(piece: Piece, offsetS: number | null): void {
    this.#queue.push({ bytes: piece.bytes, offsetS });
    this.#pump();
  }

  has(timeS: number, ahead = 0.05): boolean {
    const ranges = this.#video.buffered;
    for (let i = 0; i < ranges.length; i++) {
      if (ranges.start(i) - 0.15 <= timeS && timeS + ahead <= ranges.end(i)) return true;
    }
    return false;
  }

  /** Whether a buffered stretch begins after `timeS`, at most `withinS` later: a hole too small for a gap row. */
  beginsWithin(timeS: number, withinS: number): boolean {
    const ranges = this.#video.buffered;
    for (let i = 0; i < ranges.length; i++) {
      if (ranges.start(i) > timeS && ranges.start(i) <= timeS + withinS) return true;
    }
    return false;
  }

  get endS(): number | null {
    const ranges = this.#video.buffered;
    return ranges.length ? ranges.end(ranges.length - 1) : null;
  }

  stop(): void {
    this.#queue = [];
    this.#keptFromS = -Infinity;
    this.#buffer = null;
    this.#source = null;
    if (this.#address) {
      URL.revokeObjectURL(this.#address);
      this.#address = "";
      this.#video.removeAttribute("src");
      this.#video.load();
    }
  }

  #opened(source: MediaSource): void {
    if (source !== this.#source) return;
    try {
      const buffer = source.addSourceBuffer(`video/mp4; codecs="${this.#codec}"`);
      buffer.addEventListener("updateend", () => this.#pump());
      buffer.addEventListener("error", () => this.onBroken("append"));
      this.#buffer = buffer;
      this.#pump();
    } catch (error) {
      this.onBroken(String(error));
    }
  }

  #pump(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source?.readyState !== "open") return;
    if (this.#trim(buffer)) return;
    const next = this.#queue[0];
    if (!next) return;
    try {
      if (next.bytes.length === 0) buffer.changeType(`video/mp4; codecs="${this.#codec}"`);
      else {
        if (next.offsetS !== null && buffer.timestampOffset !== next.offsetS) buffer.timestampOffset = next.offsetS;
        buffer.appendBuffer(next.bytes);
      }
      this.#queue.shift();
      if (next.bytes.length === 0) this.#pump();
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError" && this.#trim(buffer, 2)) return;
      this.onBroken(String(error));
    }
  }

  /** Drop what lies far behind; true when a removal has begun. */
  #trim(buffer: SourceBuffer, keepS = KEEP_BEHIND_S): boolean {
    const ranges = buffer.buffered;
    const limit = this.#video.currentTime - keepS;
    if (!ranges.length || limit <= ranges.start(0) + keepS) return false;
    buffer.remove(ranges.start(0), limit);
    this.#keptFromS = limit;
    return true;
  }
}
