/** What a container may know of its own resources (`resourceFieldRef`). Pure. */
import type { Container, Pod } from '../../api/core/core-v1.ts'
import { parseQuantity, quantityToNumber } from '../../apimachinery/quantity.ts'

/** A `resourceFieldRef` of an environment variable or of a downward-API volume. */
export interface ResourceFieldRef {
  readonly containerName?: string
  /** `limits.cpu`, `requests.memory`, ... */
  readonly resource: string
  /** The unit; absent or 0: whole cores, or bytes. */
  readonly divisor?: string
}

/** What a node of a local cluster has to give; a container without a limit may use all of it. */
export const nodeCapacity: Readonly<Record<string, string>> = {
  cpu: '64',
  memory: '64Gi',
  pods: '1000',
  'ephemeral-storage': '100Gi',
}

/** The value in units of the divisor, rounded up, as the kubelet gives it. */
export function resourceValue(pod: Pod, own: Container | undefined, ref: ResourceFieldRef): string {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const container = ref.containerName === undefined ? own : all.find(({ name }) => name === ref.containerName)
  const [kind = '', ...rest] = ref.resource.split('.')
  const name = rest.join('.')
  const { limits, requests } = container?.resources ?? {}
  const given = kind === 'limits' ? (limits?.[name] ?? nodeCapacity[name]) : (requests?.[name] ?? limits?.[name])
  const divisor = thousandths(ref.divisor) || 1000
  return String(Math.ceil(thousandths(given) / divisor))
}

// A thousandth is the smallest unit that resources have; in it they are whole.
function thousandths(text: string | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(text)
  return quantity ? Math.ceil(Math.round(quantityToNumber(quantity) * 1e6) / 1e3) : 0
}
