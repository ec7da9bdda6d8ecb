/** How a request too many is refused; limits are told in the standard headers. */
import type { Options } from "express-rate-limit";
import { ScrutineerError } from "../protocol/errors.ts";

export const refuseTooMany: Partial<Options> = {
  standardHeaders: "draft-8",
  legacyHeaders: false,
  // A proxy in front may set the header; whether to believe it is the proxy's operator's to say.
  validate: { xForwardedForHeader: false },
  handler: (_request, response, next) => {
    const seconds = Number(response.getHeader("Retry-After") ?? 60);
    next(new ScrutineerError("too-many-requests", `ask again in ${seconds} s`, { seconds }));
  },
};
