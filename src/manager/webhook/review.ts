/** Answers of the admission webhook (admission.k8s.io/v1). Pure: the rules are those of the embedded API. */
import { newAdmitter } from '../../api/admission.ts'
import { Application } from '../../api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../api/cluster/v1alpha1.ts'
import { Canary } from '../../api/flagger/v1beta1.ts'
import { Fleet } from '../../api/fleet/v1alpha1.ts'
import { type FieldError, forbidden, required, toCause, toText } from '../../apimachinery/field-error.ts'
import { isJsonObject, jsonEqual } from '../../apimachinery/json.ts'
import type { CustomKind } from '../../apimachinery/kind.ts'
import type { Json, JsonObject, KubernetesObject, Status } from '../../apimachinery/meta.ts'
import { compileSchema, type StructuralSchema } from '../../apimachinery/structural/compile.ts'
import { normalise } from '../../rollout/normalise.ts'
import { verify } from '../../rollout/verify.ts'

/** The part of an AdmissionReview that answers. */
export interface ReviewResponse {
  readonly uid: string
  readonly allowed: boolean
  /** Why not; absent where it is allowed. */
  readonly status?: Omit<Status, 'apiVersion' | 'kind' | 'metadata'>
  readonly patchType?: 'JSONPatch'
  /** base64 of a JSON patch. */
  readonly patch?: string
}

/** An AdmissionReview with an answer. */
export interface AnsweredReview {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: ReviewResponse
}

/** The request is no AdmissionReview that can be answered. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError'
  readonly reason = 'InvalidReview'
}

/** Answers a review. @throws ReviewError */
export type Reviewer = (review: Json) => AnsweredReview

interface Request {
  readonly uid: string
  readonly name: string
  readonly object: KubernetesObject
}

/** Decides about canaries beyond their schema; namespaces of references included. */
export interface CanaryRules {
  readonly noCrossNamespaceRefs: boolean
}

/** The paths at which a reviewer answers; those of Applications are Kurator's. */
export function newReviewers(rules: CanaryRules): Readonly<Record<string, Reviewer>> {
  const admit = newAdmitter()
  const validating =
    (kind: CustomKind): Reviewer =>
    review =>
      answering(review, kind, ({ object }) => ({ errors: admit(kind, object).errors }))
  const canary = newCanaryCheck(rules)
  return {
    '/mutate-apps-kurator-dev-v1alpha1-application': review =>
      // What is wrong as well is the validating webhook's to say: it sees what others have made of the object.
      answering(review, Application, ({ object }) => ({ errors: [], object: admit(Application, object).object })),
    '/validate-apps-kurator-dev-v1alpha1-application': validating(Application),
    '/validate-fleet-kurator-dev-v1alpha1-fleet': validating(Fleet),
    '/validate-cluster-kurator-dev-v1alpha1-attachedcluster': validating(AttachedCluster),
    '/validate-flagger-app-v1beta1-canary': review =>
      answering(review, Canary, ({ object }) => ({ errors: canary(object) })),
  }
}

function answering(
  review: Json,
  kind: CustomKind,
  decide: (request: Request) => { readonly errors: readonly FieldError[]; readonly object?: KubernetesObject },
): AnsweredReview {
  const request = requestOf(review)
  // What is on its way out stays editable, or nobody could take a finalizer away.
  const { errors, object } = request.object.metadata?.deletionTimestamp ? { errors: [] } : decide(request)
  const patch = object === undefined ? [] : patchTo(request.object, object)
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: errors.length === 0,
      ...(errors.length > 0 ? { status: refusal(kind, request, errors) } : {}),
      ...(patch.length > 0
        ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
        : {}),
    },
  }
}

function requestOf(review: Json): Request {
  const { apiVersion, kind, request } = isJsonObject(review) ? review : ({} as JsonObject)
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview' || !isJsonObject(request)) {
    throw new ReviewError('the body is not an AdmissionReview of admission.k8s.io/v1')
  }
  const { uid, name, object } = request
  if (typeof uid !== 'string' || !isJsonObject(object)) {
    throw new ReviewError('request.uid and request.object are needed; only CREATE and UPDATE are reviewed')
  }
  // The API has decoded it, so its metadata have the shape that all objects have.
  const found = object as unknown as KubernetesObject
  return { uid, name: typeof name === 'string' && name ? name : (found.metadata?.name ?? ''), object: found }
}

function refusal(
  { group, kind }: CustomKind,
  { name }: Request,
  errors: readonly FieldError[],
): NonNullable<ReviewResponse['status']> {
  const texts = [...new Set(errors.map(toText))]
  const what = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return {
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: `${kind}.${group} ${JSON.stringify(name)} is invalid: ${what}`,
    details: { group, kind, name, causes: errors.map(toCause) },
  }
}

/** Replaces the parts of the top that differ. */
function patchTo(from: KubernetesObject, to: KubernetesObject): readonly JsonObject[] {
  const before = from as unknown as JsonObject // Both came as JSON.
  return Object.entries(to as unknown as JsonObject).flatMap(([field, value]) =>
    jsonEqual(before[field], value) ? [] : [{ op: 'add', path: `/${field}`, value }],
  )
}

/** What the engine would refuse a Canary for. */
function newCanaryCheck(rules: CanaryRules): (object: KubernetesObject) => readonly FieldError[] {
  let schema: StructuralSchema | undefined
  return object => {
    schema ??= compileSchema(Canary.openAPIV3Schema)
    if (schema.validate(object as unknown as Json).length > 0) return [] // The API itself reports these.
    const canary = object as Canary // The schema has just said so.
    const normalised = normalise(canary, { provider: 'istio' })
    // Without a spec there is nothing more to say.
    if (!('spec' in canary)) return 'errors' in normalised ? normalised.errors : []
    const needsPort = !canary.spec.service && canary.spec.targetRef.kind !== 'Service'
    return [
      ...('errors' in normalised ? normalised.errors : []),
      ...verify(canary, rules).map(problem => forbidden('spec', problem.replace(/^invalid canary spec: /, ''))),
      ...(needsPort ? [required('spec.service', 'the workload needs a port')] : []),
    ]
  }
}
