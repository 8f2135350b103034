/** One plan on the screen: as stored, as the slider previews it, and what a decision would do. */
import { type Answer, get, post, type Problem, type Schema } from "../api/call";

type Plan = Schema["PlanOut"];

export class PlanRoom {
  stored = $state<Plan | null>(null);
  preview = $state<Plan | null>(null);
  problem = $state<Problem | null>(null);
  curve = $state<Schema["CurveOut"] | null>(null);
  review = $state<Schema["ReviewOut"] | null>(null);
  trade = $state<Schema["TradeOut"] | null>(null);
  deciding = $state<string | null>(null);
  loading = $state(true);
  readonly id: string;
  proving = $state(false);
  #wanted: number | null = null;
  #asking = false;

  constructor(id: string) {
    this.id = id;
    void this.load();
  }

  /** What the screen shows: the slider's answer while it is moved, else the plan. */
  get shown(): Plan | null {
    return this.preview ?? this.stored;
  }

  /** For `Faces`. */
  get value(): Plan | null {
    return this.stored;
  }

  async reload(): Promise<void> {
    await this.load();
  }

  async load(): Promise<void> {
    const answer = await get<Plan>(`/plans/${this.id}`);
    this.loading = false;
    if (!answer.ok) {
      this.problem = answer.problem;
      return;
    }
    this.stored = answer.value;
    const [curve, review] = await Promise.all([get<Schema["CurveOut"]>(`/plans/${this.id}/curve`), get<Schema["ReviewOut"]>(`/plans/${this.id}/review`)]);
    if (curve.ok) this.curve = curve.value;
    if (review.ok) this.review = review.value;
  }

  /** The slider moved. One question at a time; the newest position is asked last. */
  async slide(yearlyIdr: number): Promise<void> {
    this.#wanted = yearlyIdr;
    if (this.#asking) return;
    this.#asking = true;
    while (this.#wanted !== null) {
      const asked: number = this.#wanted;
      this.#wanted = null;
      if (asked === this.stored?.yearly_idr) {
        this.preview = null;
        this.problem = null;
        continue;
      }
      const answer = await post<Plan>(`/plans/${this.id}/budget`, { yearly_idr: asked });
      this.problem = answer.ok ? null : answer.problem;
      if (answer.ok) this.preview = answer.value;
    }
    this.#asking = false;
    await this.#prove();
  }

  /** The slider rests: a better plan and the nearer proof, unless it moved on or the plan was kept meanwhile. */
  async #prove(): Promise<void> {
    const first = this.preview;
    if (!first || this.proving || this.problem) return;
    this.proving = true;
    const answer = await post<Plan>(`/plans/${this.id}/budget`, { yearly_idr: first.yearly_idr, further: true });
    this.proving = false;
    const now = this.preview;
    if (answer.ok && now === first && !this.#asking) this.preview = answer.value;
    else if (now && now.yearly_idr !== first.yearly_idr && !this.#asking) await this.#prove();
  }

  /** Back to what the plan was before its last change. */
  async undo(): Promise<void> {
    await this.#take(post<Plan>(`/plans/${this.id}/undo`, { revision: this.stored?.revision }));
  }

  /** The same terms with today's data. */
  async renew(): Promise<void> {
    await this.#take(post<Plan>(`/plans/${this.id}/renew`, { revision: this.stored?.revision }));
  }

  async keep(yearlyIdr: number): Promise<void> {
    await this.#take(post<Plan>(`/plans/${this.id}/budget`, { yearly_idr: yearlyIdr, keep: true, revision: this.stored?.revision }));
  }

  async #take(asked: Promise<Answer<Plan>>): Promise<void> {
    const answer = await asked;
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) {
      this.stored = answer.value;
      this.preview = null;
    }
    await this.load();
  }

  async ask(point: string, choice: Schema["Choice"]): Promise<void> {
    this.deciding = point;
    this.trade = null;
    const answer = await post<Schema["TradeOut"]>(`/plans/${this.id}/points/${point}`, { choice, revision: this.stored?.revision });
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok && this.deciding === point) this.trade = answer.value;
    else this.deciding = null;
    const review = await get<Schema["ReviewOut"]>(`/plans/${this.id}/review`);
    if (review.ok) this.review = review.value;
  }

  async decide(): Promise<void> {
    if (!this.trade) return;
    const { point, choice } = this.trade;
    const answer = await post<Schema["TradeOut"]>(`/plans/${this.id}/points/${point}`, { choice, apply: true, revision: this.stored?.revision });
    this.problem = answer.ok ? null : answer.problem;
    this.cancel();
    this.preview = null;
    await this.load();
  }

  cancel(): void {
    this.trade = null;
    this.deciding = null;
  }

  async say(body: Omit<Schema["OpinionIn"], "revision">): Promise<boolean> {
    return this.#reviewed(post<Schema["ReviewOut"]>(`/plans/${this.id}/opinions`, { ...body, revision: this.review?.revision }));
  }

  /** Ask for a point that is no candidate yet. */
  async askForNew(body: Omit<Schema["NewPointIn"], "revision">): Promise<boolean> {
    return this.#reviewed(post<Schema["ReviewOut"]>(`/plans/${this.id}/new-points`, { ...body, revision: this.review?.revision }));
  }

  async close(purpose: string, legalBasis: string): Promise<boolean> {
    return this.#reviewed(post<Schema["ReviewOut"]>(`/plans/${this.id}/agreement`, { purpose, legal_basis: legalBasis, revision: this.review?.revision }));
  }

  async #reviewed(asked: Promise<Answer<Schema["ReviewOut"]>>): Promise<boolean> {
    const answer = await asked;
    this.problem = answer.ok ? null : answer.problem;
    await this.load();
    return answer.ok;
  }

  async stop(): Promise<void> {
    await post(`/plans/${this.id}/stop`);
    await this.load();
  }
}
