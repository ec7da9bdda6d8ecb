/** Shorthand for the OpenAPI description of a route, so that routes read as what they ask and answer. */
import type { z } from "zod";
import type { ZodOpenApiRequestBodyObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { refusalOf } from "../protocol/errors.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import { problem } from "./schemas/values.ts";

export function takes(schema: z.ZodType): ZodOpenApiRequestBodyObject {
  return { required: true, content: { "application/json": { schema } } };
}

/** One good answer, and the codes of refusals by status. */
export function answers(
  description: string,
  schema: z.ZodType | undefined,
  codes: readonly ErrorCode[] = [],
  status: 200 | 201 | 202 | 204 = 200,
): ZodOpenApiResponsesObject {
  const good =
    schema === undefined
      ? { description }
      : { description, content: { "application/json": { schema } } };
  return { [`${status}`]: good, ...refuses(codes) };
}

export function refuses(codes: readonly ErrorCode[]): ZodOpenApiResponsesObject {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { http } = refusalOf(code);
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      `${status}`,
      {
        description: same.join(", "),
        content: { "application/problem+json": { schema: problem } },
      },
    ]),
  );
}

/** For routes that need a sign-in. */
export const signedIn = [{ bearer: [] }];
