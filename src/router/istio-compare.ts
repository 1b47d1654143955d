/** Which differences of a VirtualService's routes matter, and which belong to somebody else. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { isJsonObject, jsonEqual } from '../apimachinery/json.ts'
import type { Json, JsonObject } from '../apimachinery/meta.ts'
import { isCookieRoute } from './istio-affinity.ts'
import type { HttpRoute, TcpRoute } from './istio-match.ts'
import { serviceNames } from './names.ts'

/** Fields of a route that the engine sets, and of which only some members are its own. `undefined`: all are. */
const ownFields: Readonly<Record<string, readonly string[] | undefined>> = {
  match: undefined,
  rewrite: ['uri', 'authority'],
  timeout: undefined,
  retries: ['attempts', 'perTryTimeout', 'retryOn'],
  corsPolicy: [
    'allowOrigin',
    'allowOrigins',
    'allowMethods',
    'allowHeaders',
    'exposeHeaders',
    'maxAge',
    'allowCredentials',
  ],
  headers: undefined,
}

/** Fields that change with every step and are set with it. */
const stepFields = ['route', 'mirror', 'mirrorPercentage']

/** Whether the routes are those that the Canary asks for, whatever their weights, mirrors and cookies. */
export function isSameHttp(
  canary: Canary,
  existing: readonly HttpRoute[] | undefined,
  wanted: readonly HttpRoute[] | undefined,
): boolean {
  const hasAffinity = canary.spec.analysis.sessionAffinity !== undefined
  const compared = (routes: readonly HttpRoute[] = []) =>
    routes
      .filter(route => !hasAffinity || !isCookieRoute(route, canary))
      .map(route => ({ ...ownPart(route), route: destinations(route, !hasAffinity) }))
  return jsonEqual(compared(existing), compared(wanted))
}

/** See {@link isSameHttp}. */
export function isSameTcp(existing: readonly TcpRoute[] | undefined, wanted: readonly TcpRoute[] | undefined): boolean {
  const compared = (routes: readonly TcpRoute[] = []): Json =>
    routes.map(route => ({ match: toJson(route.match) ?? [], route: destinations(route, true) }))
  return jsonEqual(compared(existing), compared(wanted))
}

/** The routes with what somebody added to ours by hand and the Canary knows nothing of, such as faults. */
export function withHandEdits(
  canary: Canary,
  wanted: readonly HttpRoute[],
  existing: readonly HttpRoute[] | undefined,
): readonly HttpRoute[] {
  const { canary: canaryHost, primary: primaryHost } = serviceNames(canary)
  const leadsTo = ({ route }: HttpRoute, host: string) => route?.some(({ destination }) => destination.host === host)
  const split = existing?.findLast(route => leadsTo(route, canaryHost))
  // Of an A/B test: the route of all who do not take part.
  const plain = existing?.findLast(route => leadsTo(route, primaryHost) && !leadsTo(route, canaryHost))
  return wanted.map(route => {
    const before = leadsTo(route, canaryHost) ? split : plain
    return before ? withForeign(route, before) : route
  })
}

function withForeign(wanted: HttpRoute, existing: HttpRoute): HttpRoute {
  const foreign = Object.entries(existing).filter(([key]) => !(key in ownFields) && !stepFields.includes(key))
  const merged = Object.entries(wanted).map(([key, value]) => {
    const members = ownFields[key]
    const before = toJson(existing[key as keyof HttpRoute]) // A key of both.
    if (!members || !isJsonObject(before)) return [key, value] as const
    const others = Object.entries(before).filter(([member]) => !members.includes(member))
    return [key, { ...Object.fromEntries(others), ...(value as JsonObject) }] as const // An object where `members` are.
  })
  return Object.fromEntries([...foreign, ...merged])
}

function ownPart(route: HttpRoute): JsonObject {
  const entries = Object.entries(ownFields).flatMap(([key, members]) => {
    const value = toJson(route[key as keyof HttpRoute]) // A key of the table.
    if (value === undefined) return []
    if (!members || !isJsonObject(value)) return [[key, value] as const]
    return [[key, Object.fromEntries(Object.entries(value).filter(([member]) => members.includes(member)))] as const]
  })
  return Object.fromEntries(entries)
}

function destinations({ route }: HttpRoute | TcpRoute, withHeaders: boolean): Json {
  return (route ?? []).map(side => {
    const headers = 'headers' in side && withHeaders ? toJson(side.headers) : undefined
    return { destination: toJson(side.destination) ?? null, ...(headers === undefined ? {} : { headers }) }
  })
}

/** Routes are JSON, which TypeScript does not see in interfaces. */
function toJson(value: unknown): Json | undefined {
  return value as Json | undefined
}
