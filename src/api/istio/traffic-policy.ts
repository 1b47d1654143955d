/** How a DestinationRule lets clients connect, balance and eject. */
import {
  array,
  atMostOne,
  boolean,
  integer,
  map,
  nullable,
  number,
  object,
  oneOf,
  string,
} from '../../apimachinery/schema.ts'
import { duration, int32, portSelector, uint32 } from './common.ts'

const connectionPool = object({
  http: object({
    h2UpgradePolicy: oneOf(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']),
    http1MaxPendingRequests: int32,
    http2KeepAlive: object({ interval: duration, timeout: duration }),
    http2MaxRequests: int32,
    idleTimeout: duration,
    maxConcurrentStreams: int32,
    maxRequestsPerConnection: int32,
    maxRetries: int32,
    useClientProtocol: boolean(),
  }),
  tcp: object({
    connectTimeout: duration,
    idleTimeout: string(),
    maxConnectionDuration: duration,
    maxConnections: int32,
    tcpKeepalive: object({ interval: duration, probes: uint32, time: duration }),
  }),
})

const percent = nullable(number({ format: 'double', maximum: 100, minimum: 0 }))
const ringSize = integer({ minimum: 0 })

const consistentHash = object(
  {
    httpCookie: object(
      {
        attributes: array(object({ name: string(), value: string() }, { required: ['name'] })),
        name: string(),
        path: string(),
        ttl: string(),
      },
      { required: ['name'] },
    ),
    httpHeaderName: string(),
    httpQueryParameterName: string(),
    maglev: object({ tableSize: ringSize }),
    minimumRingSize: ringSize,
    ringHash: object({ minimumRingSize: ringSize }),
    useSourceIp: boolean(),
  },
  {
    allOf: [
      atMostOne('httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'),
      atMostOne('ringHash', 'maglev'),
    ],
  },
)

const failover = {
  failover: array(object({ from: string(), to: string() })),
  failoverPriority: array(string()),
}

const loadBalancer = object(
  {
    consistentHash,
    localityLbSetting: object({
      distribute: array(object({ from: string(), to: map(uint32) })),
      enabled: nullable(boolean()),
      ...failover,
    }),
    simple: oneOf(['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST']),
    warmup: object(
      {
        aggression: nullable(number({ format: 'double', minimum: 0 })),
        duration,
        minimumPercent: percent,
      },
      { required: ['duration'] },
    ),
    warmupDurationSecs: duration,
    zoneAwareLbSetting: object({
      enabled: nullable(boolean()),
      ...failover,
      minClusterSize: nullable(integer({ minimum: 1 })),
    }),
  },
  atMostOne('simple', 'consistentHash'),
)

const outlierDetection = object({
  baseEjectionTime: duration,
  consecutive5xxErrors: nullable(uint32),
  consecutiveErrors: int32,
  consecutiveGatewayErrors: nullable(uint32),
  consecutiveLocalOriginFailures: nullable(uint32),
  interval: duration,
  maxEjectionPercent: int32,
  minHealthPercent: int32,
  outlierDetectionHttpErrorCodes: array(integer({ maximum: 599, minimum: 100 })),
  splitExternalLocalOriginErrors: boolean(),
})

const tls = object({
  caCertificates: string(),
  caCrl: string(),
  clientCertificate: string(),
  credentialName: string(),
  insecureSkipVerify: nullable(boolean()),
  mode: oneOf(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']),
  privateKey: string(),
  sni: string(),
  subjectAltNames: array(string()),
})

/** `spec.trafficPolicy` of a DestinationRule and of its subsets. */
export const trafficPolicy = object({
  connectionPool,
  loadBalancer,
  outlierDetection,
  portLevelSettings: array(object({ connectionPool, loadBalancer, outlierDetection, port: portSelector, tls }), {
    maxItems: 4096,
  }),
  proxyProtocol: object({ version: oneOf(['V1', 'V2']) }),
  retryBudget: object({ budgetInterval: string(), minRetryConcurrency: uint32, percent }),
  tls,
  tunnel: object(
    { protocol: string(), targetHost: string(), targetPort: uint32 },
    { required: ['targetHost', 'targetPort'] },
  ),
})
