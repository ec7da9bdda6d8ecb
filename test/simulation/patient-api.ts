/** A client that does what a page does when its service is away: it tries the same request again. */
import { createApiClient, type ApiClient } from "../../cli/api-client.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import { retry } from "../../runtime/retry.ts";

export function createPatientApi(url: string): ApiClient {
  const api = createApiClient(url);
  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    retry(work, {
      attempts: 600,
      firstDelayMs: 50,
      maxDelayMs: 200,
      shouldRetry: (error) => isScrutineerError(error, "api-unreachable") || isBrokenOff(error),
    });
  return {
    url: api.url,
    get: (path, token) => patiently(() => api.get(path, token)),
    post: (path, body, token) => patiently(() => api.post(path, body, token)),
    put: (path, body, token) => patiently(() => api.put(path, body, token)),
    upload: (path, body) => api.upload(path, body),
    download: (path) => patiently(() => api.download(path)),
  };
}

/** An answer that stopped half-way: the request may have been taken or not. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof TypeError || error instanceof SyntaxError;
}
