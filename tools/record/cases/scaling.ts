/** Autoscalers and budgets that are refused. */
import type { CaseTable } from './tables.ts'

/** Autoscalers and budgets that are refused. */
export const scalingCases: CaseTable = [
  { name: 'no target', base: 'autoscaler', with: { 'spec.scaleTargetRef': undefined } },
  { name: 'an empty target', base: 'autoscaler', with: { 'spec.scaleTargetRef': { kind: 'A/B', name: 'C/D' } } },
  { name: 'no spec', base: 'autoscaler', with: { spec: undefined } },
  { name: 'no maximum', base: 'autoscaler', with: { 'spec.maxReplicas': undefined } },
  { name: 'a minimum of 0', base: 'autoscaler', with: { 'spec.minReplicas': 0 } },
  { name: 'a minimum above the maximum', base: 'autoscaler', with: { 'spec.minReplicas': 5 } },
  { name: 'a metric without a type', base: 'autoscaler', with: { 'spec.metrics': [{}] } },
  { name: 'an unknown type of metric', base: 'autoscaler', with: { 'spec.metrics': [{ type: 'Foo' }] } },
  { name: 'a metric without its source', base: 'autoscaler', with: { 'spec.metrics': [{ type: 'Resource' }] } },
  {
    name: 'a metric with another source',
    base: 'autoscaler',
    with: {
      'spec.metrics': [
        { type: 'Resource', pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '1' } } },
      ],
    },
  },
  {
    name: 'a resource without a name and target',
    base: 'autoscaler',
    with: { 'spec.metrics': [{ type: 'Resource', resource: {} }] },
  },
  {
    name: 'a resource with no amount',
    base: 'autoscaler',
    with: { 'spec.metrics': [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }] },
  },
  {
    name: 'a resource with two amounts',
    base: 'autoscaler',
    with: {
      'spec.metrics': [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0, averageValue: '-1' } },
        },
      ],
    },
  },
  {
    name: 'a resource with a plain value',
    base: 'autoscaler',
    with: { 'spec.metrics': [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Value', value: '1' } } }] },
  },
  {
    name: 'an unknown type of target',
    base: 'autoscaler',
    with: {
      'spec.metrics': [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Foo', averageUtilization: 5 } } }],
    },
  },
  { name: 'pods without a metric', base: 'autoscaler', with: { 'spec.metrics': [{ type: 'Pods', pods: {} }] } },
  {
    name: 'an object without anything',
    base: 'autoscaler',
    with: { 'spec.metrics': [{ type: 'Object', object: {} }] },
  },
  {
    name: 'an external metric without anything',
    base: 'autoscaler',
    with: { 'spec.metrics': [{ type: 'External', external: {} }] },
  },
  {
    name: 'an external metric with two amounts',
    base: 'autoscaler',
    with: {
      'spec.metrics': [
        {
          type: 'External',
          external: { metric: { name: 'a/b' }, target: { type: 'Value', value: '1', averageValue: '1' } },
        },
      ],
    },
  },
  {
    name: "a container's resource without anything",
    base: 'autoscaler',
    with: { 'spec.metrics': [{ type: 'ContainerResource', containerResource: {} }] },
  },
  {
    name: 'bad behaviour',
    base: 'autoscaler',
    with: {
      'spec.behavior': {
        scaleUp: { stabilizationWindowSeconds: -1, selectPolicy: 'Foo' },
        scaleDown: {
          stabilizationWindowSeconds: 4000,
          policies: [
            { type: 'Foo', value: 0, periodSeconds: 0 },
            { type: 'Pods', value: 1, periodSeconds: 2000 },
          ],
        },
      },
    },
  },
  { name: 'a disruption budget with both bounds', base: 'disruptionBudget', with: { 'spec.maxUnavailable': 1 } },
  {
    name: 'a disruption budget with bad bounds',
    base: 'disruptionBudget',
    with: { spec: { minAvailable: '150%', selector: { matchLabels: { a: 'b c' } } } },
  },
  {
    name: 'a disruption budget with a negative bound',
    base: 'disruptionBudget',
    with: { spec: { maxUnavailable: -1, unhealthyPodEvictionPolicy: 'Foo' } },
  },
  { name: 'a disruption budget with text as bound', base: 'disruptionBudget', with: { spec: { maxUnavailable: 'x' } } },
  { name: 'a quota with a negative amount', base: 'resourceQuota', with: { 'spec.hard': { pods: '-1' } } },
  { name: 'a quota with a bad resource', base: 'resourceQuota', with: { 'spec.hard': { 'a b': '1' } } },
]
