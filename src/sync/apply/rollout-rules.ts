/** The fields that rollouts of a cluster hold: periodic syncs must not fight over them. */
import { Canary } from '../../api/flagger/v1beta1.ts'
import type { Client } from '../../runtime/client.ts'
import type { FieldRule } from './field-rules.ts'
import type { Manifest } from './identity.ts'
import type { ResourceMapper } from './resource-mapper.ts'

const concernedKinds: readonly string[] = ['Deployment', 'DaemonSet', 'Service', 'HorizontalPodAutoscaler']
const scaleToZero = '/spec/template/spec/nodeSelector/flagger.app~1scale-to-zero'

/** The rules that follow from the Canaries of the namespaces that `objects` are in; none where there is no such kind. */
export async function fetchRolloutRules(
  cluster: { readonly client: Pick<Client, 'list'>; readonly mapper: ResourceMapper },
  objects: readonly Manifest[],
  signal: AbortSignal,
): Promise<readonly FieldRule[]> {
  const concerned = objects.filter(({ kind = '' }) => concernedKinds.includes(kind))
  const namespaces = new Set(concerned.map(({ metadata }) => metadata.namespace ?? ''))
  if (namespaces.size === 0) return []
  const type = await cluster.mapper.typeOf('flagger.app/v1beta1', 'Canary', signal)
  if (!type) return []
  const lists = await Promise.all(
    [...namespaces].map(namespace => cluster.client.list(Canary, { namespace: namespace || undefined, signal })),
  )
  return lists.flatMap(({ items }) => items).flatMap(rulesOf)
}

/** What one Canary holds: its target's size, the apex Service's selector and ports, the autoscaler's lower bound. */
export function rulesOf(canary: Canary): readonly FieldRule[] {
  const { namespace = '' } = canary.metadata ?? {}
  const { targetRef, autoscalerRef, service } = canary.spec
  const exactly = (kind: string, name: string, group: string) => ({
    group,
    kind,
    name: escapeRegExp(name),
    namespace: escapeRegExp(namespace),
  })
  const targetName = targetRef.name ?? ''
  const serviceName = service?.name || targetName
  const rules: FieldRule[] = [{ paths: ['/spec/selector', '/spec/ports'], target: exactly('Service', serviceName, '') }]
  if (targetRef.kind === 'Deployment') {
    rules.push({ paths: ['/spec/replicas'], target: exactly('Deployment', targetName, 'apps') })
  }
  if (targetRef.kind === 'DaemonSet') {
    rules.push({ paths: [scaleToZero], target: exactly('DaemonSet', targetName, 'apps') })
  }
  if (autoscalerRef?.kind === 'HorizontalPodAutoscaler' && autoscalerRef.name) {
    const target = exactly('HorizontalPodAutoscaler', autoscalerRef.name, 'autoscaling')
    rules.push({ paths: ['/spec/minReplicas'], target })
  }
  return rules
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
