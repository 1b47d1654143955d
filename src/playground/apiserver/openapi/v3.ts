/** The OpenAPI v3 document of one group version. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import type { OpenApiSchema } from '../../../apimachinery/openapi-schema.ts'
import { definitionsUsed } from './definitions-used.ts'
import type { DescribedResource } from './described-resource.ts'
import { type Operation, operationsOf, pathsOf } from './operations.ts'

/** All definitions by name, those of custom kinds among them. */
export type AllDefinitions = Readonly<Record<string, OpenApiSchema>>

/** The version of Kubernetes that the documents name. */
export const kubernetesVersion = '1.37'

/** Builds the document: the paths of the resources and every definition that they lead to. */
export function v3Document(resources: readonly DescribedResource[], all: AllDefinitions): JsonObject {
  const operations = resources.flatMap(operationsOf)
  const names = definitionsUsed([...operations.flatMap(usedBy), ...extraDefinitions], all)
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: kubernetesVersion },
    paths: pathsOf(operations, pathOperation),
    components: {
      schemas: Object.fromEntries(names.map(name => [name, toV3(all[name] ?? {})])),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  }
}

const extraDefinitions = ['APIResourceList', 'WatchEvent'].map(name => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`)

function usedBy({ body, answer }: Operation): string[] {
  return body === undefined ? [answer] : [body, answer]
}

function pathOperation(operation: Operation): JsonObject {
  const { body, patchTypes } = operation
  const reference = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } })
  const answers = operation.codes.map(code => [
    code,
    {
      description: code === '201' ? 'Created' : code === '202' ? 'Accepted' : 'OK',
      content: { 'application/json': reference(operation.answer), 'application/yaml': reference(operation.answer) },
    },
  ])
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    parameters: operation.parameters.map(({ name, in: where, type, description }) => ({
      name,
      in: where,
      description,
      ...(where === 'path' ? { required: true } : {}),
      schema: { type, uniqueItems: true },
    })),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            content: Object.fromEntries((patchTypes ?? ['*/*']).map(type => [type, reference(body)])),
            ...(operation.method === 'delete' ? {} : { required: true }),
          },
        }),
    responses: Object.fromEntries([...answers, ['401', { description: 'Unauthorized' }]]),
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { ...operation.kind },
  }
}

/** A definition with references written out; what stands beside one needs an `allOf` around it. */
export function toV3(schema: OpenApiSchema): JsonObject {
  const { $ref, properties, items, additionalProperties, ...rest } = schema
  const reference = $ref === undefined ? undefined : { $ref: `#/components/schemas/${$ref}` }
  // Schemas are JSON; an interface only lacks the index signature that says so.
  const others = rest as unknown as JsonObject
  if (reference && Object.keys(others).length === 0) return reference
  return {
    ...others,
    ...(reference ? { allOf: [reference] } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, toV3(value)])) }
      : {}),
    ...(items ? { items: toV3(items) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean' ? additionalProperties : toV3(additionalProperties),
        }),
  }
}
