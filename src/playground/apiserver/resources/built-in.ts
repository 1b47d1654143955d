/** The built-in resources as the server serves them. */
import { type BuiltInResource, builtInResources } from '../../../api/core/resources.ts'
import { deprecationOf } from '../../../api/core/validation/warnings.ts'
import { definitionStrategy } from '../crd/definition-strategy.ts'
import { type BuiltInRules, builtInStrategy } from './built-in-strategy.ts'
import { type ServedResource, tableName } from './served-resource.ts'
import type { ResourceStrategy } from './strategy.ts'

/** Every built-in resource, by rules that all of a server share. */
export function servedBuiltIns(rules: BuiltInRules): ServedResource[] {
  return builtInResources.map(resource => served(resource, rules))
}

function served(resource: BuiltInResource, rules: BuiltInRules): ServedResource {
  const deprecationWarning = deprecationOf(resource)
  return {
    group: resource.group,
    version: resource.version,
    kind: resource.kind,
    plural: resource.plural,
    singular: resource.singular,
    listKind: `${resource.kind}List`,
    namespaced: resource.namespaced,
    shortNames: resource.shortNames,
    categories: resource.categories,
    verbs: resource.verbs,
    subresources: resource.subresources,
    custom: false,
    ...(resource.group === '' && resource.kind === 'Endpoints'
      ? { deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice' }
      : {}),
    ...(deprecationWarning ? { deprecationWarning } : {}),
    // Both groups of events show the same objects.
    table: resource.group === 'events.k8s.io' ? tableName('', 'events') : tableName(resource.group, resource.plural),
    strategy: strategyOf(resource, rules),
  }
}

function strategyOf(resource: BuiltInResource, rules: BuiltInRules): ResourceStrategy {
  const strategy = builtInStrategy(resource, rules)
  return resource.group === 'apiextensions.k8s.io' ? definitionStrategy(strategy) : strategy
}
