/** Answers that the mesh gives itself, in Envoy's words. */
import type { ResponseFlag } from './telemetry.ts'

/** A status, a body and the reason as Envoy's access log flags it. */
export interface LocalReply {
  readonly status: number
  readonly flag: ResponseFlag
  readonly body: string
}

export const noRoute: LocalReply = { status: 404, flag: 'NR', body: '' }
export const noHealthyUpstream: LocalReply = { status: 503, flag: 'UH', body: 'no healthy upstream' }
export const noCluster: LocalReply = { status: 503, flag: 'NR', body: 'cluster not found' }
export const faultAbort = (status: number): LocalReply => ({ status, flag: 'FI', body: 'fault filter abort' })
export const upstreamTimeout: LocalReply = { status: 504, flag: 'UT', body: 'upstream request timeout' }
export const connectFailure = (detail: string): LocalReply => ({
  status: 503,
  flag: 'UF',
  body: `upstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: ${detail}`,
})
export const resetBeforeAnswer: LocalReply = {
  status: 503,
  flag: 'UC',
  body: 'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
}
