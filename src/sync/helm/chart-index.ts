/** The index of a chart repository. */
import parse from 'semver/functions/parse.js'
import rcompare from 'semver/functions/rcompare.js'
import satisfies from 'semver/functions/satisfies.js'
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import { parseYaml } from '../../apimachinery/yaml.ts'
import { ChartError } from './errors.ts'

/** One version of a chart. */
export interface ChartVersion {
  readonly name: string
  readonly version: string
  /** Where it can be had; relative ones start from the repository. */
  readonly urls: readonly string[]
  /** SHA-256 in hexadecimal digits, where the index says it. */
  readonly digest?: string
}

/** The index as JSON. @throws ChartError */
export function parseIndex(text: string): JsonObject {
  const fail = (why: string): never => {
    throw new ChartError('IndexationFailed', `failed to load Helm repository from index YAML: ${why}`)
  }
  let index: Json
  try {
    index = parseYaml(text)
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
  if (!isJsonObject(index) || !isJsonObject(index['entries'])) return fail('no entries')
  return typeof index['apiVersion'] === 'string' ? index : fail('no API version specified')
}

/** The highest version of the chart that `range` allows; pre-releases only where the range names one. */
export function chooseVersion(index: JsonObject, chart: string, range: string): ChartVersion | undefined {
  const { entries } = index
  const versions = isJsonObject(entries) && isJsonArray(entries[chart]) ? entries[chart].filter(isJsonObject) : []
  const exact = versions.find(({ version }) => version === range)
  const includePrerelease = /\d-[0-9A-Za-z]/.test(range)
  const allowed = exact
    ? [exact]
    : versions.filter(({ version }) => {
        const parsed = parse(String(version))
        return parsed && satisfies(parsed, range.replaceAll(',', ' ') || '*', { includePrerelease })
      })
  const [best] = allowed.toSorted((a, b) => rcompare(String(a['version']), String(b['version'])))
  if (!best) return undefined
  const urls = isJsonArray(best['urls']) ? best['urls'].filter(url => typeof url === 'string') : []
  const { digest } = best
  return {
    name: chart,
    version: String(best['version']),
    urls,
    ...(typeof digest === 'string' && digest ? { digest } : {}),
  }
}
