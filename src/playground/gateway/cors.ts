/** CORS as VirtualService and HTTPRoute describe it. */
import type { CorsPolicy, HeaderChanges } from './config.ts'

/** The headers that answer a preflight request of an allowed origin, flat; undefined if the request is none. */
export function preflightHeaders(
  policy: CorsPolicy,
  request: { readonly method: string; header(name: string): string | undefined },
): string[] | undefined {
  const origin = request.header('origin')
  if (request.method !== 'OPTIONS' || !origin || !request.header('access-control-request-method')) return undefined
  return Object.entries({
    ...corsHeaders(policy, origin),
    ...(policy.allowMethods.length > 0 ? { 'access-control-allow-methods': policy.allowMethods.join(',') } : {}),
    ...(policy.allowHeaders.length > 0 ? { 'access-control-allow-headers': policy.allowHeaders.join(',') } : {}),
    ...(policy.maxAgeS === undefined ? {} : { 'access-control-max-age': String(policy.maxAgeS) }),
  }).flat()
}

/** What an answer to an allowed origin carries. */
export function corsChanges(policy: CorsPolicy, origin: string): HeaderChanges {
  return { set: corsHeaders(policy, origin) }
}

function corsHeaders(policy: CorsPolicy, origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    ...(policy.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(policy.exposeHeaders.length > 0 ? { 'access-control-expose-headers': policy.exposeHeaders.join(',') } : {}),
  }
}
