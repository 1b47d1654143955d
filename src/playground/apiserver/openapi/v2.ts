/** The OpenAPI v2 document of the whole API. */
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import type { OpenApiSchema } from '../../../apimachinery/openapi-schema.ts'
import { definitionsUsed } from './definitions-used.ts'
import type { DescribedResource } from './described-resource.ts'
import { type Operation, operationsOf, pathsOf } from './operations.ts'
import { type AllDefinitions, kubernetesVersion } from './v3.ts'

/** Builds the document. */
export function v2Document(resources: readonly DescribedResource[], all: AllDefinitions): JsonObject {
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: kubernetesVersion },
    paths: pathsOf(resources.flatMap(operationsOf), pathOperation),
    definitions: v2Definitions(all),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  }
}

/** All definitions in the subset of JSON schema that version 2 has. */
export function v2Definitions(all: AllDefinitions): Readonly<Record<string, JsonObject>> {
  const names = definitionsUsed(Object.keys(all), all)
  return Object.fromEntries(names.map(name => [name, toV2(all[name] ?? {})]))
}

function pathOperation(operation: Operation): JsonObject {
  const { body, patchTypes } = operation
  const reference = (name: string) => ({ $ref: `#/definitions/${name}` })
  const bodyParameter = body && {
    name: 'body',
    in: 'body',
    ...(operation.method === 'delete' ? {} : { required: true }),
    schema: reference(body),
  }
  return {
    description: operation.description,
    consumes: [...(patchTypes ?? ['*/*'])],
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.id,
    parameters: [
      ...(bodyParameter ? [bodyParameter] : []),
      ...operation.parameters.map(({ name, in: where, type, description }) => ({
        uniqueItems: true,
        type,
        description,
        name,
        in: where,
        ...(where === 'path' ? { required: true } : {}),
      })),
    ],
    responses: Object.fromEntries([
      ...operation.codes.map(code => [code, { description: 'OK', schema: reference(operation.answer) }]),
      ['401', { description: 'Unauthorized' }],
    ]),
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { ...operation.kind },
  }
}

/** What version 2 has no words for, or what would make old clients refuse good objects. */
const left = new Set([
  'default',
  'nullable',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'x-kubernetes-validations',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
])

function toV2(schema: OpenApiSchema): JsonObject {
  const { $ref, type, properties, items, additionalProperties, ...others } = schema
  const rest = Object.fromEntries(Object.entries(others).filter(([name]) => !left.has(name))) as Record<string, Json>
  // Clients that know version 2 only would refuse a null or an undeclared field, so such a value is described as any.
  if (schema.nullable || schema['x-kubernetes-preserve-unknown-fields']) return rest
  const typeName = type ?? (schema.oneOf ? 'string' : undefined)
  return {
    ...rest,
    ...($ref === undefined ? {} : { $ref: `#/definitions/${$ref}` }),
    ...(typeName === undefined ? {} : { type: typeName }),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, toV2(value)])) }
      : {}),
    ...(items ? { items: toV2(items) } : {}),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: toV2(additionalProperties) } : {}),
  }
}
