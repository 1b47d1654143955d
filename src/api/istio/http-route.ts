/** `spec.http` of a VirtualService. */
import { array, atMostOne, boolean, map, nullable, number, object, oneOf, string } from '../../apimachinery/schema.ts'
import { destination, duration, headers, int32, stringMatch, uint32 } from './common.ts'

const percentage = object({ value: number({ format: 'double' }) })

const corsPolicy = object({
  allowCredentials: nullable(boolean()),
  allowHeaders: array(string()),
  allowMethods: array(string()),
  allowOrigin: array(string()),
  allowOrigins: array(stringMatch),
  exposeHeaders: array(string()),
  maxAge: duration,
  unmatchedPreflights: oneOf(['UNSPECIFIED', 'FORWARD', 'IGNORE']),
})

const directResponse = object(
  {
    body: object({ bytes: string({ format: 'byte' }), string: string() }, atMostOne('string', 'bytes')),
    status: uint32,
  },
  { required: ['status'] },
)

const fault = object({
  abort: object(
    { grpcStatus: string(), http2Error: string(), httpStatus: int32, percentage },
    atMostOne('httpStatus', 'grpcStatus', 'http2Error'),
  ),
  delay: object(
    { exponentialDelay: duration, fixedDelay: duration, percent: int32, percentage },
    atMostOne('fixedDelay', 'exponentialDelay'),
  ),
})

const match = array(
  object({
    authority: stringMatch,
    gateways: array(string()),
    headers: map(stringMatch),
    ignoreUriCase: boolean(),
    method: stringMatch,
    name: string(),
    port: uint32,
    queryParams: map(stringMatch),
    scheme: stringMatch,
    sourceLabels: map(string()),
    sourceNamespace: string(),
    statPrefix: string(),
    uri: stringMatch,
    withoutHeaders: map(stringMatch),
  }),
)

const redirect = object(
  {
    authority: string(),
    derivePort: oneOf(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']),
    port: uint32,
    prefixRewrite: string(),
    redirectCode: uint32,
    scheme: string(),
    uri: string(),
  },
  atMostOne('port', 'derivePort'),
)

const retries = object({
  attempts: int32,
  backoff: duration,
  perTryTimeout: duration,
  retryIgnorePreviousHosts: nullable(boolean()),
  retryOn: string(),
  retryRemoteLocalities: nullable(boolean()),
})

/** `spec.http`: the first route that matches gets the request and divides it by weight. */
export const httpRoutes = array(
  object({
    corsPolicy,
    delegate: object({ name: string(), namespace: string() }),
    directResponse,
    fault,
    headers,
    match,
    mirror: destination,
    mirror_percent: nullable(uint32),
    mirrorPercent: nullable(uint32),
    mirrorPercentage: percentage,
    mirrors: array(object({ destination, percentage }, { required: ['destination'] })),
    name: string(),
    redirect,
    retries,
    rewrite: object({
      authority: string(),
      uri: string(),
      uriRegexRewrite: object({ match: string(), rewrite: string() }),
    }),
    route: array(object({ destination, headers, weight: int32 }, { required: ['destination'] })),
    timeout: duration,
  }),
)
