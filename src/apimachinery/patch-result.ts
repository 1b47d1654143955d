/** What becomes of a patch. */
import type { JsonObject, StatusDetails } from './meta.ts'

/** The patched object, or why there is none in the words and codes of the real server. */
export type PatchResult =
  | { readonly kind: 'ok'; readonly object: JsonObject }
  | { readonly kind: 'refused'; readonly refusal: PatchRefusal }

/** The parts of the Status that refuses a patch. */
export interface PatchRefusal {
  readonly code: number
  /** '' for a Status without a reason. */
  readonly reason: string
  readonly message: string
  readonly details?: StatusDetails
}

/** 400: the patch is malformed. */
export function badPatch(message: string): PatchResult {
  return { kind: 'refused', refusal: { code: 400, reason: 'BadRequest', message } }
}

/** 422: the patch does not fit the object. The real server says no more than this. */
export function unfitPatch(): PatchResult {
  const message = 'the server rejected our request due to an error in our request'
  return { kind: 'refused', refusal: { code: 422, reason: 'Invalid', message, details: {} } }
}

/** 500: the real server has no better answer to a patch that contradicts itself. */
export function brokenPatch(message: string): PatchResult {
  return { kind: 'refused', refusal: { code: 500, reason: '', message } }
}
