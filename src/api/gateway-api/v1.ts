/** gateway.networking.k8s.io/v1: routes of the Gateway API. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import { array, type Infer, integer, type ObjectOfKind, object, string } from '../../apimachinery/schema.ts'
import { conditions, dnsSubdomainPattern, rule } from '../common.ts'
import { backendReference, parentReference, servicesNeedPort, subdomain } from './common.ts'
import { httpFilters } from './http-filters.ts'
import { httpMatches } from './http-matches.ts'

const backendRefs = array(
  object(
    {
      filters: httpFilters,
      ...backendReference,
      weight: integer({ default: 1, format: 'int32', maximum: 1000000, minimum: 0 }),
    },
    { required: ['name'], ...servicesNeedPort },
  ),
  { maxItems: 16, 'x-kubernetes-list-type': 'atomic' },
)

const durationPattern = '^([0-9]{1,5}(h|m|s|ms)){1,4}$'

const timeouts = object(
  { backendRequest: string({ pattern: durationPattern }), request: string({ pattern: durationPattern }) },
  {
    'x-kubernetes-validations': [
      rule(
        "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
        'backendRequest timeout cannot be longer than request timeout',
      ),
    ],
  },
)

const onePrefixMatch =
  "((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true)"

function replacesPrefix(filter: string): string {
  return `exists_one(f, has(f.${filter}) && has(f.${filter}.path) && f.${filter}.path.type == 'ReplacePrefixMatch' && has(f.${filter}.path.replacePrefixMatch))`
}

function prefixRule(filter: string, message: string) {
  return rule(
    `(has(self.filters) && self.filters.${replacesPrefix(filter)}) ? ${onePrefixMatch} : true`,
    `${message} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
  )
}

function backendPrefixRule(filter: string, message: string) {
  return rule(
    `(has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.${replacesPrefix(filter)}) )) ? ${onePrefixMatch} : true`,
    `${message} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
  )
}

const routeRule = object(
  {
    backendRefs,
    filters: httpFilters,
    matches: httpMatches,
    name: subdomain,
    timeouts,
  },
  {
    'x-kubernetes-validations': [
      rule(
        '(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true',
        'RequestRedirect filter must not be used together with backendRefs',
      ),
      prefixRule('requestRedirect', 'When using RequestRedirect'),
      prefixRule('urlRewrite', 'When using URLRewrite'),
      backendPrefixRule('requestRedirect', 'Within backendRefs, when using RequestRedirect'),
      backendPrefixRule('urlRewrite', 'Within backendRefs, When using URLRewrite'),
    ],
  },
)

const matchesOfAllRules = Array.from({ length: 16 }, (_, i) => `(self.size() > ${i} ? self[${i}].matches.size() : 0)`)

const rules = array(routeRule, {
  default: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
  maxItems: 16,
  minItems: 1,
  'x-kubernetes-list-type': 'atomic',
  'x-kubernetes-validations': [
    rule(
      `${matchesOfAllRules.join(' + ')} <= 128`,
      'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
    ),
  ],
})

const sameParent = 'p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name'
const noNamespace = (p: string) => `(!has(${p}.__namespace__) || ${p}.__namespace__ == '')`
const sameNamespace = `((${noNamespace('p1')} && ${noNamespace('p2')}) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__ ))`
const noSection = (p: string) => `(!has(${p}.sectionName) || ${p}.sectionName == '')`
const sameSection = `((${noSection('p1')} && ${noSection('p2')}) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName))`

const parentRefs = array(parentReference, {
  maxItems: 32,
  'x-kubernetes-list-type': 'atomic',
  'x-kubernetes-validations': [
    rule(
      `self.all(p1, self.all(p2, ${sameParent} && ${sameNamespace} ? (${noSection('p1')} == ${noSection('p2')}) : true))`,
      'sectionName must be specified when parentRefs includes 2 or more references to the same parent',
    ),
    rule(
      `self.all(p1, self.exists_one(p2, ${sameParent} && ${sameNamespace} && ${sameSection}))`,
      'sectionName must be unique when parentRefs includes 2 or more references to the same parent',
    ),
  ],
})

const hostname = string({
  maxLength: 253,
  minLength: 1,
  pattern: `^(\\*\\.)?${dnsSubdomainPattern.slice(1)}`,
})

const spec = object({
  hostnames: array(hostname, { maxItems: 16, 'x-kubernetes-list-type': 'atomic' }),
  parentRefs,
  rules,
})

const status = object(
  {
    parents: array(
      object(
        {
          conditions: {
            json: {
              ...conditions.json,
              maxItems: 8,
              minItems: 1,
              'x-kubernetes-list-map-keys': ['type'],
              'x-kubernetes-list-type': 'map',
            },
          },
          controllerName: string({
            maxLength: 253,
            minLength: 1,
            pattern: `${dnsSubdomainPattern.slice(0, -1)}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`,
          }),
          parentRef: parentReference,
        },
        { required: ['conditions', 'controllerName', 'parentRef'] },
      ),
      { maxItems: 32, 'x-kubernetes-list-type': 'atomic' },
    ),
  },
  { required: ['parents'] },
)

/** How HTTP requests through a Gateway, or to a Service, are routed. */
export type HTTPRoute = ObjectOfKind<Infer<typeof spec>, Infer<typeof status>>

/** How HTTP requests through a Gateway, or to a Service, are routed. */
export const HTTPRoute: CustomKind<HTTPRoute> = customKind({
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'HTTPRoute',
  plural: 'httproutes',
  description: 'How HTTP requests through a Gateway, or to a Service, are routed.',
  categories: ['gateway-api'],
  spec,
  status,
  specRequired: true,
  columns: [
    { name: 'Hostnames', type: 'string', jsonPath: '.spec.hostnames' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  alsoServed: [{ version: 'v1beta1' }],
  // The API server serves groups below k8s.io only where this says who approved them.
  crdAnnotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/4530' },
})
