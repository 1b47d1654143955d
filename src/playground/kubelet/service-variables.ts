/** The variables by which a pod finds Services without names. Pure. */
import type { Service } from '../../api/core/core-v1.ts'

/**
 * `NAME_SERVICE_HOST` and `NAME_SERVICE_PORT`, and one `NAME_SERVICE_PORT_PORT` for each port that has a name, in the
 * spelling of environment variables; none for a Service without an address.
 */
export function serviceVariables({ metadata, spec }: Service): readonly (readonly [string, string])[] {
  const ip = spec?.clusterIP
  const ports = spec?.ports ?? []
  const [first] = ports
  if (!ip || ip === 'None' || !first) return []
  const prefix = `${variable(metadata?.name ?? '')}_SERVICE`
  const named = ports.filter(({ name }) => name)
  return [
    [`${prefix}_HOST`, ip],
    [`${prefix}_PORT`, String(first.port)],
    ...named.map(({ name = '', port }) => [`${prefix}_PORT_${variable(name)}`, String(port)] as const),
  ]
}

function variable(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}
