/** What an HTTPRoute does with requests and responses besides routing them. */
import type { ValidationRule } from '../../apimachinery/schema.ts'
import { array, boolean, integer, object, oneOf, type Schema, string } from '../../apimachinery/schema.ts'
import { rule } from '../common.ts'
import {
  backendReference,
  groupPattern,
  headerName,
  kindPattern,
  objectName,
  portNumber,
  servicesNeedPort,
  subdomain,
} from './common.ts'

const anySet = { 'x-kubernetes-list-type': 'set' } as const

function noWildcardBesideOthers(field: string, others: string) {
  return {
    'x-kubernetes-validations': [
      rule("!('*' in self && self.size() > 1)", `${field} cannot contain '*' alongside other ${others}`),
    ],
  }
}

const cors = object({
  allowCredentials: boolean(),
  allowHeaders: array(headerName, { maxItems: 64, ...anySet, ...noWildcardBesideOthers('AllowHeaders', 'methods') }),
  allowMethods: array(oneOf(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*']), {
    maxItems: 9,
    ...anySet,
    ...noWildcardBesideOthers('AllowMethods', 'methods'),
  }),
  allowOrigins: array(
    string({
      maxLength: 253,
      minLength: 1,
      pattern: '(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)',
    }),
    { maxItems: 64, ...anySet, ...noWildcardBesideOthers('AllowOrigins', 'origins') },
  ),
  exposeHeaders: array(headerName, { maxItems: 64, ...anySet }),
  maxAge: integer({ default: 5, format: 'int32', minimum: 1 }),
})

const headerValues = array(
  object({ name: headerName, value: string({ maxLength: 4096, minLength: 1 }) }, { required: ['name', 'value'] }),
  { maxItems: 16, 'x-kubernetes-list-map-keys': ['name'], 'x-kubernetes-list-type': 'map' },
)

const headerModifier = object({
  add: headerValues,
  remove: array(string(), { maxItems: 16, ...anySet }),
  set: headerValues,
})

const requestMirror = object(
  {
    backendRef: object(backendReference, { required: ['name'], ...servicesNeedPort }),
    fraction: object(
      {
        denominator: integer({ default: 100, format: 'int32', minimum: 1 }),
        numerator: integer({ format: 'int32', minimum: 0 }),
      },
      {
        required: ['numerator'],
        'x-kubernetes-validations': [
          rule('self.numerator <= self.denominator', 'numerator must be less than or equal to denominator'),
        ],
      },
    ),
    percent: integer({ format: 'int32', maximum: 100, minimum: 0 }),
  },
  {
    required: ['backendRef'],
    'x-kubernetes-validations': [
      rule(
        '!(has(self.percent) && has(self.fraction))',
        'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
      ),
    ],
  },
)

function typeNeedsField(type: string, field: string): ValidationRule[] {
  return [
    rule(
      `self.type == '${type}' ? has(self.${field}) : true`,
      `${field} must be specified when type is set to '${type}'`,
    ),
    rule(`has(self.${field}) ? self.type == '${type}' : true`, `type must be '${type}' when ${field} is set`),
  ]
}

const pathModifier = object(
  {
    replaceFullPath: string({ maxLength: 1024 }),
    replacePrefixMatch: string({ maxLength: 1024 }),
    type: oneOf(['ReplaceFullPath', 'ReplacePrefixMatch']),
  },
  {
    required: ['type'],
    'x-kubernetes-validations': [
      ...typeNeedsField('ReplaceFullPath', 'replaceFullPath'),
      ...typeNeedsField('ReplacePrefixMatch', 'replacePrefixMatch'),
    ],
  },
)

// An enum of numbers, which oneOf() is not for.
const redirectStatus: Schema<number> = {
  json: { type: 'integer', default: 302, enum: [301, 302, 303, 307, 308] },
}

const filterFields: Readonly<Record<string, string>> = {
  CORS: 'cors',
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
}

const filter = object(
  {
    cors,
    extensionRef: object(
      {
        group: string({ maxLength: 253, pattern: groupPattern }),
        kind: string({ maxLength: 63, minLength: 1, pattern: kindPattern }),
        name: objectName,
      },
      { required: ['group', 'kind', 'name'] },
    ),
    requestHeaderModifier: headerModifier,
    requestMirror,
    requestRedirect: object({
      hostname: subdomain,
      path: pathModifier,
      port: portNumber,
      scheme: oneOf(['http', 'https']),
      statusCode: redirectStatus,
    }),
    responseHeaderModifier: headerModifier,
    type: oneOf([
      'RequestHeaderModifier',
      'ResponseHeaderModifier',
      'RequestMirror',
      'RequestRedirect',
      'URLRewrite',
      'ExtensionRef',
      'CORS',
    ]),
    urlRewrite: object({ hostname: subdomain, path: pathModifier }),
  },
  {
    required: ['type'],
    'x-kubernetes-validations': Object.entries(filterFields).flatMap(([type, field]) => [
      rule(
        `!(has(self.${field}) && self.type != '${type}')`,
        `filter.${field} must be nil if the filter.type is not ${type}`,
      ),
      rule(
        `!(!has(self.${field}) && self.type == '${type}')`,
        `filter.${field} must be specified for ${type} filter.type`,
      ),
    ]),
  },
)

const notRepeated = ['CORS', 'RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite']

/** The filters of a rule or of one of its backends. */
export const httpFilters = array(filter, {
  maxItems: 16,
  'x-kubernetes-list-type': 'atomic',
  'x-kubernetes-validations': [
    rule(
      "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
      'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
    ),
    ...notRepeated.map(type =>
      rule(`self.filter(f, f.type == '${type}').size() <= 1`, `${type} filter cannot be repeated`),
    ),
  ],
})
