/** Calls to the API. An answer is a tagged union, so that no case is forgotten. */
import { connection } from "../lib/connection.svelte";
import type { components } from "./schema";

export type Schema = components["schemas"];

export interface Problem {
  status: number;
  code: string;
  /** the server's own words, English: a technical detail beside our sentence */
  message: string;
  /** wrong fields, as the API names them */
  fields: string[];
  /** figures of a refused plan, such as the smallest budget that would do */
  figures?: Record<string, string | number>;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

type Method = "GET" | "POST" | "PUT" | "DELETE";

const UNREACHABLE: Problem = { status: 0, code: "unreachable", message: "", fields: [] };

export const call = <T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> =>
  send<T>(method, path, body === undefined ? null : JSON.stringify(body), body === undefined ? {} : { "Content-Type": "application/json" });

/** A file as it is: no form around it. */
export const upload = <T>(method: "POST" | "PUT", path: string, file: Blob) =>
  send<T>(method, path, file, { "Content-Type": "application/octet-stream" });

async function send<T>(method: Method, path: string, body: BodyInit | null, more: Record<string, string>): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, { method, headers: { "X-Ronda": "1", ...more }, body });
  } catch {
    connection.lost = true;
    return { ok: false, problem: UNREACHABLE };
  }
  connection.lost = false;
  if (response.ok) {
    const value = response.status === 204 ? undefined : await response.json();
    return { ok: true, value: value as T };
  }
  const problem = await problemOf(response);
  if (["not_signed_in", "factor_needed"].includes(problem.code) && path !== "/session") connection.onSignedOut();
  return { ok: false, problem };
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const said = await response.json();
    return {
      status: response.status,
      code: String(said.code ?? "invalid"),
      message: typeof said.message === "string" ? said.message : "",
      fields: Array.isArray(said.fields) ? said.fields.map(String) : [],
      ...(said.figures && typeof said.figures === "object" ? { figures: said.figures } : {}),
    };
  } catch {
    return { status: response.status, code: "unreadable", message: "", fields: [] };
  }
}

export const get = <T>(path: string) => call<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}) => call<T>("POST", path, body);
export const put = <T>(path: string, body: unknown) => call<T>("PUT", path, body);
export const remove = <T>(path: string) => call<T>("DELETE", path);
