/** Metadata that is refused. */
import type { CaseTable } from './tables.ts'

/** Metadata that is refused. */
export const metadataCases: CaseTable = [
  { name: 'no name', base: 'deployment', with: { metadata: {} } },
  { name: 'a name in upper case', base: 'deployment', with: { metadata: { name: 'Web' } } },
  {
    name: 'a name that is too long',
    base: 'configMap',
    with: {
      metadata: {
        name: 'a'.repeat(254),
      },
    },
  },
  { name: 'a generated name in upper case', base: 'configMap', with: { metadata: { generateName: 'Web-' } } },
  { name: "a Service's name that starts with a digit", base: 'service', with: { metadata: { name: '1a' } } },
  { name: "a Service's name with a dot", base: 'service', with: { metadata: { name: 'a.b' } } },
  { name: "a Namespace's name with a dot", base: 'namespace', with: { metadata: { name: 'a.b' } } },
  { name: "a Namespace's name in upper case", base: 'namespace', with: { metadata: { name: 'Web' } } },
  { name: "a Role's name in any characters", base: 'role', with: { metadata: { name: 'a:B' } } },
  { name: "a Role's name with a slash", base: 'role', with: { metadata: { name: 'a/b' } } },
  { name: "a Role's name with a percent sign", base: 'role', with: { metadata: { name: 'a%b' } } },
  {
    name: "a CronJob's name of 53 characters",
    base: 'cronJob',
    with: { metadata: { name: 'a'.repeat(53) } },
  },
  {
    name: "a Job's name of 64 characters",
    base: 'job',
    with: { metadata: { name: 'a'.repeat(64) } },
  },
  { name: "a StatefulSet's name with a dot", base: 'statefulSet', with: { metadata: { name: 'a.b' } } },
  { name: 'a bad label key', base: 'deployment', with: { metadata: { name: 'a', labels: { 'a b': 'x' } } } },
  { name: 'a bad label value', base: 'deployment', with: { metadata: { name: 'a', labels: { a: 'x y' } } } },
  {
    name: 'a label value that is too long',
    base: 'deployment',
    with: {
      metadata: { name: 'a', labels: { a: 'x'.repeat(64) } },
    },
  },
  {
    name: 'a label key with two slashes',
    base: 'configMap',
    with: { metadata: { name: 'a', labels: { 'a/b/c': 'x' } } },
  },
  {
    name: 'a label key with an empty prefix',
    base: 'configMap',
    with: { metadata: { name: 'a', labels: { '/c': 'x' } } },
  },
  { name: 'a bad annotation key', base: 'deployment', with: { metadata: { name: 'a', annotations: { 'a b': 'x' } } } },
  { name: 'a bad finalizer', base: 'configMap', with: { metadata: { name: 'a', finalizers: ['a b'] } } },
  { name: 'a finalizer without a domain', base: 'configMap', with: { metadata: { name: 'a', finalizers: ['foo'] } } },
  {
    name: 'both finalizers of deletion',
    base: 'configMap',
    with: { metadata: { name: 'a', finalizers: ['orphan', 'foregroundDeletion'] } },
  },
  { name: 'an empty owner reference', base: 'configMap', with: { metadata: { name: 'a', ownerReferences: [{}] } } },
  {
    name: 'an owner reference of a bad version',
    base: 'configMap',
    with: { metadata: { name: 'a', ownerReferences: [{ apiVersion: 'a/b/c', kind: 'K', name: 'n', uid: 'u' }] } },
  },
  {
    name: 'an Event as owner',
    base: 'configMap',
    with: { metadata: { name: 'a', ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'n', uid: 'u' }] } },
  },
  {
    name: 'two controllers',
    base: 'configMap',
    with: {
      metadata: {
        name: 'a',
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Pod', name: 'n', uid: 'u', controller: true },
          { apiVersion: 'v1', kind: 'Pod', name: 'm', uid: 'v', controller: true },
        ],
      },
    },
  },
  { name: 'a negative generation', base: 'configMap', with: { metadata: { name: 'a', generation: -1 } } },
  {
    name: 'bad labels on the pods',
    base: 'deployment',
    with: { 'spec.template.metadata': { labels: { app: 'web', 'b c': 'd' }, annotations: { 'x y': 'z' } } },
  },
]
