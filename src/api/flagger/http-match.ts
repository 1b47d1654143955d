/** Matching of requests, as Canaries say it. */
import { array, atMostOne, boolean, exactlyOne, integer, map, object, string } from '../../apimachinery/schema.ts'

/** One way to compare a text, or none. */
export const textMatch = object(
  { exact: string(), prefix: string(), regex: string() },
  atMostOne('exact', 'prefix', 'regex'),
)

/** One way to compare the value of a header. */
export const headerMatch = object(
  { exact: string(), prefix: string(), suffix: string(), regex: string() },
  exactlyOne('exact', 'prefix', 'suffix', 'regex'),
)

/** Which requests a route is for: all of what is given must match. */
export const httpMatch = array(
  object({
    authority: textMatch,
    gateways: array(string()),
    headers: map(textMatch),
    ignoreUriCase: boolean(),
    method: textMatch,
    name: string(),
    port: integer(),
    queryParams: map(textMatch),
    scheme: textMatch,
    sourceLabels: map(string()),
    sourceNamespace: string(),
    uri: textMatch,
    withoutHeaders: map(textMatch),
  }),
)
