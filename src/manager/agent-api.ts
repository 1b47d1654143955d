/** What an agent tells about its Canaries over HTTP; read-only. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { CanaryController } from '../controllers/canary/controller.ts'
import { sendJson, sendText } from '../runtime/http-server.ts'

const root = '/api/v1/canaries'

/**
 * Answers `/api/v1/canaries` (what there is and why it stands where it does) and
 * `/api/v1/canaries/<namespace>/<name>/decisions` (its last decisions, oldest first); false where the path is another.
 */
export async function answerCanaries(
  canaries: Pick<CanaryController, 'canaries' | 'decisions'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === root) {
    sendJson(response, 200, { canaries: canaries.canaries().map(canary => summaryOf(canaries, canary)) })
    return true
  }
  if (!pathname.startsWith(`${root}/`)) return false
  const [namespace = '', name = '', what] = pathname
    .slice(root.length + 1)
    .split('/')
    .map(decoded)
  const canary = canaries.canaries().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
  if (what !== 'decisions') sendText(response, 404, 'not found\n')
  else if (!canary) sendText(response, 404, `there is no canary ${namespace}/${name}\n`)
  else
    sendJson(response, 200, { ...summaryOf(canaries, canary), decisions: canaries.decisions(`${namespace}/${name}`) })
  return true
}

function summaryOf({ decisions }: Pick<CanaryController, 'decisions'>, { metadata, spec, status }: Canary) {
  const last = decisions(`${metadata.namespace}/${metadata.name}`).at(-1)
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    // The published schema does not insist on a spec.
    target: spec ? `${spec.targetRef.kind}/${spec.targetRef.name}` : '',
    phase: status?.phase ?? '',
    canaryWeight: status?.canaryWeight ?? 0,
    iterations: status?.iterations ?? 0,
    failedChecks: status?.failedChecks ?? 0,
    ...(last ? { last } : {}),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
