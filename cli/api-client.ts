/** HTTP as the commands use it: JSON in, JSON out, a refusal as the error the service meant. */
import { ReadableStream } from "node:stream/web";
import type { ErrorCode } from "../protocol/errors.ts";
import { ScrutineerError } from "../protocol/errors.ts";

/** Where `npm start` and `scrutineer up` serve it, if nothing else is said. */
export const DEFAULT_API = "http://127.0.0.1:4000/api";

export interface ApiClient {
  readonly url: string;
  get<Answer>(path: string, token?: string): Promise<Answer>;
  /** `undefined` where the service answers 204, no content. */
  post<Answer>(path: string, body: unknown, token?: string): Promise<Answer | undefined>;
  put(path: string, body: unknown, token: string): Promise<void>;
  /** Sends bytes as they come; the service answers in JSON. */
  upload<Answer>(path: string, body: AsyncIterable<Uint8Array>): Promise<Answer>;
  /** The bytes of a file. */
  download(path: string): Promise<Response>;
}

/** @param url where the service's REST interface starts, for example `http://127.0.0.1:4000/api` */
export function createApiClient(url: string): ApiClient {
  const base = url.replace(/\/+$/, "");

  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${base}${path}`, init);
    } catch (cause) {
      // fetch wraps what went wrong; the inner error is the one that says it.
      const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
      const reason = inner instanceof Error ? inner.message : String(inner);
      throw new ScrutineerError("api-unreachable", `${base}: ${reason}`, { url: base });
    }
    if (response.ok) return response;
    throw await refusal(response);
  }

  return {
    url: base,
    get: async (path, token) => readJson(await call(path, { headers: bearer(token) })),
    async post(path, body, token) {
      const response = await call(path, withBody("POST", body, token));
      return response.status === 204 ? undefined : readJson(response);
    },
    put: async (path, body, token) => void (await call(path, withBody("PUT", body, token))),
    async upload(path, body) {
      const response = await call(path, {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body: ReadableStream.from(body) as never,
        // a request whose body is a stream says so: the answer comes after the last byte
        ...{ duplex: "half" },
      });
      return readJson(response);
    },
    download: (path) => call(path),
  };
}

/** Whatever else answers at an address, the page for example, does so in another form. */
async function readJson<Answer>(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch (cause) {
    throw new ScrutineerError(
      "api-unreachable",
      `${response.url} answers something else than JSON: --api is where REST begins, as in ${DEFAULT_API}`,
      { url: response.url },
      { cause },
    );
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function withBody(method: "POST" | "PUT", body: unknown, token: string | undefined): RequestInit {
  const headers = { "content-type": "application/json", ...bearer(token) };
  return { method, headers, body: JSON.stringify(body) };
}

interface Problem {
  code?: ErrorCode;
  detail?: string;
  title?: string;
}

async function refusal(response: Response): Promise<ScrutineerError> {
  const text = await response.text();
  let problem: Problem = {};
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    // not the service itself: a proxy's page, for example; its status has to do
  }
  return new ScrutineerError(
    problem.code ?? "api-unreachable",
    problem.detail ?? problem.title ?? `the service answered ${response.status}`,
    { ...problem, status: response.status },
  );
}
