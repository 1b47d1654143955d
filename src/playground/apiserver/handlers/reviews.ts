/** Questions that are asked by POST and answered in the object's status: who am I, and what may I do? */
import { invalid } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import type { ApiObject } from '../api-object.ts'
import type { Answer } from '../http/answer.ts'
import { invalidObject } from '../status-error.ts'
import type { User } from '../user.ts'
import type { Call } from './call.ts'
import { readObject } from './decode.ts'
import { withManagedFields } from './manage-fields.ts'
import { readWriteOptions } from './options.ts'

const allVerbs = ['*']

/** The answers of this server, where every caller with a token may do everything. By `group/plural`. */
const answers: Readonly<Record<string, (call: Call, review: ApiObject) => object>> = {
  'authorization.k8s.io/selfsubjectaccessreviews': () => ({ allowed: true }),
  'authorization.k8s.io/subjectaccessreviews': () => ({ allowed: true }),
  'authorization.k8s.io/localsubjectaccessreviews': () => ({ allowed: true }),
  'authorization.k8s.io/selfsubjectrulesreviews': () => ({
    resourceRules: [{ verbs: allVerbs, apiGroups: allVerbs, resources: allVerbs }],
    nonResourceRules: [{ verbs: allVerbs, nonResourceURLs: allVerbs }],
    incomplete: false,
  }),
  'authentication.k8s.io/selfsubjectreviews': call => ({ userInfo: userInfo(call.user) }),
  'authentication.k8s.io/tokenreviews': (call, review) => {
    const { token = '', audiences } = (review['spec'] ?? {}) as {
      readonly token?: string
      readonly audiences?: readonly string[]
    }
    const user = call.server.tokens.userOf(token)
    if (!user) return { user: {}, error: 'invalid bearer token' }
    return { authenticated: true, user: userInfo(user), ...(audiences ? { audiences } : {}) }
  },
}

/** Whether a resource is a question, not an object that is stored. */
export function isReview(table: string): boolean {
  return Object.hasOwn(answers, table)
}

/** POST of a question. */
export async function answerReview(call: Call): Promise<Answer> {
  const options = readWriteOptions(call, 'CreateOptions')
  await call.resource.strategy.load()
  const review = withManagedFields(call, undefined, await readObject(call, options), options.manager)
  checkQuestion(call, review)
  const status = answers[call.resource.table]?.(call, review)
  return { code: 201, mediaType: call.form.mediaType, value: { ...review, status } }
}

/** Throws 422 for a question about access that is about nothing, or about two things. */
function checkQuestion(call: Call, review: ApiObject): void {
  const { group, kind } = call.resource
  if (group !== 'authorization.k8s.io' || kind === 'SelfSubjectRulesReview') return
  const spec = (review['spec'] ?? {}) as JsonObject
  const isOne = (spec['resourceAttributes'] === undefined) !== (spec['nonResourceAttributes'] === undefined)
  if (isOne) return
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  // As on the real server, the kind is not named.
  throw invalidObject({ group, name: '' }, '', [invalid('spec', null, detail)])
}

function userInfo(user: User): object {
  return { username: user.name, ...(user.uid ? { uid: user.uid } : {}), groups: user.groups }
}
