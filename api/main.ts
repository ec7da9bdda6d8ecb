/** The api's process: the application on a port. Many may run beside each other; they share the store alone. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { ScrutineerError } from "../protocol/errors.ts";
import { createApp } from "./app.ts";
import type { ApiDeps } from "./deps.ts";

export interface RunningApi {
  readonly url: string;
  readonly port: number;
  /** Answers under way may end; then connections are closed. */
  stop(): Promise<void>;
}

/** @param port 0 takes any free one */
export async function startApi(deps: ApiDeps, host: string, port: number): Promise<RunningApi> {
  const server = createServer(createApp(deps) as RequestListener);
  server.listen(port, host);
  await once(server, "listening").catch((cause: unknown) => {
    throw new ScrutineerError("port-in-use", `port ${port} is taken`, { port }, { cause });
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${taken}`,
    port: taken,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
    },
  };
}
