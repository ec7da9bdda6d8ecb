/** A local server has two names; asked under the other one, the browser would take it for a stranger. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The path alone where `url` is the page's own server by another name; else `url` as it is. */
export function ownOrigin(
  url: string,
  page: { readonly hostname: string; readonly port: string },
): string {
  const { hostname, port, pathname } = new URL(url);
  const isOwn = LOOPBACK.has(hostname) && LOOPBACK.has(page.hostname) && port === page.port;
  return isOwn ? pathname : url;
}
