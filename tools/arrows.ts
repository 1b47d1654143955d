/** The rooms of src/ and what each may import: the table behind arrows.test.ts. */

/** A room's rule. Rooms are matched by the longest prefix. */
export interface Room {
  readonly path: string
  readonly mayImport: readonly string[]
  /** Pure rooms reach no client, clock, environment, network or file system. */
  readonly pure?: true
}

const basics = ['src/api', 'src/apimachinery']
const kit = [...basics, 'src/runtime']

/** Every room. A file outside all of them fails the test; a new arrow is a change here. */
export const rooms: readonly Room[] = [
  { path: 'src/apimachinery', mayImport: [], pure: true },
  { path: 'src/api', mayImport: ['src/apimachinery'], pure: true },
  { path: 'src/analysis', mayImport: basics, pure: true },
  { path: 'src/rollout', mayImport: [...basics, 'src/analysis'], pure: true },
  { path: 'src/runtime', mayImport: ['src/apimachinery', 'src/api/core'] },
  { path: 'src/router', mayImport: kit },
  { path: 'src/metrics', mayImport: kit },
  { path: 'src/webhook', mayImport: kit },
  { path: 'src/notify', mayImport: kit },
  { path: 'src/sync', mayImport: kit },
  { path: 'src/dashboard', mayImport: [...kit, 'src/analysis'] },
  { path: 'src/controllers/application', mayImport: kit },
  { path: 'src/controllers/fleet', mayImport: kit },
  { path: 'src/controllers/attachedcluster', mayImport: kit },
  {
    path: 'src/controllers/canary',
    mayImport: [...kit, 'src/rollout', 'src/analysis', 'src/router', 'src/metrics', 'src/webhook', 'src/notify'],
  },
  { path: 'src/controllers/gitrepository', mayImport: [...kit, 'src/sync'] },
  { path: 'src/controllers/helmrepository', mayImport: [...kit, 'src/sync'] },
  { path: 'src/controllers/ocirepository', mayImport: [...kit, 'src/sync'] },
  { path: 'src/controllers/kustomization', mayImport: [...kit, 'src/sync'] },
  { path: 'src/controllers/helmrelease', mayImport: [...kit, 'src/sync'] },
  // Server and client meet on the wire only; the clock, the log and the making of certificates are not the client.
  {
    path: 'src/playground/apiserver',
    mayImport: [
      ...basics,
      'src/runtime/clock.ts',
      'src/runtime/log.ts',
      'src/runtime/node-http.ts',
      'src/runtime/x509',
    ],
  },
  { path: 'src/playground/controllermanager', mayImport: kit },
  { path: 'src/playground/kubelet', mayImport: kit },
  { path: 'src/playground/gateway', mayImport: kit },
  { path: 'src/playground/prometheus', mayImport: kit },
  { path: 'src/playground/git', mayImport: kit },
  { path: 'src/playground/demo-app', mayImport: ['src/apimachinery', 'src/runtime'] },
  {
    path: 'src/playground',
    mayImport: [
      ...kit,
      'src/playground/apiserver',
      'src/playground/controllermanager',
      'src/playground/kubelet',
      'src/playground/gateway',
      'src/playground/prometheus',
      'src/playground/demo-app',
      'src/playground/git',
      'src/loadtester',
    ],
  },
  { path: 'src/loadtester', mayImport: ['src/apimachinery', 'src/runtime'] },
  {
    path: 'src/manager',
    mayImport: [
      ...kit,
      'src/analysis',
      'src/rollout',
      'src/router',
      'src/metrics',
      'src/webhook',
      'src/notify',
      'src/sync',
      'src/dashboard',
      'src/loadtester',
      'src/controllers/application',
      'src/controllers/fleet',
      'src/controllers/attachedcluster',
      'src/controllers/canary',
      'src/controllers/gitrepository',
      'src/controllers/helmrepository',
      'src/controllers/ocirepository',
      'src/controllers/kustomization',
      'src/controllers/helmrelease',
    ],
  },
  {
    path: 'src/cli',
    mayImport: [
      ...kit,
      'src/manager',
      'src/playground',
      'src/loadtester',
      'src/dashboard',
      'src/rollout',
      'src/analysis',
    ],
  },
]

/** What tests may import beside what their room may. */
export const testOnly = ['test/support']
