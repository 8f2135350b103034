/** The story bar; only a training data folder answers here. */
import { get, type Schema } from "../api/call";

export type Story = Schema["Story"];

class Demo {
  story = $state<Story | null>(null);
}

export const demo = new Demo();

export async function loadDemo(): Promise<void> {
  const answer = await get<Story>("/demo");
  demo.story = answer.ok ? answer.value : null;
}
