/** A routing object of the user's that a router takes over: its spec is kept on it for the way back. Pure. */
import { isJsonObject } from '../apimachinery/json.ts'
import type { Json, JsonObject, KubernetesObject, ObjectMeta } from '../apimachinery/meta.ts'
import { controllerOf } from '../apimachinery/owner-references.ts'
import { lastAppliedAnnotation, originalAnnotation } from './names.ts'
import { RouteSpecError } from './router.ts'

interface WithSpec extends KubernetesObject {
  readonly spec?: unknown
}

/** The annotation that keeps the user's own spec: once, and not where kubectl keeps it already. */
export function keepingOriginal({ metadata, spec }: WithSpec): Readonly<Record<string, string>> {
  const annotations = metadata?.annotations ?? {}
  const isOurs = controllerOf({ metadata: metadata ?? {} })?.kind === 'Canary'
  const isKept = annotations[lastAppliedAnnotation] !== undefined || annotations[originalAnnotation] !== undefined
  return isOurs || isKept ? {} : { [originalAnnotation]: JSON.stringify(spec) }
}

/**
 * The user's own spec; undefined where the object is not one that was taken over.
 * @throws RouteSpecError where an annotation holds no JSON object
 */
export function originalSpec({ kind, metadata }: WithSpec): JsonObject | undefined {
  const what = `${kind ?? 'object'} ${metadata?.name ?? ''}`
  const read = (annotation: string) => parsedObject(metadata?.annotations?.[annotation], annotation, what)
  const spec = read(lastAppliedAnnotation)?.['spec'] ?? read(originalAnnotation)
  return isJsonObject(spec) ? spec : undefined
}

/** The metadata of an object that is given back: what is taken over later is kept anew. */
export function withoutOriginal<T extends ObjectMeta>(metadata: T): T {
  const { [originalAnnotation]: _, ...annotations } = metadata.annotations ?? {}
  return { ...metadata, annotations }
}

function parsedObject(text: string | undefined, annotation: string, what: string): JsonObject | undefined {
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as Json // Parsed JSON is that by definition.
    if (isJsonObject(value)) return value
  } catch {
    // Said below.
  }
  throw new RouteSpecError(`${what} failed to unMarshal annotation ${annotation}`)
}
