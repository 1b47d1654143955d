/** The definitions of custom kinds, made from what their CRDs say. */
import type { GroupVersionKind } from '../../../apimachinery/meta.ts'
import type { OpenApiSchema } from '../../../apimachinery/openapi-schema.ts'
import type { DescribedResource } from './described-resource.ts'

/** One served version of a CRD. */
export interface CustomResource extends GroupVersionKind {
  readonly plural: string
  readonly listKind: string
  readonly namespaced: boolean
  /** Absent: any object. */
  readonly schema?: OpenApiSchema | undefined
  readonly hasStatus: boolean
  readonly hasScale: boolean
}

const conventions = 'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md'
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const partVerbs = ['get', 'patch', 'update']

const typeProperties = {
  apiVersion: {
    description: `APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: ${conventions}#resources`,
    type: 'string',
  },
  kind: {
    description: `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ${conventions}#types-kinds`,
    type: 'string',
  },
} as const

/** The resource of a custom kind. */
export function describeCustom(custom: CustomResource): DescribedResource {
  const { group, version, kind, plural, namespaced } = custom
  const definition = definitionName(custom)
  return {
    group,
    version,
    kind,
    plural,
    namespaced,
    verbs,
    isBuiltIn: false,
    definition,
    subresources: [
      ...(custom.hasScale ? [scale] : []),
      ...(custom.hasStatus ? [{ name: 'status', kind: { group, version, kind }, verbs: partVerbs, definition }] : []),
    ],
  }
}

const scale = {
  name: 'scale',
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  verbs: partVerbs,
  definition: 'io.k8s.api.autoscaling.v1.Scale',
} as const

/** The definitions of a custom kind and of its list, by name. */
export function customDefinitions(custom: CustomResource): Record<string, OpenApiSchema> {
  const { group, version, kind, listKind, plural } = custom
  const name = definitionName(custom)
  const schema = custom.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return {
    [name]: {
      ...schema,
      type: 'object',
      properties: {
        ...schema.properties,
        ...typeProperties,
        metadata: {
          description: `Standard object's metadata. More info: ${conventions}#metadata`,
          $ref: `${meta}.ObjectMeta`,
        },
      },
      'x-kubernetes-group-version-kind': [{ group, version, kind }],
    },
    [`${name}List`]: {
      description: `${listKind} is a list of ${kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        ...typeProperties,
        items: { description: `List of ${plural}. More info: ${conventions}`, type: 'array', items: { $ref: name } },
        metadata: {
          description: `Standard list metadata. More info: ${conventions}#types-kinds`,
          $ref: `${meta}.ListMeta`,
        },
      },
      'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
    },
  }
}

/** `io.argoproj.v1alpha1.Application` for argoproj.io/v1alpha1. */
function definitionName({ group, version, kind }: GroupVersionKind): string {
  return [...group.split('.').reverse(), version, kind].join('.')
}
