/** Manifests that were changed at random, the same ones for the same seed. */
import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/apimachinery/meta.ts'

/** Values that code forgets: of another type, very long, very deep, or named like what objects have by themselves. */
const oddValues: fc.Arbitrary<Json> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Json>(null, '', ' ', 0, -1, 0.5, 1e308, true, [], {}, '{{', '../..', '\u0000', '💥'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Json>('9223372036854775808', '1h', '10sX', '-5m', 'http://169.254.169.254/', 'istio'),
  },
  { weight: 2, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 5_000 }).map(length => 'x'.repeat(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 60 }).map(depth => nested(depth)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 70, max: 300 }).map(length => Array(length).fill({ name: 'x', url: 'http://x/' })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Json>({ ['__proto__']: { polluted: true } }, { constructor: 'x', toString: 1 }),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Json>('{{ range $a := variables }}{{ range $b := variables }}{{ . }}{{ end }}{{ end }}'),
  },
)

function nested(depth: number): Json {
  let value: Json = 'x'
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

interface Change {
  /** Which of the manifest's places, from 0 up to but without 1. */
  readonly place: number
  readonly kind: 'replace' | 'remove' | 'repeat' | 'rename' | 'add'
  readonly value: Json
}

const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 0.999, noNaN: true }),
    kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'repeat', 'rename', 'add'),
    value: oddValues,
  }),
  { minLength: 1, maxLength: 4 },
)

/** Manifests made from one of `bases` by one to four changes at random places of their spec. */
export function mutatedManifests(bases: readonly JsonObject[]): fc.Arbitrary<JsonObject> {
  return fc.tuple(fc.constantFrom(...bases), changes).map(([base, list]) => {
    const manifest = structuredClone(base)
    for (const change of list) apply(manifest, change)
    return manifest
  })
}

type Place = { readonly parent: Record<string, Json> | Json[]; readonly key: string | number }

function apply(manifest: JsonObject, { place, kind, value: shared }: Change): void {
  // The same value may be drawn for another manifest, or for a place inside of itself.
  const value = structuredClone(shared)
  const places = placesOf(manifest['spec'] as Json, { parent: manifest as Record<string, Json>, key: 'spec' }) // A manifest has one.
  const chosen = places[Math.floor(place * places.length)]
  if (!chosen) return
  // Both index alike.
  const parent = chosen.parent as Record<string | number, Json>
  const { key } = chosen
  const current = parent[key]
  switch (kind) {
    case 'replace':
      parent[key] = value
      return
    case 'remove':
      delete parent[key]
      return
    case 'repeat':
      if (Array.isArray(current)) current.push(...structuredClone(current.slice(0, 200)))
      else parent[key] = [current as Json, structuredClone(current) as Json]
      return
    case 'rename':
      delete parent[key]
      parent[`${key}X`] = current as Json
      return
    case 'add':
      if (typeof current === 'object' && current !== null && !Array.isArray(current)) {
        Object.defineProperty(current, 'unknownField', { value, enumerable: true, configurable: true, writable: true })
      } else parent[key] = value
  }
}

/** Every place below a value, and its own. */
function placesOf(value: Json, own: Place): readonly Place[] {
  if (Array.isArray(value)) return [own, ...value.flatMap((item, key) => placesOf(item, { parent: value, key }))]
  if (typeof value !== 'object' || value === null) return [own]
  const parent = value as Record<string, Json>
  return [own, ...Object.keys(parent).flatMap(key => placesOf(parent[key] as Json, { parent, key }))]
}
