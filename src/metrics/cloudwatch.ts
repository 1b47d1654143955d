/** The provider `cloudwatch`: GetMetricData of Amazon CloudWatch, signed with a key of AWS. */
import { isJsonArray, isJsonObject } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import { type AwsCredentials, signedHeaders } from './aws-signature.ts'
import {
  type MetricProvider,
  ProviderConfigError,
  type ProviderDeps,
  type ProviderOptions,
  requireAddress,
  requireKeys,
  windowOf,
} from './provider.ts'
import { at, newWebProvider, noData, parsedJson, readingOf } from './web.ts'

/** As many as upstream asks for; only the first one counts. */
const maxDatapoints = 20
const contentType = 'application/x-amz-json-1.0'
const target = 'GraniteServiceVersion20100801.GetMetricData'

/** Names of a MetricDataQuery. Upstream reads them in any case and passes over others. */
const names = new Map(
  [
    'AccountId',
    'Dimensions',
    'Expression',
    'Id',
    'Label',
    'Metric',
    'MetricName',
    'MetricStat',
    'Name',
    'Namespace',
    'Period',
    'ReturnData',
    'Stat',
    'Unit',
    'Value',
  ].map(name => [name.toLowerCase(), name]),
)

/**
 * A client; a query is a JSON array of MetricDataQuery. The Secret holds `aws_access_key_id`, `aws_secret_access_key`
 * and, for a session, `aws_session_token`; without one the process's own key counts. @throws ProviderConfigError
 */
export function newCloudWatch(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const { region } = options
  if (!region) throw new ProviderConfigError('region not specified')
  // It becomes part of a host name.
  if (!/^[a-z0-9-]+$/.test(region)) throw new ProviderConfigError(`region ${region} is not the name of a region`)
  const url = options.address ? requireAddress(options) : host(region)
  const credentials = credentialsOf(options, deps)
  const signed = (body: string) => {
    const headers = { 'content-type': contentType, 'x-amz-target': target }
    const request = { method: 'POST', url, headers, body } as const
    const scope = { region, service: 'monitoring' }
    return { ...request, headers: signedHeaders(request, credentials, scope, deps.clock.now()) }
  }
  const client = newWebProvider(
    {
      options,
      query(queries) {
        const { from, to } = windowOf(options, deps.clock)
        const range = { StartTime: Math.floor(from / 1000), EndTime: Math.floor(to / 1000) }
        return signed(
          JSON.stringify({ MetricDataQueries: JSON.parse(queries), ...range, MaxDatapoints: maxDatapoints }),
        )
      },
      read(text) {
        const answer = parsedJson(text)
        const results = at(answer, 'MetricDataResults')
        if (!isJsonArray(results)) return undefined
        const value = at(results, 0, 'Values', 0)
        return value === undefined ? noData : readingOf(value)
      },
      // A request for nothing is refused by who could answer one for something.
      probe: () => signed('{}'),
      isOnline: status => status === 200 || status === 400,
    },
    deps,
  )
  return {
    ...client,
    async query(text, signal) {
      const queries = parsedJson(text)
      if (isJsonArray(queries)) return client.query(JSON.stringify(named(queries)), signal)
      return { kind: 'unusable', message: 'error unmarshaling query: it has to be a JSON array of MetricDataQuery' }
    },
  }
}

function host(region: string): string {
  return `https://monitoring.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`
}

/** The process's own key signs for AWS alone: a template may name any address. */
function credentialsOf(options: ProviderOptions, { aws }: ProviderDeps): AwsCredentials {
  if (!options.credentials && !options.address && aws) return aws
  const [accessKeyId, secretAccessKey] = requireKeys(options, ['aws_access_key_id', 'aws_secret_access_key'])
  const sessionToken = options.credentials?.['aws_session_token']
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}

function named(value: Json): Json {
  if (isJsonArray(value)) return value.map(named)
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).flatMap(([key, member]) => {
    const name = names.get(key.toLowerCase())
    return name === undefined ? [] : [[name, named(member)] as const]
  })
  return Object.fromEntries(members)
}
