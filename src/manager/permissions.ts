/**
 * What each program asks of the Kubernetes API, and why. The chart's roles are made from this table (`npm run generate`),
 * and a test on a real API server takes away one row after the other and shows what then stops working.
 */

/** A program with a role of its own. The load tester has none: it asks nothing of the API. */
export type PermittedProgram = 'manager' | 'agent' | 'dashboard'

/** One row: verbs on resources of one group. */
export interface Permission {
  /** '' is the core group. */
  readonly group: string
  readonly resources: readonly string[]
  readonly verbs: readonly Verb[]
  /**
   * `served`: everywhere the program works, the whole cluster or one namespace. `own`: in its own namespace.
   * `secrets`: in the namespaces whose Secrets were opened to it. `certificate` (own namespace) and `webhook` (whole
   * cluster): where it makes the webhook's certificate itself. `host`: everywhere, where Applications without a fleet
   * may bring workloads to the host itself.
   */
  readonly scope: PermissionScope
  /** Only these objects; Helm templates, such as `{{ .name }}`, are filled in by the chart. */
  readonly names?: readonly string[]
  /** Only with this traffic provider. */
  readonly provider?: TrafficProvider
  /** What it is for. */
  readonly why: string
}

/** Where a row holds; see {@link Permission}. */
export type PermissionScope = 'served' | 'own' | 'secrets' | 'certificate' | 'webhook' | 'host'

/** Verbs of RBAC. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'

/** Traffic providers that need rights of their own. */
export type TrafficProvider = 'istio' | 'gatewayapi' | 'nginx' | 'kuma'

const follow = ['list', 'watch'] as const
const leaderElection: Permission = {
  group: 'coordination.k8s.io',
  resources: ['leases'],
  verbs: ['get', 'create', 'update'],
  scope: 'own',
  why: 'one of several replicas works',
}
const events: Permission = {
  group: '',
  resources: ['events'],
  verbs: ['create', 'patch'],
  scope: 'served',
  why: 'tells users what happened',
}

const manager: readonly Permission[] = [
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: [...follow],
    scope: 'served',
    why: "whether Flux's controllers are there, by their Leases",
  },
  {
    group: 'apps',
    resources: ['deployments'],
    verbs: [...follow],
    scope: 'served',
    why: "whether Flux's controllers are there, by their Deployments",
  },
  {
    group: 'apps.kurator.dev',
    resources: ['applications'],
    verbs: [...follow, 'patch'],
    scope: 'served',
    why: 'what to deliver; finalizers',
  },
  {
    group: 'fleet.kurator.dev',
    resources: ['fleets'],
    verbs: [...follow, 'patch'],
    scope: 'served',
    why: 'which members there are; finalizers',
  },
  {
    group: 'cluster.kurator.dev',
    resources: ['attachedclusters'],
    verbs: [...follow, 'patch'],
    scope: 'served',
    why: "how members are reached; the Fleet's label",
  },
  {
    group: 'cluster.kurator.dev',
    resources: ['clusters'],
    verbs: ['get'],
    scope: 'served',
    why: 'members that Kurator provisions, by the names that Fleets give; their kind is there where Kurator is',
  },
  { group: 'apps.kurator.dev', resources: ['applications/status'], verbs: ['patch'], scope: 'served', why: 'progress' },
  { group: 'fleet.kurator.dev', resources: ['fleets/status'], verbs: ['patch'], scope: 'served', why: 'progress' },
  {
    group: 'cluster.kurator.dev',
    resources: ['attachedclusters/status'],
    verbs: ['patch'],
    scope: 'served',
    why: 'whether a member answers',
  },
  {
    group: 'source.toolkit.fluxcd.io',
    resources: ['gitrepositories', 'helmrepositories', 'ocirepositories'],
    verbs: ['get', ...follow, 'create', 'patch', 'delete'],
    scope: 'served',
    why: "an Application's source",
  },
  {
    group: 'source.toolkit.fluxcd.io',
    resources: ['helmcharts'],
    verbs: ['get', ...follow, 'create', 'patch', 'delete'],
    scope: 'served',
    why: 'the chart of a HelmRelease',
  },
  {
    group: 'source.toolkit.fluxcd.io',
    resources: ['gitrepositories/status', 'ocirepositories/status', 'helmrepositories/status', 'helmcharts/status'],
    verbs: ['patch'],
    scope: 'served',
    why: 'which artifact there is, where no Flux fetches it',
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    resources: ['kustomizations'],
    verbs: ['get', ...follow, 'create', 'patch', 'delete'],
    scope: 'served',
    why: 'one sync a member',
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    resources: ['kustomizations/status'],
    verbs: ['patch'],
    scope: 'served',
    why: 'what was applied, where no Flux applies it',
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    resources: ['helmreleases'],
    verbs: ['get', ...follow, 'create', 'patch', 'delete'],
    scope: 'served',
    why: "charts of Applications and members' engines",
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    resources: ['helmreleases/status'],
    verbs: ['patch'],
    scope: 'served',
    why: 'what was released, where no Flux releases it',
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: ['get'],
    scope: 'served',
    why: "members' kubeconfigs and sources' credentials, by the names that objects give",
  },
  {
    group: '',
    resources: ['configmaps'],
    verbs: ['get'],
    scope: 'served',
    why: 'values of charts and substitutions, by the names that objects give',
  },
  events,
  leaderElection,
  {
    group: '',
    resources: ['secrets'],
    verbs: ['create'],
    scope: 'certificate',
    why: 'the certificate of the webhook; creation cannot be limited to a name',
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: [...follow, 'update'],
    scope: 'certificate',
    names: ['{{ .webhookSecret }}'],
    why: 'the certificate of the webhook',
  },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    verbs: [...follow, 'patch'],
    scope: 'webhook',
    names: ['{{ .webhookName }}'],
    why: "the webhook's certificate authority",
  },
  {
    group: 'flagger.app',
    resources: ['canaries', 'metrictemplates'],
    verbs: ['get', ...follow, 'create', 'patch', 'delete'],
    scope: 'host',
    why: 'rollouts on the host itself',
  },
  {
    group: 'networking.k8s.io',
    resources: ['ingresses'],
    verbs: ['get', ...follow, 'create', 'patch', 'delete'],
    scope: 'host',
    why: "the Ingress of a rollout's service",
  },
  {
    group: 'apps',
    resources: ['deployments'],
    verbs: ['get', 'create', 'patch', 'delete'],
    scope: 'host',
    why: 'private load testers',
  },
  {
    group: '',
    resources: ['services'],
    verbs: ['get', ...follow, 'create', 'patch', 'delete'],
    scope: 'host',
    why: 'the services that rollouts are for; private load testers',
  },
  {
    group: '',
    resources: ['namespaces'],
    verbs: [...follow, 'create', 'patch'],
    scope: 'host',
    why: 'the mark by which sidecars are injected',
  },
]

const agent: readonly Permission[] = [
  {
    group: 'flagger.app',
    resources: ['canaries'],
    verbs: [...follow, 'patch'],
    scope: 'served',
    why: 'what to roll out; finalizers',
  },
  { group: 'flagger.app', resources: ['canaries/status'], verbs: ['patch'], scope: 'served', why: 'progress' },
  {
    group: 'flagger.app',
    resources: ['metrictemplates', 'alertproviders'],
    verbs: follow,
    scope: 'served',
    why: 'how to judge, and whom to tell',
  },
  {
    group: 'apps',
    resources: ['deployments', 'daemonsets'],
    verbs: [...follow, 'create', 'update', 'patch'],
    scope: 'served',
    why: 'targets and their primaries; replicas of the canary',
  },
  {
    group: '',
    resources: ['services'],
    verbs: [...follow, 'create', 'update'],
    scope: 'served',
    why: 'apex, primary and canary',
  },
  {
    group: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verbs: follow,
    scope: 'served',
    why: 'whether pods are known to who sends them traffic',
  },
  {
    group: '',
    resources: ['configmaps'],
    verbs: ['get', ...follow, 'create', 'update'],
    scope: 'served',
    why: "the targets' configuration and its copies",
  },
  {
    group: '',
    resources: ['secrets'],
    verbs: ['get', ...follow, 'create', 'update'],
    scope: 'secrets',
    why: "the targets' Secrets and their copies; credentials of metric and alert providers",
  },
  {
    group: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    verbs: [...follow, 'create', 'update'],
    scope: 'served',
    why: 'scalers of targets and of primaries',
  },
  {
    group: 'keda.sh',
    resources: ['scaledobjects'],
    verbs: [...follow, 'create', 'update', 'patch'],
    scope: 'served',
    why: 'the same by KEDA',
  },
  {
    group: 'networking.istio.io',
    resources: ['virtualservices', 'destinationrules'],
    verbs: [...follow, 'create', 'update'],
    scope: 'served',
    provider: 'istio',
    why: 'routes',
  },
  {
    group: 'gateway.networking.k8s.io',
    resources: ['httproutes'],
    verbs: [...follow, 'create', 'update'],
    scope: 'served',
    provider: 'gatewayapi',
    why: 'routes',
  },
  {
    group: 'networking.k8s.io',
    resources: ['ingresses'],
    verbs: [...follow, 'create', 'update'],
    scope: 'served',
    provider: 'nginx',
    why: "routes: the user's Ingress and the canary's",
  },
  {
    group: 'kuma.io',
    resources: ['trafficroutes'],
    verbs: [...follow, 'create', 'update', 'delete'],
    scope: 'served',
    provider: 'kuma',
    why: 'routes; they are of the whole cluster, so that nothing else removes them',
  },
  events,
  leaderElection,
]

const dashboard: readonly Permission[] = [
  {
    group: 'apps.kurator.dev',
    resources: ['applications'],
    verbs: follow,
    scope: 'served',
    why: 'what is delivered',
  },
  { group: 'fleet.kurator.dev', resources: ['fleets'], verbs: follow, scope: 'served', why: 'the fleet' },
  {
    group: 'cluster.kurator.dev',
    resources: ['attachedclusters'],
    verbs: follow,
    scope: 'served',
    why: 'its members',
  },
  { group: 'flagger.app', resources: ['canaries'], verbs: follow, scope: 'served', why: 'rollouts' },
  { group: '', resources: ['events'], verbs: ['list'], scope: 'served', why: 'what happened' },
]

/** All rows, by program. */
export const permissions: Readonly<Record<PermittedProgram, readonly Permission[]>> = { manager, agent, dashboard }
