/** The API server that the conformance suite runs against: the embedded one, or a real one. */
import { startEmbeddedTarget } from './embedded.ts'
import { startRealControlPlane } from './real-control-plane.ts'

/** What a server may or may not have; a case that needs one is skipped, with its name, where it is missing. */
export type Feature =
  /** Deployments make ReplicaSets and these make pods. */
  | 'workloadControllers'
  /** The server refuses a user who has no right to what they ask for. */
  | 'rbac'

/** A running API server and how to reach it as its administrator. */
export interface ApiAccess {
  readonly url: string
  readonly token: string
  readonly caPem: string
  /** YAML. */
  readonly kubeconfig: string
  close(): Promise<void>
}

/** A server under test. */
export interface ConformanceTarget extends ApiAccess {
  readonly name: 'embedded' | 'real'
  readonly features: ReadonlySet<Feature>
}

/** Starts the server that `SERIN_CONFORMANCE` names: `embedded` (also when it is not set) or `real`. */
export async function conformanceTarget(env: NodeJS.ProcessEnv = process.env): Promise<ConformanceTarget> {
  const name = env['SERIN_CONFORMANCE'] ?? 'embedded'
  if (name === 'embedded') return { name, features: new Set(), ...(await startEmbeddedTarget()) }
  if (name === 'real') return { name, features: new Set<Feature>(['rbac']), ...(await startRealControlPlane()) }
  throw new Error(`SERIN_CONFORMANCE is ${JSON.stringify(name)}; use embedded or real`)
}
