/** The cells of HorizontalPodAutoscalers: targets and how far they are. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, numberAt, objectAt, objectsAt, stringAt } from '../draft.ts'
import { ageOf, type Cells, firstOf, nameOf, none } from './cell.ts'

const maxShown = 2
const unknown = '<unknown>'

/** The cells of a HorizontalPodAutoscaler. */
export const autoscalerCells: Cells = (autoscaler, now) => {
  const [spec, status] = [objectAt(autoscaler, 'spec'), objectAt(autoscaler, 'status')]
  const target = objectAt(spec, 'scaleTargetRef')
  const current = objectsAt(status, 'currentMetrics')
  const metrics = objectsAt(spec, 'metrics').map((metric, i) => metricCell(metric, current[i]))
  return [
    nameOf(autoscaler),
    `${stringAt(target, 'kind')}/${stringAt(target, 'name')}`,
    metrics.length === 0 ? none : firstOf(metrics, maxShown, metrics.length, ', '),
    String(numberAt(spec, 'minReplicas') ?? '<unset>'),
    numberAt(spec, 'maxReplicas') ?? 0,
    numberAt(status, 'currentReplicas') ?? 0,
    ageOf(autoscaler, now),
  ]
}

function metricCell(metric: JsonObject, status: JsonObject | undefined): string {
  switch (stringAt(metric, 'type')) {
    case 'External':
      return amountCell(metric, status, 'external')
    case 'Object':
      return amountCell(metric, status, 'object')
    case 'Pods': {
      const target = stringAt(objectAt(objectAt(metric, 'pods'), 'target'), 'averageValue')
      return `${currentOf(status, 'pods', 'averageValue')}/${target}`
    }
    case 'Resource':
      return usageCell(metric, status, 'resource')
    case 'ContainerResource':
      return usageCell(metric, status, 'containerResource')
    default:
      return '<unknown type>'
  }
}

function amountCell(metric: JsonObject, status: JsonObject | undefined, source: string): string {
  const target = objectAt(objectAt(metric, source), 'target')
  if (!has(target, 'averageValue')) return `${currentOf(status, source, 'value')}/${stringAt(target, 'value')}`
  return `${currentOf(status, source, 'averageValue')}/${stringAt(target, 'averageValue')} (avg)`
}

function usageCell(metric: JsonObject, status: JsonObject | undefined, source: string): string {
  const { name, target } = {
    name: stringAt(objectAt(metric, source), 'name'),
    target: objectAt(objectAt(metric, source), 'target'),
  }
  if (has(target, 'averageValue')) {
    return `${name}: ${currentOf(status, source, 'averageValue')}/${stringAt(target, 'averageValue')}`
  }
  const wanted = numberAt(target, 'averageUtilization')
  const share = currentOf(status, source, 'averageUtilization')
  return `${name}: ${share === unknown ? share : `${share}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`
}

function currentOf(status: JsonObject | undefined, source: string, key: string): string {
  const current = objectAt(objectAt(status, source), 'current')
  return has(current, key) ? String(current[key]) : unknown
}
