/** `spec.analysis` of a Canary: how far and how fast traffic moves, and what has to hold on the way. */
import { array, boolean, map, number, object, oneOf, string } from '../../apimachinery/schema.ts'
import { headerMatch, textMatch } from './http-match.ts'

/** Minutes or seconds at the start of the text; what follows is not checked by the API. */
const interval = string({ pattern: '^[0-9]+(m|s)' })

/** An object, in the namespace of the Canary unless another is given. */
const reference = object({ name: string(), namespace: string() }, { required: ['name'] })

const match = array(object({ headers: map(headerMatch), queryParams: map(textMatch), sourceLabels: map(string()) }))

const metrics = array(
  object(
    {
      name: string({ description: 'request-success-rate, request-duration, or a name of your own.' }),
      interval,
      threshold: number(),
      thresholdRange: object({ min: number(), max: number() }),
      query: string(),
      templateRef: reference,
      templateVariables: map(string()),
    },
    { required: ['name'] },
  ),
)

const alerts = array(
  object(
    { name: string(), severity: oneOf(['', 'info', 'warn', 'error']), providerRef: reference },
    { required: ['providerRef', 'name'] },
  ),
)

/** When a webhook is called; empty means `rollout`. */
export const webhookTypes = [
  '',
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-promotion',
  'post-rollout',
  'event',
  'rollback',
  'confirm-traffic-increase',
] as const

const webhooks = array(
  object(
    {
      name: string(),
      type: oneOf(webhookTypes),
      muteAlert: boolean(),
      url: string(),
      timeout: interval,
      retries: number(),
      disableTLS: boolean(),
      metadata: map(string()),
    },
    { required: ['name', 'url'] },
  ),
)

const sessionAffinity = object(
  {
    cookieName: string(),
    primaryCookieName: string(),
    domain: string(),
    httpOnly: boolean(),
    maxAge: number({ default: 86400, description: 'Seconds.' }),
    partitioned: boolean(),
    path: string(),
    sameSite: oneOf(['Strict', 'Lax', 'None']),
    secure: boolean(),
  },
  { required: ['cookieName'] },
)

/** `spec.analysis`. Iterations, one step weight, or a list of them: exactly one. */
export const canaryAnalysis = object(
  {
    interval,
    iterations: number({ description: 'Checks of an A/B test or blue/green rollout.' }),
    threshold: number({ description: 'Failed checks before the rollback.' }),
    maxWeight: number({ description: 'Weight in percent at which the canary is promoted.' }),
    stepWeight: number(),
    stepWeights: array(number()),
    stepWeightPromotion: number(),
    mirror: boolean(),
    mirrorWeight: number(),
    primaryReadyThreshold: number(),
    canaryReadyThreshold: number(),
    match,
    metrics,
    alerts,
    webhooks,
    sessionAffinity,
  },
  {
    oneOf: [
      { required: ['interval', 'threshold', 'iterations'] },
      { required: ['interval', 'threshold', 'stepWeight'] },
      { required: ['interval', 'threshold', 'stepWeights'] },
    ],
  },
)
