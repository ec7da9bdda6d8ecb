/** GraphQL as the commands use it: a query in, its data out, a refusal as the error the service meant. */
import type { ErrorCode } from "../protocol/errors.ts";
import { ScrutineerError } from "../protocol/errors.ts";

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: { readonly message: string; readonly extensions?: { reason?: ErrorCode } }[];
}

export async function askGraphql<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Data> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  })
    .then((response) => response.json() as Promise<Answer<Data>>)
    .catch((cause: unknown) => {
      throw new ScrutineerError("api-unreachable", `${url}: ${String(cause)}`, { url });
    });
  const [error] = answer.errors ?? [];
  if (error !== undefined) {
    throw new ScrutineerError(error.extensions?.reason ?? "api-unreachable", error.message, {
      url,
    });
  }
  if (!answer.data) throw new ScrutineerError("api-unreachable", `${url}: no GraphQL`, { url });
  return answer.data;
}
