/** Probes and lifecycle hooks of containers. */
import { invalid, notSupported, required } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { regexProblem } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringsAt } from '../draft.ts'
import { checkAllNotNegative, checkPort, checkUnion, type Member, type Problems } from './checks.ts'

/** A lifecycle of a container whose pod has `graceSeconds` to end. */
export function checkLifecycle(path: string, lifecycle: JsonObject, graceSeconds: number): Problems {
  return ['postStart', 'preStop'].flatMap(hook =>
    has(lifecycle, hook) ? checkHandler(`${path}.${hook}`, objectAt(lifecycle, hook), graceSeconds) : [],
  )
}

/** The three probes of a container. */
export function checkProbes(path: string, container: JsonObject, graceSeconds: number): Problems {
  return (['livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap(name => {
    if (!has(container, name)) return []
    const probe = objectAt(container, name)
    const at = `${path}.${name}`
    return [...checkProbe(at, probe, graceSeconds), ...ownRule(at, probe, name)]
  })
}

// Only readiness may want several successes, and only the others may give a pod time of their own to end.
function ownRule(path: string, probe: JsonObject, name: string): Problems {
  if (name === 'readinessProbe') {
    const seconds = numberAt(probe, 'terminationGracePeriodSeconds')
    if (seconds === undefined) return []
    return [invalid(`${path}.terminationGracePeriodSeconds`, seconds, 'must not be set for readinessProbes')]
  }
  const successes = numberAt(probe, 'successThreshold') ?? 0
  return successes === 1 ? [] : [invalid(`${path}.successThreshold`, successes, 'must be 1')]
}

function checkProbe(path: string, probe: JsonObject, graceSeconds: number): Problems {
  const numbers = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']
  const seconds = numberAt(probe, 'terminationGracePeriodSeconds')
  return [
    ...checkHandler(path, probe, graceSeconds),
    ...checkAllNotNegative(probe, numbers, path),
    ...(seconds !== undefined && seconds <= 0
      ? [invalid(`${path}.terminationGracePeriodSeconds`, seconds, 'must be greater than 0')]
      : []),
  ]
}

function checkHandler(path: string, handler: JsonObject, graceSeconds: number): Problems {
  const members: Readonly<Record<string, Member>> = {
    exec: (exec, at) => (stringsAt(exec, 'command').length === 0 ? [required(`${at}.command`)] : []),
    httpGet: checkHttpGet,
    tcpSocket: (tcp, at) => checkPort(`${at}.port`, tcp['port']),
    grpc: (grpc, at) => checkPort(`${at}.port`, grpc['port']),
    sleep: (sleep, at) => checkSleep(at, numberAt(sleep, 'seconds') ?? 0, graceSeconds),
  }
  const { count, problems } = checkUnion(handler, path, members, 'may not specify more than 1 handler type')
  return count === 0 ? [...problems, required(path, 'must specify a handler type')] : problems
}

const headerName = '[-A-Za-z0-9]+'

function checkHttpGet(httpGet: JsonObject, path: string): Problems {
  const scheme = stringAt(httpGet, 'scheme')
  return [
    ...(stringAt(httpGet, 'path') === '' ? [required(`${path}.path`)] : []),
    ...checkPort(`${path}.port`, httpGet['port']),
    ...(['HTTP', 'HTTPS'].includes(scheme) ? [] : [notSupported(`${path}.scheme`, scheme, ['HTTP', 'HTTPS'])]),
    ...objectsAt(httpGet, 'httpHeaders').flatMap(header => {
      const name = stringAt(header, 'name')
      if (new RegExp(`^${headerName}$`).test(name)) return []
      const sentence = "a valid HTTP header must consist of alphanumeric characters or '-'"
      return [invalid(`${path}.httpHeaders`, name, regexProblem(sentence, headerName, 'X-Header-Name'))]
    }),
  ]
}

function checkSleep(path: string, seconds: number, graceSeconds: number): Problems {
  if (seconds >= 0 && seconds <= graceSeconds) return []
  const sentence = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`
  return [invalid(path, seconds, sentence)]
}
