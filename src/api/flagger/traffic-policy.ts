/** The connection, load balancing and ejection settings that a Canary hands on to Istio. */
import { array, boolean, exactlyOne, integer, map, object, oneOf, string } from '../../apimachinery/schema.ts'

const int32 = integer({ format: 'int32' })

const connectionPool = object({
  http: object({
    h2UpgradePolicy: oneOf(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']),
    http1MaxPendingRequests: int32,
    http2MaxRequests: int32,
    idleTimeout: string(),
    maxRequestsPerConnection: int32,
    maxRetries: int32,
  }),
})

const hashKeys = exactlyOne('httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName')

const loadBalancer = object(
  {
    consistentHash: object({
      httpCookie: object({ name: string(), path: string(), ttl: string() }),
      httpHeaderName: string(),
      httpQueryParameterName: string(),
      minimumRingSize: integer(),
      useSourceIp: boolean(),
    }),
    localityLbSetting: object({
      distribute: array(object({ from: string(), to: map(integer()) })),
      enabled: boolean(),
      failover: array(object({ from: string(), to: string() })),
    }),
    simple: oneOf(['ROUND_ROBIN', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'LEAST_REQUEST']),
    warmupDurationSecs: string(),
  },
  {
    oneOf: [{ required: ['simple'] }, { properties: { consistentHash: hashKeys }, required: ['consistentHash'] }],
  },
)

const outlierDetection = object({
  baseEjectionTime: string(),
  consecutive5xxErrors: integer(),
  consecutiveErrors: int32,
  consecutiveGatewayErrors: int32,
  consecutiveLocalOriginFailures: int32,
  interval: string(),
  maxEjectionPercent: int32,
  minHealthPercent: int32,
  splitExternalLocalOriginErrors: boolean(),
})

const tls = object({
  caCertificates: string(),
  clientCertificate: string(),
  mode: oneOf(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']),
  privateKey: string(),
  sni: string(),
  subjectAltNames: array(string()),
})

/** `spec.service.trafficPolicy`. */
export const trafficPolicy = object({ connectionPool, loadBalancer, outlierDetection, tls })
