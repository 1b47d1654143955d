/** JSON that does not fit its kind. */
import type { CaseTable } from './tables.ts'

/** JSON that does not fit its kind. */
export const decodingCases: CaseTable = [
  { name: 'text for a number', base: 'deployment', with: { 'spec.replicas': '3' } },
  { name: 'a fraction for a number', base: 'deployment', with: { 'spec.replicas': 1.5 } },
  { name: 'a number that is too large', base: 'deployment', with: { 'spec.replicas': 3000000000 } },
  { name: 'a number for text', base: 'deployment', with: { 'spec.template.spec.containers.0.image': 1 } },
  { name: 'an object for a list', base: 'deployment', with: { 'spec.template.spec.containers': {} } },
  { name: 'a list for an object', base: 'deployment', with: { spec: [] } },
  { name: 'text for an object', base: 'deployment', with: { 'spec.strategy': 'Recreate' } },
  { name: 'a number in labels', base: 'deployment', with: { 'spec.selector.matchLabels': { app: 1 } } },
  { name: 'text for a boolean', base: 'deployment', with: { 'spec.paused': 'yes' } },
  {
    name: 'a bad quantity',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { limits: { cpu: 'lots' } } },
  },
  {
    name: 'an empty quantity',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { limits: { cpu: '' } } },
  },
  {
    name: 'a quantity as a number',
    base: 'deployment',
    with: { 'spec.template.spec.containers.0.resources': { limits: { cpu: 2 } } },
  },
  { name: 'a boolean for a port', base: 'service', with: { 'spec.ports': [{ port: 80, targetPort: true }] } },
  { name: 'a fraction for a port', base: 'service', with: { 'spec.ports': [{ port: 80, targetPort: 1.5 }] } },
  { name: 'bad base64', base: 'secret', with: { data: { a: '!!' } } },
  { name: 'base64 that stops early', base: 'secret', with: { data: { a: 'YQ=' } } },
  { name: 'base64 without padding', base: 'secret', with: { data: { a: 'YWI' } } },
  { name: 'base64 that goes on after its end', base: 'secret', with: { data: { a: 'YQ==YQ==' } } },
  { name: 'a number for base64', base: 'secret', with: { data: { a: 1 } } },
  { name: 'a number in stringData', base: 'secret', with: { stringData: { a: 1 } } },
  { name: 'a number in a ConfigMap', base: 'configMap', with: { data: { a: 1 } } },
  { name: 'an object in a ConfigMap', base: 'configMap', with: { data: { a: {} } } },
  { name: 'a boolean in annotations', base: 'configMap', with: { metadata: { name: 'a', annotations: { a: true } } } },
  { name: 'a time that is none', base: 'configMap', with: { metadata: { name: 'a', creationTimestamp: 'yesterday' } } },
  { name: 'a time as a number', base: 'configMap', with: { metadata: { name: 'a', creationTimestamp: 1 } } },
  {
    name: 'a time out of range',
    base: 'configMap',
    with: { metadata: { name: 'a', creationTimestamp: '2026-13-01T00:00:00Z' } },
  },
  {
    name: 'a day that does not exist',
    base: 'configMap',
    with: { metadata: { name: 'a', creationTimestamp: '2026-02-30T00:00:00Z' } },
  },
  { name: 'a renewal without a fraction', base: 'lease', with: { spec: { renewTime: '2026-01-01T00:00:00Z' } } },
  {
    name: 'a wrong type before a bad quantity',
    base: 'deployment',
    with: { 'spec.replicas': '3', 'spec.template.spec.containers.0.resources': { limits: { cpu: 'lots' } } },
  },
  { name: 'two wrong types', base: 'deployment', with: { 'spec.replicas': '3', 'spec.paused': 'x' } },
  { name: 'a number in a command', base: 'pod', with: { 'spec.containers.0.command': ['a', 1] } },
  { name: 'a number as the name', base: 'pod', with: { metadata: { name: 5 } } },
  {
    name: "an object for an environment variable's value",
    base: 'pod',
    with: { 'spec.containers.0.env': [{ name: 'A', value: {} }] },
  },
  {
    name: "a number for an environment variable's value",
    base: 'pod',
    with: { 'spec.containers.0.env': [{ name: 'A', value: 5 }] },
  },
  { name: 'text for a metric', base: 'autoscaler', with: { 'spec.metrics': 'cpu' } },
  {
    name: "text for a metric's utilisation",
    base: 'autoscaler',
    with: {
      'spec.metrics': [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: '80' } } },
      ],
    },
  },
  {
    name: 'null everywhere',
    base: 'deployment',
    with: {
      'spec.replicas': null,
      'spec.strategy': null,
      'spec.template.spec.containers.0.env': null,
      'spec.template.spec.containers.0.resources': null,
      metadata: { name: 'a', labels: null, annotations: null },
    },
  },
  { name: 'null in a list', base: 'pod', with: { 'spec.tolerations': [null] } },
  { name: 'text for a list of rules', base: 'role', with: { rules: 'all' } },
]
