/** kubectl's commands that create and change objects. */
import type { Topic } from '../case.ts'
import { configMap, deployment, pod, service, yamlFile } from '../objects.ts'

const files = {
  'web.yaml': yamlFile(deployment('web')),
  'web2.yaml': yamlFile(deployment('web', 'example.com/web:2')),
  'svc.yaml': yamlFile(service('web')),
  'pod.yaml': yamlFile(pod('one')),
  'cm.yaml': yamlFile(configMap('cm')),
  'cm-red.yaml': yamlFile(configMap('cm', 'red')),
  'two.yaml': yamlFile(configMap('one'), configMap('two')),
}

export const applyTopic: Topic = {
  title: 'kubectl apply',
  cases: [
    {
      name: 'creates, leaves alone, then changes an object',
      files,
      session: `
        $ kubectl apply -f cm.yaml
        configmap/cm created
        $ kubectl apply -f cm.yaml
        configmap/cm unchanged
        $ kubectl apply -f cm-red.yaml
        configmap/cm configured
        $ kubectl get cm cm -o yaml
        apiVersion: v1
        data:
          color: red
        kind: ConfigMap
        metadata:
          annotations:
            kubectl.kubernetes.io/last-applied-configuration: |
              {"apiVersion":"v1","data":{"color":"red"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"app":"cm"},"name":"cm","namespace":"ns-case"}}
          creationTimestamp: "<time>"
          labels:
            app: cm
          name: cm
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
      `,
    },
    {
      name: 'changes a Deployment by a three-way strategic merge',
      files,
      session: `
        $ kubectl apply -f web.yaml
        deployment.apps/web created
        $ kubectl apply -f web.yaml
        deployment.apps/web unchanged
        $ kubectl set env deploy/web EXTRA=kept
        deployment.apps/web env updated
        $ kubectl apply -f web2.yaml
        deployment.apps/web configured
        $ kubectl get deploy web -o jsonpath='{.metadata.generation} {.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].env}{"\\n"}'
        3 example.com/web:2 [{"name":"COLOR","value":"blue"},{"name":"EXTRA","value":"kept"}]
      `,
    },
    {
      name: 'warns about an object that it did not create',
      files,
      session: `
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl apply -f cm-red.yaml
        configmap/cm configured
        ! Warning: resource configmaps/cm is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.
      `,
    },
    {
      name: 'shows and edits what was applied last',
      files,
      session: `
        $ kubectl apply -f cm.yaml
        configmap/cm created
        $ kubectl apply view-last-applied cm cm
        apiVersion: v1
        data:
          color: blue
        kind: ConfigMap
        metadata:
          annotations: {}
          labels:
            app: cm
          name: cm
          namespace: ns-case
        $ kubectl create -f pod.yaml
        pod/one created
        $ kubectl apply view-last-applied pod one
        $ kubectl apply set-last-applied -f cm-red.yaml
        configmap/cm configured
        $ kubectl apply view-last-applied cm cm -o json
        {
          "apiVersion": "v1",
          "data": {
            "color": "red"
          },
          "kind": "ConfigMap",
          "metadata": {
            "labels": {
              "app": "cm"
            },
            "name": "cm",
            "namespace": "ns-case"
          }
        }
      `,
    },
    {
      name: 'deletes what is not in the files any more with --prune',
      files,
      session: `
        $ kubectl apply -f two.yaml -l app=two --prune --prune-allowlist=core/v1/ConfigMap
        configmap/two created
        $ kubectl apply -f two.yaml
        configmap/one created
        configmap/two unchanged
        $ kubectl apply -f cm.yaml --prune --all --prune-allowlist=core/v1/ConfigMap
        configmap/cm created
        configmap/one pruned
        configmap/two pruned
        $ kubectl get cm -o name
        configmap/cm
      `,
    },
    {
      name: 'changes nothing with --dry-run',
      files,
      session: `
        $ kubectl apply -f cm.yaml --dry-run=client
        configmap/cm created (dry run)
        $ kubectl apply -f cm.yaml --dry-run=server
        configmap/cm created (server dry run)
        $ kubectl apply -f cm.yaml
        configmap/cm created
        $ kubectl apply -f cm-red.yaml --dry-run=server -o yaml
        apiVersion: v1
        data:
          color: red
        kind: ConfigMap
        metadata:
          annotations:
            kubectl.kubernetes.io/last-applied-configuration: |
              {"apiVersion":"v1","data":{"color":"red"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"app":"cm"},"name":"cm","namespace":"ns-case"}}
          creationTimestamp: "<time>"
          labels:
            app: cm
          name: cm
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        $ kubectl apply -f cm-red.yaml --server-side --dry-run=server --force-conflicts
        configmap/cm serverside-applied (server dry run)
        ! Warning: failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .metadata.annotations.kubectl.kubernetes.io/last-applied-configuration
        $ kubectl get cm cm -o jsonpath='{.data.color}{"\\n"}'
        blue
      `,
    },
    {
      name: 'applies on the server side and owns the fields',
      files,
      session: `
        $ kubectl apply --server-side -f web.yaml
        deployment.apps/web serverside-applied
        $ kubectl apply --server-side -f web.yaml
        deployment.apps/web serverside-applied
        $ kubectl get deploy web -o yaml --show-managed-fields
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          creationTimestamp: "<time>"
          generation: 1
          labels:
            app: web
          managedFields:
          - apiVersion: apps/v1
            fieldsType: FieldsV1
            fieldsV1:
              f:metadata:
                f:labels:
                  f:app: {}
              f:spec:
                f:replicas: {}
                f:selector: {}
                f:template:
                  f:metadata:
                    f:labels:
                      f:app: {}
                  f:spec:
                    f:containers:
                      k:{"name":"main"}:
                        .: {}
                        f:env:
                          k:{"name":"COLOR"}:
                            .: {}
                            f:name: {}
                            f:value: {}
                        f:image: {}
                        f:name: {}
                        f:ports:
                          k:{"containerPort":8080,"protocol":"TCP"}:
                            .: {}
                            f:containerPort: {}
                            f:name: {}
                        f:resources:
                          f:requests:
                            f:cpu: {}
                            f:memory: {}
            manager: kubectl
            operation: Apply
            time: "<time>"
          name: web
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          progressDeadlineSeconds: 600
          replicas: 2
          revisionHistoryLimit: 10
          selector:
            matchLabels:
              app: web
          strategy:
            rollingUpdate:
              maxSurge: 25%
              maxUnavailable: 25%
            type: RollingUpdate
          template:
            metadata:
              labels:
                app: web
            spec:
              containers:
              - env:
                - name: COLOR
                  value: blue
                image: example.com/web:1
                imagePullPolicy: IfNotPresent
                name: main
                ports:
                - containerPort: 8080
                  name: http
                  protocol: TCP
                resources:
                  requests:
                    cpu: 100m
                    memory: 64Mi
                terminationMessagePath: /dev/termination-log
                terminationMessagePolicy: File
              dnsPolicy: ClusterFirst
              restartPolicy: Always
              schedulerName: default-scheduler
              securityContext: {}
              terminationGracePeriodSeconds: 30
        status: {}
        $ kubectl apply --server-side -f web2.yaml
        deployment.apps/web serverside-applied
        $ kubectl get deploy web
        NAME   READY   UP-TO-DATE   AVAILABLE   AGE
        web    0/2     0            0           0s
      `,
    },
    {
      name: 'names the conflict with another field manager, and takes the field over when forced',
      files,
      session: `
        $ kubectl apply --server-side --field-manager=ann -f cm.yaml
        configmap/cm serverside-applied
        $ kubectl apply --server-side --field-manager=ben -f cm-red.yaml
        ! error: Apply failed with 1 conflict: conflict with "ann": .data.color
        ! Please review the fields above--they currently have other managers. Here
        ! are the ways you can resolve this warning:
        ! * If you intend to manage all of these fields, please re-run the apply
        !   command with the \`--force-conflicts\` flag.
        ! * If you do not intend to manage all of the fields, please edit your
        !   manifest to remove references to the fields that should keep their
        !   current managers.
        ! * You may co-own fields by updating your manifest to match the existing
        !   value; in this case, you'll become the manager if the other manager(s)
        !   stop managing the field (remove it from their configuration).
        ! See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
        exit 1
        $ kubectl apply --server-side --field-manager=ben -f cm-red.yaml --force-conflicts
        configmap/cm serverside-applied
        $ kubectl get cm cm -o yaml --show-managed-fields
        apiVersion: v1
        data:
          color: red
        kind: ConfigMap
        metadata:
          creationTimestamp: "<time>"
          labels:
            app: cm
          managedFields:
          - apiVersion: v1
            fieldsType: FieldsV1
            fieldsV1:
              f:metadata:
                f:labels:
                  f:app: {}
            manager: ann
            operation: Apply
            time: "<time>"
          - apiVersion: v1
            fieldsType: FieldsV1
            fieldsV1:
              f:data:
                f:color: {}
              f:metadata:
                f:labels:
                  f:app: {}
            manager: ben
            operation: Apply
            time: "<time>"
          name: cm
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        $ kubectl apply --server-side --field-manager=ann -f cm.yaml
        ! error: Apply failed with 1 conflict: conflict with "ben": .data.color
        ! Please review the fields above--they currently have other managers. Here
        ! are the ways you can resolve this warning:
        ! * If you intend to manage all of these fields, please re-run the apply
        !   command with the \`--force-conflicts\` flag.
        ! * If you do not intend to manage all of the fields, please edit your
        !   manifest to remove references to the fields that should keep their
        !   current managers.
        ! * You may co-own fields by updating your manifest to match the existing
        !   value; in this case, you'll become the manager if the other manager(s)
        !   stop managing the field (remove it from their configuration).
        ! See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
        exit 1
      `,
    },
    {
      name: 'names several conflicts in one list',
      files,
      session: `
        $ kubectl apply --server-side --field-manager=ann -f web.yaml
        deployment.apps/web serverside-applied
        $ kubectl scale deploy web --replicas=5
        deployment.apps/web scaled
        $ kubectl set image deploy/web main=example.com/web:9
        deployment.apps/web image updated
        $ kubectl apply --server-side --field-manager=ann -f web.yaml
        ! error: Apply failed with 2 conflicts: conflicts with "kubectl" with subresource "scale" using apps/v1:
        ! - .spec.replicas
        ! conflicts with "kubectl-set" using apps/v1:
        ! - .spec.template.spec.containers[name="main"].image
        ! Please review the fields above--they currently have other managers. Here
        ! are the ways you can resolve this warning:
        ! * If you intend to manage all of these fields, please re-run the apply
        !   command with the \`--force-conflicts\` flag.
        ! * If you do not intend to manage all of the fields, please edit your
        !   manifest to remove references to the fields that should keep their
        !   current managers.
        ! * You may co-own fields by updating your manifest to match the existing
        !   value; in this case, you'll become the manager if the other manager(s)
        !   stop managing the field (remove it from their configuration).
        ! See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
        exit 1
      `,
    },
    {
      name: 'takes over from client-side apply without a conflict',
      files,
      session: `
        $ kubectl apply -f cm.yaml
        configmap/cm created
        $ kubectl apply --server-side -f cm-red.yaml
        configmap/cm serverside-applied
        $ kubectl get cm cm -o yaml --show-managed-fields
        apiVersion: v1
        data:
          color: red
        kind: ConfigMap
        metadata:
          annotations:
            kubectl.kubernetes.io/last-applied-configuration: |
              {"apiVersion":"v1","data":{"color":"red"},"kind":"ConfigMap","metadata":{"labels":{"app":"cm"},"name":"cm","namespace":"ns-case"}}
          creationTimestamp: "<time>"
          labels:
            app: cm
          managedFields:
          - apiVersion: v1
            fieldsType: FieldsV1
            fieldsV1:
              f:metadata:
                f:annotations:
                  f:kubectl.kubernetes.io/last-applied-configuration: {}
            manager: kubectl-last-applied
            operation: Apply
          - apiVersion: v1
            fieldsType: FieldsV1
            fieldsV1:
              f:data:
                f:color: {}
              f:metadata:
                f:labels:
                  f:app: {}
            manager: kubectl
            operation: Apply
            time: "<time>"
          name: cm
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
      `,
    },
    {
      name: 'removes a field that the manager dropped',
      files: {
        ...files,
        'cm-more.yaml': yamlFile({ ...configMap('cm'), data: { color: 'blue', shape: 'round' } }),
      },
      session: `
        $ kubectl apply --server-side -f cm-more.yaml
        configmap/cm serverside-applied
        $ kubectl apply --server-side -f cm.yaml
        configmap/cm serverside-applied
        $ kubectl get cm cm -o jsonpath='{.data}{"\\n"}'
        {"color":"blue"}
      `,
    },
    {
      name: 'refuses a field that the kind does not have, with strict validation',
      files: {
        'cm.yaml': `${yamlFile(configMap('cm'))}colour: red\n`,
        'dup.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm\ndata:\n  a: "1"\n  a: "2"\n',
      },
      session: `
        $ kubectl apply -f cm.yaml
        ! Error from server (BadRequest): error when creating "cm.yaml": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"
        exit 1
        $ kubectl apply -f cm.yaml --validate=warn
        configmap/cm created
        ! Warning: unknown field "colour"
        $ kubectl apply -f cm.yaml --validate=ignore
        configmap/cm configured
        $ kubectl create -f dup.yaml
        ! Error from server (AlreadyExists): error when creating "dup.yaml": configmaps "cm" already exists
        exit 1
        $ kubectl apply --server-side -f cm.yaml
        ! Error from server: failed to create typed patch object (ns-case/cm; /v1, Kind=ConfigMap): .colour: field not declared in schema
        exit 1
      `,
    },
    {
      name: 'reads a folder and a kustomization',
      files: {
        ...files,
        'kustomization.yaml':
          'resources: [cm.yaml, svc.yaml]\nnamePrefix: my-\nlabels:\n- pairs: {team: a}\n  includeSelectors: false\n',
      },
      session: `
        $ kubectl apply -k .
        configmap/my-cm created
        service/my-web created
        $ kubectl get cm,svc --show-labels
        NAME              DATA   AGE   LABELS
        configmap/my-cm   1      0s    app=cm,team=a

        NAME             TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   LABELS
        service/my-web   ClusterIP   None         <none>        80/TCP    0s    app=web,team=a
        $ kubectl delete -k .
        configmap "my-cm" deleted from ns-case namespace
        service "my-web" deleted from ns-case namespace
      `,
    },
    {
      name: 'goes on after an object that the server refuses',
      files: { 'mixed.yaml': yamlFile({ ...configMap('cm'), metadata: { name: 'Not_A_Name' } }, configMap('ok')) },
      session: `
        $ kubectl apply -f mixed.yaml
        configmap/ok created
        ! The ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        exit 1
        $ kubectl get cm -o name
        configmap/ok
      `,
    },
    {
      name: 'diff shows what an apply would change and says so by its exit code',
      files,
      session: `
        $ kubectl apply -f cm.yaml
        configmap/cm created
        $ kubectl diff -f cm.yaml
        $ kubectl diff -f cm-red.yaml
        diff -u -N LIVE/v1.ConfigMap.ns-case.cm MERGED/v1.ConfigMap.ns-case.cm
        --- LIVE/v1.ConfigMap.ns-case.cm	<time>
        +++ MERGED/v1.ConfigMap.ns-case.cm	<time>
        @@ -1,6 +1,6 @@
         apiVersion: v1
         data:
        -  color: blue
        +  color: red
         kind: ConfigMap
         metadata:
           annotations:
        exit 1
        $ kubectl diff --server-side --force-conflicts -f cm-red.yaml
        diff -u -N LIVE/v1.ConfigMap.ns-case.cm MERGED/v1.ConfigMap.ns-case.cm
        --- LIVE/v1.ConfigMap.ns-case.cm	<time>
        +++ MERGED/v1.ConfigMap.ns-case.cm	<time>
        @@ -1,11 +1,11 @@
         apiVersion: v1
         data:
        -  color: blue
        +  color: red
         kind: ConfigMap
         metadata:
           annotations:
             kubectl.kubernetes.io/last-applied-configuration: |
        -      {"apiVersion":"v1","data":{"color":"blue"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":{"app":"cm"},"name":"cm","namespace":"ns-case"}}
        +      {"apiVersion":"v1","data":{"color":"red"},"kind":"ConfigMap","metadata":{"labels":{"app":"cm"},"name":"cm","namespace":"ns-case"}}
           creationTimestamp: "<time>"
           labels:
             app: cm
        exit 1
        $ kubectl diff -f svc.yaml
        diff -u -N LIVE/v1.Service.ns-case.web MERGED/v1.Service.ns-case.web
        --- LIVE/v1.Service.ns-case.web	<time>
        +++ MERGED/v1.Service.ns-case.web	<time>
        @@ -0,0 +1,28 @@
        +apiVersion: v1
        +kind: Service
        +metadata:
        +  creationTimestamp: "<time>"
        +  labels:
        +    app: web
        +  name: web
        +  namespace: ns-case
        +  uid: <uid>
        +spec:
        +  clusterIP: None
        +  clusterIPs:
        +  - None
        +  internalTrafficPolicy: Cluster
        +  ipFamilies:
        +  - IPv4
        +  ipFamilyPolicy: SingleStack
        +  ports:
        +  - name: http
        +    port: 80
        +    protocol: TCP
        +    targetPort: http
        +  selector:
        +    app: web
        +  sessionAffinity: None
        +  type: ClusterIP
        +status:
        +  loadBalancer: {}
        exit 1
      `,
    },
  ],
}

export const createTopic: Topic = {
  title: 'kubectl create, run, expose, replace and edit',
  cases: [
    {
      name: 'create makes objects from a file, once',
      files,
      session: `
        $ kubectl create -f two.yaml
        configmap/one created
        configmap/two created
        $ kubectl create -f two.yaml
        ! Error from server (AlreadyExists): error when creating "two.yaml": configmaps "one" already exists
        ! Error from server (AlreadyExists): error when creating "two.yaml": configmaps "two" already exists
        exit 1
      `,
    },
    {
      name: 'create --dry-run=client prints what it would send',
      files,
      session: `
        $ kubectl create deployment web --image=example.com/web:1 --replicas=3 --port=8080 --dry-run=client -o yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          labels:
            app: web
          name: web
        spec:
          replicas: 3
          selector:
            matchLabels:
              app: web
          strategy: {}
          template:
            metadata:
              labels:
                app: web
            spec:
              containers:
              - image: example.com/web:1
                name: web
                ports:
                - containerPort: 8080
                resources: {}
        status: {}
        $ kubectl create cm settings --from-literal=a=1 --from-literal=b=2 --dry-run=client -o yaml
        apiVersion: v1
        data:
          a: "1"
          b: "2"
        kind: ConfigMap
        metadata:
          name: settings
        $ kubectl get deploy,cm
        ! No resources found in ns-case namespace.
      `,
    },
    {
      name: 'create --dry-run=server prints what the server would store',
      files,
      session: `
        $ kubectl create -f web.yaml --dry-run=server
        deployment.apps/web created (server dry run)
        $ kubectl create -f web.yaml --dry-run=server -o yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          creationTimestamp: "<time>"
          generation: 1
          labels:
            app: web
          name: web
          namespace: ns-case
          uid: <uid>
        spec:
          progressDeadlineSeconds: 600
          replicas: 2
          revisionHistoryLimit: 10
          selector:
            matchLabels:
              app: web
          strategy:
            rollingUpdate:
              maxSurge: 25%
              maxUnavailable: 25%
            type: RollingUpdate
          template:
            metadata:
              labels:
                app: web
            spec:
              containers:
              - env:
                - name: COLOR
                  value: blue
                image: example.com/web:1
                imagePullPolicy: IfNotPresent
                name: main
                ports:
                - containerPort: 8080
                  name: http
                  protocol: TCP
                resources:
                  requests:
                    cpu: 100m
                    memory: 64Mi
                terminationMessagePath: /dev/termination-log
                terminationMessagePolicy: File
              dnsPolicy: ClusterFirst
              restartPolicy: Always
              schedulerName: default-scheduler
              securityContext: {}
              terminationGracePeriodSeconds: 30
        status: {}
        $ kubectl create -f pod.yaml --dry-run=server -o name
        pod/one
        $ kubectl get deploy,pod
        ! No resources found in ns-case namespace.
      `,
    },
    {
      name: 'create makes ConfigMaps and Secrets from literals and files',
      files: { 'app.conf': 'level=debug\n' },
      session: `
        $ kubectl create configmap settings --from-literal=a=1 --from-file=app.conf
        configmap/settings created
        $ kubectl get cm settings -o yaml
        apiVersion: v1
        data:
          a: "1"
          app.conf: |
            level=debug
        kind: ConfigMap
        metadata:
          creationTimestamp: "<time>"
          name: settings
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        $ kubectl create secret generic keys --from-literal=user=ann
        secret/keys created
        $ kubectl get secret keys -o yaml
        apiVersion: v1
        data:
          user: YW5u
        kind: Secret
        metadata:
          creationTimestamp: "<time>"
          name: keys
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        type: Opaque
        $ kubectl create secret docker-registry pull --docker-server=example.com --docker-username=u --docker-password=p
        secret/pull created
        $ kubectl get secret
        NAME   TYPE                             DATA   AGE
        keys   Opaque                           1      0s
        pull   kubernetes.io/dockerconfigjson   1      0s
      `,
    },
    {
      name: 'create makes the other kinds it has words for',
      session: `
        $ kubectl create serviceaccount robot
        serviceaccount/robot created
        $ kubectl create role reader --verb=get,list --resource=pods
        role.rbac.authorization.k8s.io/reader created
        $ kubectl create rolebinding readers --role=reader --user=ann
        rolebinding.rbac.authorization.k8s.io/readers created
        $ kubectl create job once --image=example.com/once:1 -- /bin/true
        job.batch/once created
        $ kubectl create cronjob nightly --image=example.com/once:1 --schedule="0 3 * * *"
        cronjob.batch/nightly created
        $ kubectl create job now --from=cronjob/nightly
        job.batch/now created
        $ kubectl create service clusterip web --clusterip=None
        service/web created
        $ kubectl create ingress front --rule="web.example.com/*=web:80"
        ingress.networking.k8s.io/front created
        $ kubectl create quota few --hard=configmaps=100
        resourcequota/few created
        $ kubectl create poddisruptionbudget web --selector=app=web --min-available=1
        poddisruptionbudget.policy/web created
        $ kubectl create token robot --duration=1s
        ! error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes
        exit 1
      `,
    },
    {
      name: 'create makes and delete removes a namespace',
      session: `
        $ kubectl create namespace ns-case-2
        namespace/ns-case-2 created
        $ kubectl create namespace ns-case-2
        ! Error from server (AlreadyExists): namespaces "ns-case-2" already exists
        exit 1
        $ kubectl create cm a -n ns-case-2 --from-literal=a=1
        configmap/a created
        $ kubectl delete namespace ns-case-2
        namespace "ns-case-2" deleted
        $ kubectl get namespace ns-case-2
        ! Error from server (NotFound): namespaces "ns-case-2" not found
        exit 1
        $ kubectl get cm -n ns-case-2
        ! No resources found in ns-case-2 namespace.
        $ kubectl create cm a -n ns-case-2 --from-literal=a=1
        ! error: failed to create configmap: namespaces "ns-case-2" not found
        exit 1
      `,
    },
    {
      name: 'run makes a Pod',
      session: `
        $ kubectl run one --image=example.com/web:1 --port=8080 --env=A=1 --labels=app=one
        pod/one created
        $ kubectl get pod one -o yaml
        apiVersion: v1
        kind: Pod
        metadata:
          creationTimestamp: "<time>"
          generation: 1
          labels:
            app: one
          name: one
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          containers:
          - env:
            - name: A
              value: "1"
            image: example.com/web:1
            imagePullPolicy: IfNotPresent
            name: one
            ports:
            - containerPort: 8080
              protocol: TCP
            resources: {}
            terminationMessagePath: /dev/termination-log
            terminationMessagePolicy: File
          dnsPolicy: ClusterFirst
          enableServiceLinks: true
          preemptionPolicy: PreemptLowerPriority
          priority: 0
          restartPolicy: Always
          schedulerName: default-scheduler
          securityContext: {}
          terminationGracePeriodSeconds: 30
          tolerations:
          - effect: NoExecute
            key: node.kubernetes.io/not-ready
            operator: Exists
            tolerationSeconds: 300
          - effect: NoExecute
            key: node.kubernetes.io/unreachable
            operator: Exists
            tolerationSeconds: 300
        status:
          phase: Pending
          qosClass: BestEffort
        $ kubectl run one --image=example.com/web:1
        ! Error from server (AlreadyExists): pods "one" already exists
        exit 1
      `,
    },
    {
      name: 'expose makes a Service for a Deployment',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl expose deployment web --port=80 --target-port=8080 --cluster-ip=None
        service/web exposed
        $ kubectl get svc web -o jsonpath='{.spec.selector} {.spec.ports}{"\\n"}'
        {"app":"web"} [{"port":80,"protocol":"TCP","targetPort":8080}]
        $ kubectl expose deployment web --port=80 --cluster-ip=None
        ! Error from server (AlreadyExists): services "web" already exists
        exit 1
      `,
    },
    {
      name: 'autoscale makes an autoscaler',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl autoscale deployment web --min=2 --max=5 --cpu=80%
        horizontalpodautoscaler.autoscaling/web autoscaled
        $ kubectl get hpa web
        NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE
        web    Deployment/web   cpu: <unknown>/80%   2         5         0          0s
        $ kubectl get hpa web -o jsonpath='{.spec}{"\\n"}'
        {"maxReplicas":5,"metrics":[{"resource":{"name":"cpu","target":{"averageUtilization":80,"type":"Utilization"}},"type":"Resource"}],"minReplicas":2,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}}
      `,
    },
    {
      name: 'replace stores the file over the object',
      files,
      session: `
        $ kubectl replace -f cm.yaml
        ! Error from server (NotFound): error when replacing "cm.yaml": configmaps "cm" not found
        exit 1
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl replace -f cm-red.yaml
        configmap/cm replaced
        $ kubectl get cm cm -o jsonpath='{.data.color}{"\\n"}'
        red
      `,
    },
    {
      name: 'replace --force deletes and creates again',
      files,
      session: `
        $ kubectl create -f pod.yaml
        pod/one created
        $ kubectl replace --force -f pod.yaml
        pod "one" deleted from ns-case namespace
        pod/one replaced
        $ kubectl get pod
        NAME   READY   STATUS    RESTARTS   AGE
        one    0/1     Pending   0          0s
      `,
    },
    {
      name: 'edit sends what the editor saved as a patch',
      files,
      session: `
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ KUBE_EDITOR="sed -i s/blue/green/" kubectl edit cm cm
        configmap/cm edited
        $ kubectl get cm cm -o jsonpath='{.data.color}{"\\n"}'
        green
        $ KUBE_EDITOR=true kubectl edit cm cm
        ! Edit cancelled, no changes made.
        $ KUBE_EDITOR="sed -i s/color/Color/" kubectl edit cm cm -o json
        {
            "apiVersion": "v1",
            "data": {
                "Color": "green"
            },
            "kind": "ConfigMap",
            "metadata": {
                "creationTimestamp": "<time>",
                "labels": {
                    "app": "cm"
                },
                "name": "cm",
                "namespace": "ns-case",
                "resourceVersion": "<version>",
                "uid": "<uid>"
            }
        }
        $ kubectl get cm cm -o jsonpath='{.data}{"\\n"}'
        {"Color":"green"}
        $ kubectl edit cm none
        ! Error from server (NotFound): configmaps "none" not found
        exit 1
      `,
    },
    {
      name: 'edit shows the refusal of the server',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ KUBE_EDITOR="sed -i s/replicas:.2/replicas:-2/" kubectl edit deploy web
        ! error: deployments.apps "web" is invalid
        ! A copy of your changes has been stored to "kubectl-edit.yaml"
        ! error: Edit cancelled, no valid changes were saved.
        exit 1
      `,
    },
  ],
}

export const changeTopic: Topic = {
  title: 'kubectl patch, label, annotate, scale, set and rollout',
  cases: [
    {
      name: 'patch merges strategically: lists by their key',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"example.com/web:2"}]}}}}'
        deployment.apps/web patched
        $ kubectl get deploy web -o jsonpath='{.spec.template.spec.containers}{"\\n"}'
        [{"env":[{"name":"COLOR","value":"blue"}],"image":"example.com/web:2","imagePullPolicy":"IfNotPresent","name":"main","ports":[{"containerPort":8080,"name":"http","protocol":"TCP"}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}]
        $ kubectl patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"example.com/side:1"}]}}}}'
        deployment.apps/web patched
        $ kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[*].name}{"\\n"}'
        side main
        $ kubectl patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}'
        deployment.apps/web patched
        $ kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[*].name}{"\\n"}'
        main
        $ kubectl patch deploy web -p '{"spec":{"replicas":2}}'
        deployment.apps/web patched (no change)
      `,
    },
    {
      name: 'patch --type=merge replaces lists and removes by null',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl patch deploy web --type=merge -p '{"metadata":{"labels":{"app":null,"tier":"front"}},"spec":{"template":{"spec":{"containers":[{"name":"main","image":"example.com/web:3"}]}}}}'
        deployment.apps/web patched
        $ kubectl get deploy web -o jsonpath='{.metadata.labels} {.spec.template.spec.containers}{"\\n"}'
        {"tier":"front"} [{"image":"example.com/web:3","imagePullPolicy":"IfNotPresent","name":"main","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}]
      `,
    },
    {
      name: 'patch --type=json runs the operations in order',
      files,
      session: `
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl patch cm cm --type=json -p '[{"op":"test","path":"/data/color","value":"blue"},{"op":"replace","path":"/data/color","value":"red"},{"op":"add","path":"/data/shape","value":"round"}]'
        configmap/cm patched
        $ kubectl get cm cm -o jsonpath='{.data}{"\\n"}'
        {"color":"red","shape":"round"}
        $ kubectl patch cm cm --type=json -p '[{"op":"test","path":"/data/color","value":"blue"}]'
        ! The request is invalid: the server rejected our request due to an error in our request
        exit 1
        $ kubectl patch cm cm --type=json -p '[{"op":"remove","path":"/data/none"}]'
        ! The request is invalid: the server rejected our request due to an error in our request
        exit 1
        $ kubectl patch cm cm --type=json -p '[{"op":"replace","path":"/none/a","value":1}]'
        ! The request is invalid: the server rejected our request due to an error in our request
        exit 1
        $ kubectl patch cm cm --type=json -p '[{"op":"remove","path":"/data/shape"}]'
        configmap/cm patched
        $ kubectl patch cm cm --type=json -p '[]'
        configmap/cm patched (no change)
        $ kubectl patch cm cm --type=json -p '[{"op":"jump","path":"/data"}]'
        ! The request is invalid: the server rejected our request due to an error in our request
        exit 1
        $ kubectl patch cm none --type=json -p '[]'
        ! Error from server (NotFound): configmaps "none" not found
        exit 1
      `,
    },
    {
      name: 'patch --subresource changes the status or the scale alone',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl patch deploy web --subresource=status --type=merge -p '{"spec":{"replicas":7},"status":{"replicas":3}}'
        deployment.apps/web patched
        $ kubectl get deploy web -o jsonpath='{.spec.replicas} {.status.replicas} {.metadata.generation}{"\\n"}'
        2 3 1
        $ kubectl patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":4}}'
        scale.autoscaling/web patched
        $ kubectl get deploy web -o jsonpath='{.spec.replicas} {.metadata.generation}{"\\n"}'
        4 2
        $ kubectl get deploy web --subresource=status
        NAME   READY   UP-TO-DATE   AVAILABLE   AGE
        web    0/4     0            0           0s
        $ kubectl get deploy web --subresource=scale -o yaml
        apiVersion: autoscaling/v1
        kind: Scale
        metadata:
          creationTimestamp: "<time>"
          name: web
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          replicas: 4
        status:
          replicas: 3
          selector: app=web
        $ kubectl get deploy web --subresource=scale
        NAME   DESIRED   AVAILABLE   AGE
        web    4         3           0s
      `,
    },
    {
      name: 'patch reads its patch from a file and prints in any form',
      files: { ...files, 'patch.yaml': 'data:\n  color: red\n' },
      session: `
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl patch cm cm --patch-file patch.yaml -o jsonpath='{.data.color}{"\\n"}'
        red
        $ kubectl patch cm cm --patch-file patch.yaml --dry-run=server -o name
        configmap/cm
        $ kubectl patch -f cm.yaml -p '{"data":{"color":"green"}}' --dry-run=client
        configmap/cm patched
      `,
    },
    {
      name: 'label adds, refuses to overwrite, overwrites and removes',
      files,
      session: `
        $ kubectl create -f two.yaml
        configmap/one created
        configmap/two created
        $ kubectl label cm one tier=front
        configmap/one labeled
        $ kubectl label cm one tier=back
        ! error: 'tier' already has a value (front), and --overwrite is false
        exit 1
        $ kubectl label cm one tier=back --overwrite
        configmap/one labeled
        $ kubectl label cm one tier=back --overwrite
        configmap/one not labeled
        $ kubectl label cm --all group=a
        configmap/one labeled
        configmap/two labeled
        $ kubectl label cm -l app=two tier=x
        configmap/two labeled
        $ kubectl get cm --show-labels
        NAME   DATA   AGE   LABELS
        one    1      0s    app=one,group=a,tier=back
        two    1      0s    app=two,group=a,tier=x
        $ kubectl label cm one tier-
        configmap/one unlabeled
        $ kubectl label cm one none-
        label "none" not found.
        configmap/one not labeled
        $ kubectl label cm one tier=-bad-
        ! error: invalid label value: "tier=-bad-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
        exit 1
        $ kubectl label cm one group-
        configmap/one unlabeled
        $ kubectl label cm one --list
        app=one
      `,
    },
    {
      name: 'annotate adds, overwrites and removes',
      files,
      session: `
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl annotate cm cm note='some text'
        configmap/cm annotated
        $ kubectl annotate cm cm note=other
        ! error: --overwrite is false but found the following declared annotation(s): 'note' already has a value (some text)
        exit 1
        $ kubectl annotate cm cm note=other --overwrite
        configmap/cm annotated
        $ kubectl get cm cm -o jsonpath='{.metadata.annotations}{"\\n"}'
        {"note":"other"}
        $ kubectl annotate cm cm note-
        configmap/cm annotated
        $ kubectl annotate cm cm --list
      `,
    },
    {
      name: 'scale sets the replicas, if they are what was expected',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl scale deploy web --replicas=3
        deployment.apps/web scaled
        $ kubectl scale deploy/web --current-replicas=1 --replicas=5
        ! error: Expected replicas to be 1, was 3
        exit 1
        $ kubectl get deploy web -o jsonpath='{.spec.replicas} {.metadata.generation}{"\\n"}'
        3 2
        $ kubectl scale deploy none --replicas=3
        ! Error from server (NotFound): deployments.apps "none" not found
        exit 1
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl scale cm cm --replicas=3
        ! Error from server (NotFound): the server could not find the requested resource
        exit 1
        $ kubectl scale deploy web --replicas=-1
        ! error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0
        exit 1
      `,
    },
    {
      name: 'set changes image, environment, resources, selector and service account',
      files,
      session: `
        $ kubectl create -f web.yaml -f svc.yaml
        deployment.apps/web created
        service/web created
        $ kubectl set image deploy/web main=example.com/web:2
        deployment.apps/web image updated
        $ kubectl set image deploy/web other=example.com/web:2
        ! error: unable to find container named "other"
        exit 1
        $ kubectl set env deploy/web COLOR=red SHAPE=round
        deployment.apps/web env updated
        $ kubectl set env deploy/web --list
        # Deployment web, container main
        COLOR=red
        SHAPE=round
        $ kubectl set env deploy/web SHAPE-
        deployment.apps/web env updated
        $ kubectl set resources deploy web --limits=cpu=200m,memory=128Mi
        deployment.apps/web resource requirements updated
        $ kubectl set serviceaccount deploy web robot
        deployment.apps/web serviceaccount updated
        $ kubectl set selector svc web app=other
        service/web selector updated
        $ kubectl get deploy web -o jsonpath='{.spec.template.spec.serviceAccountName} {.spec.template.spec.containers}{"\\n"}'
        robot [{"env":[{"name":"COLOR","value":"red"}],"image":"example.com/web:2","imagePullPolicy":"IfNotPresent","name":"main","ports":[{"containerPort":8080,"name":"http","protocol":"TCP"}],"resources":{"limits":{"cpu":"200m","memory":"128Mi"},"requests":{"cpu":"100m","memory":"64Mi"}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}]
        $ kubectl get svc web -o jsonpath='{.spec.selector}{"\\n"}'
        {"app":"other"}
      `,
    },
    {
      name: 'rollout pauses, resumes and restarts',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl rollout pause deploy/web
        deployment.apps/web paused
        $ kubectl rollout pause deploy/web
        ! error: deployments.apps "web" is already paused
        exit 1
        $ kubectl rollout restart deploy/web
        ! error: deployments.apps "web" can't restart paused deployment (run rollout resume first)
        exit 1
        $ kubectl rollout resume deploy/web
        deployment.apps/web resumed
        $ kubectl rollout resume deploy/web
        ! error: deployments.apps "web" is not paused
        exit 1
        $ kubectl rollout restart deploy/web
        deployment.apps/web restarted
        $ kubectl get deploy web -o jsonpath='{.spec.template.metadata.annotations}{"\\n"}'
        {"kubectl.kubernetes.io/restartedAt":"<time>"}
        $ kubectl rollout history deploy/web
        deployment.apps/web
        No rollout history found.
        $ kubectl rollout undo deploy/web
        ! error: no rollout history found for deployment "web"
        exit 1
        $ kubectl rollout status deploy/web --watch=false
        Waiting for deployment spec update to be observed...
      `,
    },
  ],
}
