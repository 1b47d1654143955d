/** Deleting and waiting. */
import type { Topic } from '../case.ts'
import { configMap, deployment, pod, yamlFile } from '../objects.ts'

const owned = (name: string) => ({
  ...configMap(name),
  metadata: {
    name,
    ownerReferences: [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '00000000-0000-0000-0000-000000000000' },
    ],
  },
})

const files = {
  'web.yaml': yamlFile(deployment('web')),
  'pod.yaml': yamlFile(pod('one')),
  'cm.yaml': yamlFile(configMap('cm')),
  'maps.yaml': yamlFile(configMap('green'), configMap('red'), configMap('teal')),
  'orphan.yaml': yamlFile(owned('orphan')),
  'held.yaml': yamlFile({ ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } }),
}

export const deleteTopic: Topic = {
  title: 'kubectl delete and wait',
  cases: [
    {
      name: 'deletes by name, by file, by several names',
      files,
      session: `
        $ kubectl create -f maps.yaml -f cm.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        configmap/cm created
        $ kubectl delete cm green
        configmap "green" deleted from ns-case namespace
        $ kubectl delete cm/red cm/teal
        configmap "red" deleted from ns-case namespace
        configmap "teal" deleted from ns-case namespace
        $ kubectl delete -f cm.yaml
        configmap "cm" deleted from ns-case namespace
        $ kubectl delete -f cm.yaml
        ! Error from server (NotFound): error when deleting "cm.yaml": configmaps "cm" not found
        exit 1
        $ kubectl delete -f cm.yaml --ignore-not-found
        $ kubectl delete cm none
        ! Error from server (NotFound): configmaps "none" not found
        exit 1
      `,
    },
    {
      name: 'deletes by selector and all of a kind',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl delete cm -l app=red
        configmap "red" deleted from ns-case namespace
        $ kubectl delete cm --all
        configmap "green" deleted from ns-case namespace
        configmap "teal" deleted from ns-case namespace
        $ kubectl delete cm --all
        No resources found
        $ kubectl delete cm -l app=none
        No resources found
        $ kubectl delete cm
        ! error: resource(s) were provided, but no name was specified
        exit 1
      `,
    },
    {
      name: 'deletes nothing with --dry-run',
      files,
      session: `
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl delete cm cm --dry-run=server
        configmap "cm" deleted from ns-case namespace (server dry run)
        $ kubectl delete cm cm --dry-run=client -o name
        configmap/cm
        $ kubectl get cm -o name
        configmap/cm
      `,
    },
    {
      name: 'deletes a Pod at once with --now and by force',
      files,
      session: `
        $ kubectl create -f pod.yaml
        pod/one created
        $ kubectl delete pod one --now
        pod "one" deleted from ns-case namespace
        $ kubectl create -f pod.yaml
        pod/one created
        $ kubectl delete pod one --force
        pod "one" force deleted from ns-case namespace
        ! Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.
        $ kubectl create -f pod.yaml
        pod/one created
        $ kubectl delete pod one --grace-period=1
        pod "one" deleted from ns-case namespace
        $ kubectl get pod
        ! No resources found in ns-case namespace.
      `,
    },
    {
      name: 'keeps an object with a finalizer until that is gone',
      files,
      session: `
        $ kubectl create -f held.yaml
        configmap/held created
        $ kubectl delete cm held --wait=false
        configmap "held" deleted from ns-case namespace
        $ kubectl get cm held -o yaml
        apiVersion: v1
        data:
          color: blue
        kind: ConfigMap
        metadata:
          creationTimestamp: "<time>"
          deletionGracePeriodSeconds: 0
          deletionTimestamp: "<time>"
          finalizers:
          - example.com/hold
          name: held
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        $ kubectl delete cm held --timeout=1s
        configmap "held" deleted from ns-case namespace
        ! error: timed out waiting for the condition on configmaps/held
        exit 1
        $ kubectl patch cm held --type=merge -p '{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}'
        ! The ConfigMap "held" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}
        exit 1
        $ kubectl patch cm held --type=merge -p '{"metadata":{"finalizers":[]}}'
        configmap/held patched
        $ kubectl get cm held
        ! Error from server (NotFound): configmaps "held" not found
        exit 1
      `,
    },
    {
      name: 'collects what the owner leaves behind',
      files,
      session: `
        $ kubectl create -f orphan.yaml
        configmap/orphan created
        $ kubectl wait --for=delete cm/orphan --timeout=30s
        $ kubectl get cm orphan
        ! Error from server (NotFound): configmaps "orphan" not found
        exit 1
      `,
    },
    {
      name: 'wait sees a condition that holds, a value by jsonpath and a deletion',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl patch deploy web --subresource=status --type=merge -p '{"status":{"conditions":[{"type":"Available","status":"True","lastTransitionTime":null,"lastUpdateTime":null}]}}'
        deployment.apps/web patched
        $ kubectl wait --for=condition=Available deploy/web --timeout=5s
        deployment.apps/web condition met
        $ kubectl wait --for=condition=Available=false deploy/web --timeout=1s
        ! error: timed out waiting for the condition on deployments/web
        exit 1
        $ kubectl wait --for=jsonpath='{.spec.replicas}'=2 deploy/web --timeout=5s
        deployment.apps/web condition met
        $ kubectl wait --for=jsonpath='{.spec.replicas}'=3 deploy/web --timeout=1s
        ! error: timed out waiting for the condition on deployments/web
        exit 1
        $ kubectl wait --for=delete cm/none --timeout=1s
        $ kubectl wait --for=create deploy/web --timeout=1s
        deployment.apps/web condition met
        $ kubectl wait --for=condition=Ready pod/none --timeout=1s
        ! Error from server (NotFound): pods "none" not found
        exit 1
        $ kubectl wait --for=condition=Ready pod --all --timeout=1s
        ! error: no matching resources found
        exit 1
      `,
    },
    {
      name: 'empties a namespace that is deleted',
      files,
      session: `
        $ kubectl create ns ns-case-x
        namespace/ns-case-x created
        $ kubectl create -n ns-case-x -f maps.yaml -f web.yaml -f pod.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        deployment.apps/web created
        pod/one created
        $ kubectl delete ns ns-case-x
        namespace "ns-case-x" deleted
        $ kubectl get cm,deploy,pod -n ns-case-x
        ! No resources found in ns-case-x namespace.
      `,
    },
    {
      name: 'holds a namespace with a finalizer inside in Terminating and refuses new objects there',
      files,
      session: `
        $ kubectl create ns ns-case-y
        namespace/ns-case-y created
        $ kubectl create -n ns-case-y -f held.yaml
        configmap/held created
        $ kubectl delete ns ns-case-y --wait=false
        namespace "ns-case-y" deleted
        $ kubectl wait --for=jsonpath='{.status.phase}'=Terminating ns/ns-case-y --timeout=10s
        namespace/ns-case-y condition met
        $ kubectl get ns ns-case-y
        NAME        STATUS        AGE
        ns-case-y   Terminating   0s
        $ kubectl create -n ns-case-y -f cm.yaml
        ! Error from server (Forbidden): error when creating "cm.yaml": configmaps "cm" is forbidden: unable to create new content in namespace ns-case-y because it is being terminated
        exit 1
        $ kubectl wait --for=condition=NamespaceFinalizersRemaining ns/ns-case-y --timeout=20s
        namespace/ns-case-y condition met
        $ kubectl patch cm held -n ns-case-y --type=merge -p '{"metadata":{"finalizers":null}}'
        configmap/held patched
      `,
    },
    {
      name: 'refuses to delete the namespaces that a cluster needs',
      session: `
        $ kubectl delete ns default
        ! Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted
        exit 1
        $ kubectl delete ns kube-system
        ! Error from server (Forbidden): namespaces "kube-system" is forbidden: this namespace may not be deleted
        exit 1
      `,
    },
  ],
}
