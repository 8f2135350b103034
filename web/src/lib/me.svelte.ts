/** Who is signed in, and what the roles allow. */
import { type Answer, get, post, remove, type Schema } from "../api/call";
import { connection } from "./connection.svelte";

export type Me = Schema["Me"];

class Self {
  /** undefined: not asked yet; null: nobody */
  me = $state<Me | null | undefined>(undefined);

  constructor() {
    connection.onSignedOut = () => {
      if (this.me?.needs === "nothing") void this.load();
    };
  }

  async load(): Promise<void> {
    const answer = await get<Me>("/session");
    this.me = answer.ok ? answer.value : answer.problem.status === 401 ? null : this.me === undefined ? null : this.me;
  }

  async signIn(login: string, password: string, wall: boolean): Promise<Answer<Me>> {
    const answer = await post<Me>("/session", { login, password, wall });
    if (answer.ok) this.me = answer.value;
    return answer;
  }

  async signOut(): Promise<void> {
    await remove("/session");
    this.me = null;
  }

  async become(personId: string): Promise<void> {
    const answer = await post<Me>(`/demo/role/${personId}`);
    if (answer.ok) this.me = answer.value;
  }

  may(action: string): boolean {
    return this.me?.may.includes(action) ?? false;
  }
}

export const self = new Self();
