/** Something fetched, with its four faces: loading, failed, and the value (empty or full). */
import { type Answer, get, type Problem } from "../api/call";

export class Loaded<T> {
  value = $state<T | null>(null);
  problem = $state<Problem | null>(null);
  loading = $state(true);
  #path: string;
  #latest = 0;

  constructor(path: string) {
    this.#path = path;
    void this.reload();
  }

  /** Fetch again, for another path when given; an answer overtaken by a newer one is dropped. */
  async reload(path = this.#path): Promise<void> {
    this.#path = path;
    const mine = ++this.#latest;
    const answer: Answer<T> = await get<T>(path);
    if (mine !== this.#latest) return;
    this.loading = false;
    if (answer.ok) {
      this.value = answer.value;
      this.problem = null;
    } else {
      this.problem = answer.problem;
    }
  }
}

/** Fetch again every `everyMs` while the screen is shown. Use inside `$effect`. */
export function refreshing(loaded: { reload(): Promise<void> }, everyMs: number): () => void {
  const timer = setInterval(() => {
    if (!document.hidden) void loaded.reload();
  }, everyMs);
  return () => clearInterval(timer);
}
