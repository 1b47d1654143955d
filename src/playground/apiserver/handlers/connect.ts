/** exec, attach, portforward and proxy: connections into containers, which this server does not make. */
import { StatusError } from '../status-error.ts'
import type { Call } from './call.ts'

/** Refuses with 501 and says so in words. */
export async function refuseConnection(call: Call): Promise<never> {
  const { plural, name, subresource } = call.path
  const message = `${plural} ${JSON.stringify(name)}: the embedded API makes no connections into containers (${subresource})`
  throw new StatusError(501, 'NotImplemented', message)
}
