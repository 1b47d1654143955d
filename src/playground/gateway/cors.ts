/** CORS as VirtualService and HTTPRoute describe it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CorsPolicy, HeaderChanges } from './config.ts'

/** Answers a preflight request of an allowed origin; false if the request is none. */
export function answerPreflight(policy: CorsPolicy, request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers
  if (request.method !== 'OPTIONS' || !origin || !request.headers['access-control-request-method']) return false
  response.writeHead(200, {
    ...corsHeaders(policy, origin),
    ...(policy.allowMethods.length > 0 ? { 'access-control-allow-methods': policy.allowMethods.join(',') } : {}),
    ...(policy.allowHeaders.length > 0 ? { 'access-control-allow-headers': policy.allowHeaders.join(',') } : {}),
    ...(policy.maxAgeS === undefined ? {} : { 'access-control-max-age': String(policy.maxAgeS) }),
  })
  response.end()
  return true
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
