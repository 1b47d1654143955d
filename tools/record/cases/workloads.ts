/** Workloads that are refused. */
import type { CaseTable } from './tables.ts'

/** Workloads that are refused. */
export const workloadCases: CaseTable = [
  { name: 'an empty Deployment', base: 'deployment', with: { spec: undefined } },
  { name: 'a Deployment without a selector', base: 'deployment', with: { 'spec.selector': undefined } },
  { name: 'a Deployment with an empty selector', base: 'deployment', with: { 'spec.selector': {} } },
  {
    name: 'a Deployment whose selector does not match',
    base: 'deployment',
    with: { 'spec.selector.matchLabels': { app: 'db' } },
  },
  {
    name: 'a Deployment with an unknown operator in its selector',
    base: 'deployment',
    with: {
      'spec.selector': {
        matchExpressions: [
          { key: 'app', operator: 'Foo' },
          { key: 'a b', operator: 'In' },
          { key: 'app', operator: 'Exists', values: ['a'] },
        ],
      },
    },
  },
  {
    name: 'a Deployment with a bad label in its selector',
    base: 'deployment',
    with: { 'spec.selector.matchLabels': { app: 'a b' } },
  },
  { name: 'a Deployment without a template', base: 'deployment', with: { 'spec.template': undefined } },
  {
    name: 'a Deployment with negative numbers',
    base: 'deployment',
    with: {
      'spec.replicas': -1,
      'spec.minReadySeconds': -1,
      'spec.revisionHistoryLimit': -1,
      'spec.progressDeadlineSeconds': -1,
    },
  },
  {
    name: 'a Deployment whose deadline is too short',
    base: 'deployment',
    with: { 'spec.minReadySeconds': 10, 'spec.progressDeadlineSeconds': 10 },
  },
  { name: 'a Deployment with an unknown strategy', base: 'deployment', with: { 'spec.strategy': { type: 'Foo' } } },
  {
    name: 'a Deployment that recreates and rolls',
    base: 'deployment',
    with: { 'spec.strategy': { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
  },
  {
    name: 'a Deployment that can neither surge nor miss a pod',
    base: 'deployment',
    with: { 'spec.strategy': { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
  },
  {
    name: 'a Deployment with bad numbers in its strategy',
    base: 'deployment',
    with: { 'spec.strategy': { rollingUpdate: { maxSurge: -1, maxUnavailable: '150%' } } },
  },
  {
    name: 'a Deployment with text in its strategy',
    base: 'deployment',
    with: { 'spec.strategy': { rollingUpdate: { maxSurge: 'x', maxUnavailable: '-5%' } } },
  },
  {
    name: 'a Deployment of which everything may be unavailable in part',
    base: 'deployment',
    with: { 'spec.strategy': { rollingUpdate: { maxSurge: '0%', maxUnavailable: '0%' } } },
  },
  {
    name: 'a Deployment with several mistakes',
    base: 'deployment',
    with: {
      'spec.replicas': -1,
      'spec.template.spec.containers': [{ name: 'A B', ports: [{ containerPort: 0 }] }],
      'spec.selector': undefined,
    },
  },
  { name: 'an empty ReplicaSet', base: 'replicaSet', with: { spec: undefined } },
  {
    name: 'a ReplicaSet with negative numbers',
    base: 'replicaSet',
    with: { 'spec.replicas': -1, 'spec.minReadySeconds': -1 },
  },
  {
    name: 'a ReplicaSet whose selector does not match',
    base: 'replicaSet',
    with: { 'spec.selector.matchLabels': { app: 'db' } },
  },
  { name: 'a ReplicaSet with an empty selector', base: 'replicaSet', with: { 'spec.selector': {} } },
  { name: 'a ReplicaSet whose pods end', base: 'replicaSet', with: { 'spec.template.spec.restartPolicy': 'Never' } },
  { name: 'an empty DaemonSet', base: 'daemonSet', with: { spec: undefined } },
  { name: 'a DaemonSet with an empty selector', base: 'daemonSet', with: { 'spec.selector': {} } },
  {
    name: 'a DaemonSet whose selector does not match',
    base: 'daemonSet',
    with: { 'spec.selector.matchLabels': { app: 'db' } },
  },
  {
    name: 'a DaemonSet with negative numbers',
    base: 'daemonSet',
    with: { 'spec.minReadySeconds': -1, 'spec.revisionHistoryLimit': -1 },
  },
  { name: 'a DaemonSet with an unknown strategy', base: 'daemonSet', with: { 'spec.updateStrategy': { type: 'Foo' } } },
  {
    name: 'a DaemonSet that can neither surge nor miss a pod',
    base: 'daemonSet',
    with: { 'spec.updateStrategy': { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
  },
  {
    name: 'a DaemonSet that surges and misses',
    base: 'daemonSet',
    with: { 'spec.updateStrategy': { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } },
  },
  { name: 'a DaemonSet whose pods end', base: 'daemonSet', with: { 'spec.template.spec.restartPolicy': 'OnFailure' } },
  {
    name: 'a DaemonSet with an active deadline',
    base: 'daemonSet',
    with: { 'spec.template.spec.activeDeadlineSeconds': 5 },
  },
  { name: 'an empty StatefulSet', base: 'statefulSet', with: { spec: undefined } },
  {
    name: 'a StatefulSet with negative numbers',
    base: 'statefulSet',
    with: { 'spec.replicas': -1, 'spec.minReadySeconds': -1, 'spec.revisionHistoryLimit': -1 },
  },
  {
    name: 'a StatefulSet with unknown policies',
    base: 'statefulSet',
    with: {
      'spec.podManagementPolicy': 'Foo',
      'spec.updateStrategy': { type: 'Bar' },
      'spec.persistentVolumeClaimRetentionPolicy': { whenDeleted: 'A', whenScaled: 'B' },
    },
  },
  {
    name: 'a StatefulSet with a negative partition',
    base: 'statefulSet',
    with: { 'spec.updateStrategy': { rollingUpdate: { partition: -1, maxUnavailable: 0 } } },
  },
  {
    name: 'a StatefulSet with OnDelete and a partition',
    base: 'statefulSet',
    with: { 'spec.updateStrategy': { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
  },
  { name: 'a StatefulSet with a bad service name', base: 'statefulSet', with: { 'spec.serviceName': 'A B' } },
  {
    name: 'a StatefulSet whose selector does not match',
    base: 'statefulSet',
    with: { 'spec.selector.matchLabels': { app: 'db' } },
  },
  { name: 'a StatefulSet with a negative start', base: 'statefulSet', with: { 'spec.ordinals': { start: -1 } } },
  { name: 'an empty Job', base: 'job', with: { spec: undefined } },
  { name: 'a Job whose pods restart always', base: 'job', with: { 'spec.template.spec.restartPolicy': undefined } },
  {
    name: 'a Job whose pods restart by an unknown policy',
    base: 'job',
    with: { 'spec.template.spec.restartPolicy': 'Sometimes' },
  },
  {
    name: 'a Job with negative numbers',
    base: 'job',
    with: {
      'spec.parallelism': -1,
      'spec.completions': -1,
      'spec.backoffLimit': -1,
      'spec.activeDeadlineSeconds': -1,
      'spec.ttlSecondsAfterFinished': -1,
    },
  },
  { name: 'a Job with an unknown mode', base: 'job', with: { 'spec.completionMode': 'Foo' } },
  {
    name: 'an Indexed Job without completions',
    base: 'job',
    with: { 'spec.completionMode': 'Indexed', 'spec.parallelism': 2 },
  },
  { name: 'a Job with a selector', base: 'job', with: { 'spec.selector': { matchLabels: { a: 'b' } } } },
  {
    name: 'a Job with a selector of its own that does not match',
    base: 'job',
    with: { 'spec.manualSelector': true, 'spec.selector': { matchLabels: { a: 'b' } } },
  },
  { name: 'a Job with an unknown replacement policy', base: 'job', with: { 'spec.podReplacementPolicy': 'Foo' } },
  { name: 'a Job managed by a bad name', base: 'job', with: { 'spec.managedBy': 'foo' } },
  { name: 'an empty CronJob', base: 'cronJob', with: { spec: undefined } },
  { name: 'a CronJob with a bad schedule', base: 'cronJob', with: { 'spec.schedule': 'every day' } },
  { name: 'a CronJob with a bad minute', base: 'cronJob', with: { 'spec.schedule': '61 * * * *' } },
  {
    name: 'a CronJob with a time zone in its schedule',
    base: 'cronJob',
    with: { 'spec.schedule': 'TZ=UTC * * * * *' },
  },
  { name: 'a CronJob with an unknown time zone', base: 'cronJob', with: { 'spec.timeZone': 'Foo/Bar' } },
  { name: 'a CronJob with an unknown policy', base: 'cronJob', with: { 'spec.concurrencyPolicy': 'Foo' } },
  {
    name: 'a CronJob with negative numbers',
    base: 'cronJob',
    with: {
      'spec.startingDeadlineSeconds': -1,
      'spec.successfulJobsHistoryLimit': -1,
      'spec.failedJobsHistoryLimit': -1,
    },
  },
  {
    name: 'a CronJob whose pods restart always',
    base: 'cronJob',
    with: { 'spec.jobTemplate.spec.template.spec.restartPolicy': undefined },
  },
  { name: 'an empty ReplicationController', base: 'replicationController', with: { spec: undefined } },
  {
    name: 'a ReplicationController whose selector does not match',
    base: 'replicationController',
    with: { 'spec.selector': { a: 'b' } },
  },
  { name: 'a ControllerRevision without data', base: 'controllerRevision', with: { data: undefined, revision: -1 } },
]
