/** Calls to the API. An answer is a tagged union, so that no case is forgotten. */
import type { components } from "./schema";

export type Schema = components["schemas"];

export interface Problem {
  status: number;
  code: string;
  message: string;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

type Method = "GET" | "POST" | "PUT" | "DELETE";

const UNREACHABLE: Problem = { status: 0, code: "unreachable", message: "" };

export async function call<T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: { "X-Ronda": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    return { ok: false, problem: UNREACHABLE };
  }
  if (response.ok) {
    const value = response.status === 204 ? undefined : await response.json();
    return { ok: true, value: value as T };
  }
  return { ok: false, problem: await problemOf(response) };
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const said = await response.json();
    const message = typeof said.message === "string" ? said.message : fieldFaults(said.detail);
    return { status: response.status, code: String(said.code ?? "invalid"), message };
  } catch {
    return { status: response.status, code: "unreadable", message: "" };
  }
}

/** FastAPI lists each wrong field; one line for each. */
function fieldFaults(detail: unknown): string {
  if (!Array.isArray(detail)) return "";
  return detail.map((fault) => `${(fault.loc ?? []).slice(1).join(".")}: ${fault.msg}`).join("; ");
}

export const get = <T>(path: string) => call<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}) => call<T>("POST", path, body);
export const put = <T>(path: string, body: unknown) => call<T>("PUT", path, body);
export const remove = <T>(path: string) => call<T>("DELETE", path);
