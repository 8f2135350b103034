/** The one WebSocket that carries every tile; opens again by itself and tells its tiles. */
import { type FromServer, type Piece, readPiece, type ToServer } from "./video_message";

export interface TileEnd {
  message(message: FromServer): void;
  piece(piece: Piece): void;
  /** the connection is there (again): ask for what you show */
  connected(): void;
  /** the connection fell; pictures stand still until `connected` */
  disconnected(): void;
}

const LONGEST_PAUSE_MS = 8000;

export class VideoSocket {
  #socket: WebSocket | null = null;
  #tiles = new Map<number, TileEnd>();
  #next = 1;
  #pauseMs = 250;
  #timer = 0;
  #closed = false;

  /** Take a tile number; the tile hears `connected` as soon as it may ask. */
  add(tile: TileEnd): number {
    const number = this.#next++;
    this.#tiles.set(number, tile);
    if (this.#socket?.readyState === WebSocket.OPEN) queueMicrotask(() => tile.connected());
    else this.#open();
    return number;
  }

  remove(number: number): void {
    this.#tiles.delete(number);
  }

  send(message: ToServer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open(): void {
    if (this.#socket || this.#closed) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/video`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#pauseMs = 250;
      for (const tile of this.#tiles.values()) tile.connected();
    };
    socket.onmessage = (event) => this.#take(event.data);
    socket.onclose = () => this.#lost();
  }

  #lost(): void {
    this.#socket = null;
    for (const tile of this.#tiles.values()) tile.disconnected();
    if (this.#closed) return;
    this.#timer = window.setTimeout(() => this.#open(), this.#pauseMs * (0.75 + Math.random() / 2));
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data === "string") {
      const message = JSON.parse(data) as FromServer;
      this.#tiles.get(message.tile)?.message(message);
    } else {
      const piece = readPiece(data);
      this.#tiles.get(piece.tile)?.piece(piece);
    }
  }
}
