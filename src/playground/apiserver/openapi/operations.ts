/** Every operation of a resource, in terms that both versions of the documents are written from. */
import { apiVersionOf, type GroupVersionKind, type JsonObject } from '../../../apimachinery/meta.ts'
import type { DescribedResource, DescribedSubresource } from './described-resource.ts'
import { type Parameter, parametersOf, pathParameters } from './parameters.ts'

/** One method of one path. */
export interface Operation {
  readonly path: string
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch'
  readonly id: string
  readonly description: string
  readonly tag: string
  /** `x-kubernetes-action`. */
  readonly action: string
  readonly kind: GroupVersionKind
  readonly parameters: readonly Parameter[]
  /** The definition of the request's body; undefined for none. */
  readonly body?: string
  /** What the body may be; patches only. */
  readonly patchTypes?: readonly string[]
  /** The definition of the answer. */
  readonly answer: string
  /** The codes of success. */
  readonly codes: readonly string[]
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const customPatches = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json']
const allPatches = [...customPatches, 'application/strategic-merge-patch+json']

/** The operations of a resource and of its parts. */
export function operationsOf(resource: DescribedResource): Operation[] {
  const base = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`
  const scope = resource.namespaced ? `${base}/namespaces/{namespace}/${resource.plural}` : `${base}/${resource.plural}`
  const name = resource.namespaced ? `Namespaced${resource.kind}` : resource.kind
  const whole = { resource, suffix: name, kind: resource, definition: resource.definition }
  const list = (path: string, suffix: string) =>
    operation({ ...whole, suffix }, 'list', path, { answer: `${resource.definition}List` })
  return [
    ...(resource.verbs.includes('list') ? [list(scope, name)] : []),
    ...(resource.verbs.includes('list') && resource.namespaced
      ? [list(`${base}/${resource.plural}`, `${resource.kind}ForAllNamespaces`)]
      : []),
    ...(['create', 'deletecollection'] as const)
      .filter(verb => resource.verbs.includes(verb))
      .map(verb => operation(whole, verb, scope)),
    ...(['get', 'update', 'delete', 'patch'] as const)
      .filter(verb => resource.verbs.includes(verb))
      .map(verb => operation(whole, verb, `${scope}/{name}`)),
    ...resource.subresources.flatMap(part => operationsOfPart(resource, part, `${scope}/{name}/${part.name}`, name)),
  ]
}

/** The `paths` of a document: what `write` makes of each operation, by path and method. */
export function pathsOf(
  operations: readonly Operation[],
  write: (operation: Operation) => JsonObject,
): Readonly<Record<string, JsonObject>> {
  const byPath = Map.groupBy(operations, ({ path }) => path)
  return Object.fromEntries(
    [...byPath].map(([path, methods]) => [
      path,
      Object.fromEntries(methods.map(operation => [operation.method, write(operation)])),
    ]),
  )
}

function operationsOfPart(
  resource: DescribedResource,
  part: DescribedSubresource,
  path: string,
  name: string,
): Operation[] {
  const { definition } = part
  if (definition === undefined) return []
  const suffix = `${name}${part.name.charAt(0).toUpperCase()}${part.name.slice(1)}`
  const target = { resource, suffix, kind: part.kind, definition, part: part.name }
  return (['get', 'create', 'update', 'patch'] as const)
    .filter(verb => part.verbs.includes(verb))
    .map(verb => operation(target, verb, path))
}

type Verb = 'list' | 'create' | 'deletecollection' | 'get' | 'update' | 'delete' | 'patch'

interface Target {
  readonly resource: DescribedResource
  readonly suffix: string
  readonly kind: GroupVersionKind
  readonly definition: string
  readonly part?: string
}

interface Manner {
  readonly method: Operation['method']
  readonly action: string
  readonly id: string
  readonly codes: readonly string[]
  readonly describe: (kind: string) => string
}

const manners: Readonly<Record<Verb, Manner>> = {
  list: {
    method: 'get',
    action: 'list',
    id: 'list',
    codes: ['200'],
    describe: kind => `list or watch objects of kind ${kind}`,
  },
  create: {
    method: 'post',
    action: 'post',
    id: 'create',
    codes: ['200', '201', '202'],
    describe: kind => `create ${withArticle(kind)}`,
  },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    id: 'deleteCollection',
    codes: ['200'],
    describe: kind => `delete collection of ${kind}`,
  },
  get: { method: 'get', action: 'get', id: 'read', codes: ['200'], describe: kind => `read the specified ${kind}` },
  update: {
    method: 'put',
    action: 'put',
    id: 'replace',
    codes: ['200', '201'],
    describe: kind => `replace the specified ${kind}`,
  },
  delete: {
    method: 'delete',
    action: 'delete',
    id: 'delete',
    codes: ['200', '202'],
    describe: kind => `delete ${withArticle(kind)}`,
  },
  patch: {
    method: 'patch',
    action: 'patch',
    id: 'patch',
    codes: ['200', '201'],
    describe: kind => `partially update the specified ${kind}`,
  },
}

function operation(target: Target, verb: Verb, path: string, extra: Partial<Operation> = {}): Operation {
  const { resource, definition, suffix, part } = target
  const { method, action, id, codes, describe } = manners[verb]
  const groupName = camel(resource.group === '' ? 'core' : resource.group.replace(/\.k8s\.io$/, ''))
  const versionName = camel(resource.version)
  const group = resource.group === '' ? 'core' : resource.group.replace(/\.k8s\.io$/, '').replaceAll(/[.-]/g, '')
  // The real server puts the group between `delete` and `Collection`.
  const [first, rest] = id === 'deleteCollection' ? ['delete', 'Collection'] : [id, '']
  const { group: kindGroup, version, kind } = target.kind
  return {
    path,
    method,
    id: `${first}${groupName}${versionName}${rest}${suffix}`,
    description: part === undefined ? describe(resource.kind) : describePart(part, resource.kind, verb, describe),
    tag: `${group}_${resource.version}`,
    action,
    kind: { group: kindGroup, version, kind },
    parameters: [...pathParameters(path, resource.kind), ...parametersOf(verb)],
    ...(verb === 'create' || verb === 'update' ? { body: definition } : {}),
    ...(method === 'delete' ? { body: `${meta}.DeleteOptions` } : {}),
    ...(verb === 'patch' ? { body: `${meta}.Patch`, patchTypes: resource.isBuiltIn ? allPatches : customPatches } : {}),
    answer: method === 'delete' ? `${meta}.Status` : definition,
    codes,
    ...extra,
  }
}

function describePart(part: string, kind: string, verb: Verb, describe: Manner['describe']): string {
  if (verb === 'create') return `create ${part} of ${withArticle(kind)}`
  return describe(kind).replace('the specified', `${part} of the specified`)
}

function withArticle(kind: string): string {
  if (kind === 'Endpoints') return kind
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`
}

function camel(text: string): string {
  return text
    .split(/[.-]/)
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
