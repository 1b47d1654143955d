/**
 * What the mesh routes by: one model that VirtualService, HTTPRoute and Ingress are all translated into. Values here
 * are resolved (names are whole, defaults are filled in) but not compiled.
 */

/** `namespace/name` of a Service. */
export type ServiceKey = string

/** Text to compare with; `ignoreCase` concerns exact and prefix. */
export type StringMatch = (
  | { readonly kind: 'exact'; readonly value: string }
  /** `atElement`: `/a` matches `/a` and `/a/b`, but not `/ab`. */
  | { readonly kind: 'prefix'; readonly value: string; readonly atElement?: boolean }
  | { readonly kind: 'regex'; readonly value: string }
  | { readonly kind: 'present' }
) & { readonly ignoreCase?: boolean }

/** All conditions of one match must hold. Header and query names map to what their value must be. */
export interface RequestMatch {
  readonly path?: StringMatch
  readonly method?: StringMatch
  readonly authority?: StringMatch
  readonly scheme?: StringMatch
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, StringMatch>>
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>
  readonly queryParams?: Readonly<Record<string, StringMatch>>
  readonly port?: number
  readonly sourceNamespace?: string
  /** Labels that the calling pod must have. */
  readonly sourceLabels?: Readonly<Record<string, string>>
  /** Where the request must have come in; absent: anywhere. */
  readonly sides?: readonly Side[]
}

/** Where a request comes in. */
export type Side = 'mesh' | 'gateway'

/** Changes to the headers of a request or response. Names are lower case. */
export interface HeaderChanges {
  readonly set?: Readonly<Record<string, string>>
  readonly add?: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}

/** How the proxy of another provider than Istio counts the requests to a destination, beside Istio's own series. */
export interface ProviderCount {
  readonly proxy: 'ingress-nginx' | 'kuma'
  /** Labels that follow from the routing objects alone. */
  readonly labels: Readonly<Record<string, string>>
}

/** A Service to send to, with its share. */
export interface WeightedDestination {
  readonly service: ServiceKey
  /** The Service's port; absent: the only one, or the one that the client named. */
  readonly port?: number
  /** Only endpoints whose pods have these labels. */
  readonly subset?: Readonly<Record<string, string>>
  /** The name of a subset that nobody defines: the destination points at nothing. */
  readonly undefinedSubset?: string
  /** A share relative to the others; 0 gets nothing. */
  readonly weight: number
  readonly requestHeaders?: HeaderChanges
  readonly responseHeaders?: HeaderChanges
  readonly counted?: ProviderCount
}

/** When and how often a failed try is repeated. */
export interface RetryPolicy {
  /** Beyond the first try. */
  readonly attempts: number
  readonly perTryTimeoutMs?: number
  readonly on: {
    /** Statuses that count as failed. */
    readonly statuses: ReadonlySet<number>
    /** The connection could not be made, or broke before the answer began. */
    readonly connectFailure: boolean
  }
}

/** CORS as VirtualService describes it. */
export interface CorsPolicy {
  readonly allowOrigins: readonly StringMatch[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly maxAgeS?: number
  readonly allowCredentials?: boolean
}

/** Faults put into a share of the requests; shares are percent, 0-100. */
export interface FaultPolicy {
  readonly abort?: { readonly percent: number; readonly status: number }
  readonly delay?: { readonly percent: number; readonly delayMs: number }
}

/** How the path and the authority are rewritten before forwarding. */
export interface Rewrite {
  /** Replaces the matched prefix, or the whole path where the match was not a prefix. */
  readonly path?: string
  readonly fullPath?: string
  /** Replaces what the pattern (RE2) finds in the path; `\1` stands for its first group. */
  readonly pattern?: { readonly match: string; readonly substitution: string }
  readonly authority?: string
}

/** Where a redirect points. */
export interface Redirect {
  readonly status: number
  readonly scheme?: string
  readonly authority?: string
  readonly port?: number
  readonly path?: string
  /** Replaces only the matched prefix. */
  readonly prefix?: string
}

/** One rule: applies when any of `matches` holds, or always if there are none. */
export interface RouteRule {
  readonly name?: string
  readonly matches: readonly RequestMatch[]
  readonly destinations: readonly WeightedDestination[]
  readonly redirect?: Redirect
  readonly directResponse?: { readonly status: number; readonly body: string }
  readonly rewrite?: Rewrite
  readonly timeoutMs?: number
  readonly retries?: RetryPolicy
  readonly fault?: FaultPolicy
  readonly mirrors?: readonly { readonly destination: WeightedDestination; readonly percent: number }[]
  readonly cors?: CorsPolicy
  readonly requestHeaders?: HeaderChanges
  readonly responseHeaders?: HeaderChanges
}

/** Rules for a set of hosts, on the mesh, on gateways or both. First rule that matches wins. */
export interface RouteConfig {
  /** Who wrote it, as `Kind namespace/name`, for messages. */
  readonly origin: string
  /** Hosts as the mesh knows Services by, so that requests by any of a Service's names are covered. */
  readonly meshServices: readonly ServiceKey[]
  /** Hosts by their text on the mesh; `*` and `*.suffix` are wildcards. */
  readonly meshHosts: readonly string[]
  /** Hosts by their text on ingress gateways. */
  readonly gatewayHosts: readonly string[]
  readonly rules: readonly RouteRule[]
  /** Why the object could not be translated; it has no rules then. */
  readonly problem?: string
}

/** A pod behind a Service, as the mesh sees it. */
export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly pod: string
  readonly labels: Readonly<Record<string, string>>
  readonly workload: Workload
}

/** Who serves or calls, as Istio's metrics name it. */
export interface Workload {
  readonly namespace: string
  readonly name: string
  /** The labels `app` and `version`; `unknown` where there is none. */
  readonly app: string
  readonly version: string
}

/** A Service and the ready endpoints of each of its ports. */
export interface ServiceConfig {
  readonly key: ServiceKey
  readonly namespace: string
  readonly name: string
  readonly clusterIP?: string
  readonly ports: readonly ServicePortConfig[]
}

/** One port of a Service. */
export interface ServicePortConfig {
  readonly name: string
  readonly port: number
  readonly endpoints: readonly Endpoint[]
  /** How the sidecars beside its pods count what they serve. */
  readonly counted?: ProviderCount
}

/** All that the mesh routes by at one moment. */
export interface MeshConfig {
  readonly services: readonly ServiceConfig[]
  readonly routes: readonly RouteConfig[]
}
