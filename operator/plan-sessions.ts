/** Relays sessions to the chain while they are of use; one that was refused before is left alone by its caller. */
import type { Duty, Now, SessionRequest } from "./duties.ts";

export function planSessions(requests: readonly SessionRequest[], now: Now): Duty[] {
  return requests
    .filter((request) => request.expiresAt > now.time)
    .map((request) => ({ kind: "authorize-session", request }));
}
