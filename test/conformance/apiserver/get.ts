/** `kubectl get` in every form of output. */
import type { Topic } from '../case.ts'
import { configMap, deployment, pod, service, yamlFile } from '../objects.ts'

const files = {
  'web.yaml': yamlFile(deployment('web')),
  'svc.yaml': yamlFile(service('web')),
  'pod.yaml': yamlFile(pod('one')),
  'maps.yaml': yamlFile(configMap('green', 'green'), configMap('red', 'red'), configMap('teal', 'blue')),
}

export const getTopic: Topic = {
  title: 'kubectl get',
  cases: [
    {
      name: 'prints the columns of a Deployment',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl get deployment web
        NAME   READY   UP-TO-DATE   AVAILABLE   AGE
        web    0/2     0            0           0s
      `,
    },
    {
      name: 'adds containers, images and the selector with -o wide',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl get deploy -o wide
        NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES              SELECTOR
        web    0/2     0            0           0s    main         example.com/web:1   app=web
      `,
    },
    {
      name: 'prints a whole Deployment with its defaults as YAML',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl get deploy web -o yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          creationTimestamp: "<time>"
          generation: 1
          labels:
            app: web
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
      `,
    },
    {
      name: 'prints a whole Deployment with its managed fields as JSON',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl get deploy web -o json --show-managed-fields
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "creationTimestamp": "<time>",
                "generation": 1,
                "labels": {
                    "app": "web"
                },
                "managedFields": [
                    {
                        "apiVersion": "apps/v1",
                        "fieldsType": "FieldsV1",
                        "fieldsV1": {
                            "f:metadata": {
                                "f:labels": {
                                    ".": {},
                                    "f:app": {}
                                }
                            },
                            "f:spec": {
                                "f:progressDeadlineSeconds": {},
                                "f:replicas": {},
                                "f:revisionHistoryLimit": {},
                                "f:selector": {},
                                "f:strategy": {
                                    "f:rollingUpdate": {
                                        ".": {},
                                        "f:maxSurge": {},
                                        "f:maxUnavailable": {}
                                    },
                                    "f:type": {}
                                },
                                "f:template": {
                                    "f:metadata": {
                                        "f:labels": {
                                            ".": {},
                                            "f:app": {}
                                        }
                                    },
                                    "f:spec": {
                                        "f:containers": {
                                            "k:{\\"name\\":\\"main\\"}": {
                                                ".": {},
                                                "f:env": {
                                                    ".": {},
                                                    "k:{\\"name\\":\\"COLOR\\"}": {
                                                        ".": {},
                                                        "f:name": {},
                                                        "f:value": {}
                                                    }
                                                },
                                                "f:image": {},
                                                "f:imagePullPolicy": {},
                                                "f:name": {},
                                                "f:ports": {
                                                    ".": {},
                                                    "k:{\\"containerPort\\":8080,\\"protocol\\":\\"TCP\\"}": {
                                                        ".": {},
                                                        "f:containerPort": {},
                                                        "f:name": {},
                                                        "f:protocol": {}
                                                    }
                                                },
                                                "f:resources": {
                                                    ".": {},
                                                    "f:requests": {
                                                        ".": {},
                                                        "f:cpu": {},
                                                        "f:memory": {}
                                                    }
                                                },
                                                "f:terminationMessagePath": {},
                                                "f:terminationMessagePolicy": {}
                                            }
                                        },
                                        "f:dnsPolicy": {},
                                        "f:restartPolicy": {},
                                        "f:schedulerName": {},
                                        "f:securityContext": {},
                                        "f:terminationGracePeriodSeconds": {}
                                    }
                                }
                            }
                        },
                        "manager": "kubectl-create",
                        "operation": "Update",
                        "time": "<time>"
                    }
                ],
                "name": "web",
                "namespace": "ns-case",
                "resourceVersion": "<version>",
                "uid": "<uid>"
            },
            "spec": {
                "progressDeadlineSeconds": 600,
                "replicas": 2,
                "revisionHistoryLimit": 10,
                "selector": {
                    "matchLabels": {
                        "app": "web"
                    }
                },
                "strategy": {
                    "rollingUpdate": {
                        "maxSurge": "25%",
                        "maxUnavailable": "25%"
                    },
                    "type": "RollingUpdate"
                },
                "template": {
                    "metadata": {
                        "labels": {
                            "app": "web"
                        }
                    },
                    "spec": {
                        "containers": [
                            {
                                "env": [
                                    {
                                        "name": "COLOR",
                                        "value": "blue"
                                    }
                                ],
                                "image": "example.com/web:1",
                                "imagePullPolicy": "IfNotPresent",
                                "name": "main",
                                "ports": [
                                    {
                                        "containerPort": 8080,
                                        "name": "http",
                                        "protocol": "TCP"
                                    }
                                ],
                                "resources": {
                                    "requests": {
                                        "cpu": "100m",
                                        "memory": "64Mi"
                                    }
                                },
                                "terminationMessagePath": "/dev/termination-log",
                                "terminationMessagePolicy": "File"
                            }
                        ],
                        "dnsPolicy": "ClusterFirst",
                        "restartPolicy": "Always",
                        "schedulerName": "default-scheduler",
                        "securityContext": {},
                        "terminationGracePeriodSeconds": 30
                    }
                }
            },
            "status": {}
        }
      `,
    },
    {
      name: 'prints a whole Pod with its defaults as YAML',
      files,
      session: `
        $ kubectl create -f pod.yaml
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
          - image: example.com/web:1
            imagePullPolicy: IfNotPresent
            name: main
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
      `,
    },
    {
      name: 'prints a whole Service with its defaults as YAML',
      files,
      session: `
        $ kubectl create -f svc.yaml
        service/web created
        $ kubectl get svc web -o yaml
        apiVersion: v1
        kind: Service
        metadata:
          creationTimestamp: "<time>"
          labels:
            app: web
          name: web
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          clusterIP: None
          clusterIPs:
          - None
          internalTrafficPolicy: Cluster
          ipFamilies:
          - IPv4
          ipFamilyPolicy: SingleStack
          ports:
          - name: http
            port: 80
            protocol: TCP
            targetPort: http
          selector:
            app: web
          sessionAffinity: None
          type: ClusterIP
        status:
          loadBalancer: {}
        $ kubectl get svc
        NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
        web    ClusterIP   None         <none>        80/TCP    0s
        $ kubectl get svc -o wide
        NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR
        web    ClusterIP   None         <none>        80/TCP    0s    app=web
      `,
    },
    {
      name: 'prints a list as YAML in the order of names',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm -o yaml
        apiVersion: v1
        items:
        - apiVersion: v1
          data:
            color: green
          kind: ConfigMap
          metadata:
            creationTimestamp: "<time>"
            labels:
              app: green
            name: green
            namespace: ns-case
            resourceVersion: "<version>"
            uid: <uid>
        - apiVersion: v1
          data:
            color: red
          kind: ConfigMap
          metadata:
            creationTimestamp: "<time>"
            labels:
              app: red
            name: red
            namespace: ns-case
            resourceVersion: "<version>"
            uid: <uid>
        - apiVersion: v1
          data:
            color: blue
          kind: ConfigMap
          metadata:
            creationTimestamp: "<time>"
            labels:
              app: teal
            name: teal
            namespace: ns-case
            resourceVersion: "<version>"
            uid: <uid>
        kind: List
        metadata:
          resourceVersion: ""
      `,
    },
    {
      name: 'prints names alone with -o name',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm -o name
        configmap/green
        configmap/red
        configmap/teal
        $ kubectl get configmap/red cm/teal -o name
        configmap/red
        configmap/teal
      `,
    },
    {
      name: 'evaluates jsonpath over objects and lists',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm red -o jsonpath='{.data.color}{"\\n"}'
        red
        $ kubectl get cm -o jsonpath='{range .items[*]}{.metadata.name}={.data.color}{"\\n"}{end}'
        green=green
        red=red
        teal=blue
        $ kubectl get cm -o jsonpath='{.items[?(@.data.color=="blue")].metadata.name}{"\\n"}'
        teal
      `,
    },
    {
      name: 'fills custom columns and a template',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm -o custom-columns=NAME:.metadata.name,COLOR:.data.color,NONE:.data.none
        NAME    COLOR   NONE
        green   green   <none>
        red     red     <none>
        teal    blue    <none>
        $ kubectl get cm -o go-template='{{range .items}}{{.metadata.name}}:{{.data.color}} {{end}}{{"\\n"}}'
        green:green red:red teal:blue
      `,
    },
    {
      name: 'shows labels and label columns',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm --show-labels
        NAME    DATA   AGE   LABELS
        green   1      0s    app=green
        red     1      0s    app=red
        teal    1      0s    app=teal
        $ kubectl get cm -L app
        NAME    DATA   AGE   APP
        green   1      0s    green
        red     1      0s    red
        teal    1      0s    teal
      `,
    },
    {
      name: 'selects by label: equality, sets, existence',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm -l app=red -o name
        configmap/red
        $ kubectl get cm -l 'app!=red' -o name
        configmap/green
        configmap/teal
        $ kubectl get cm -l 'app in (red,teal)' -o name
        configmap/red
        configmap/teal
        $ kubectl get cm -l 'app notin (red,teal)' -o name
        configmap/green
        $ kubectl get cm -l app -o name
        configmap/green
        configmap/red
        configmap/teal
        $ kubectl get cm -l '!app' -o name
        $ kubectl get cm -l app=none
        ! No resources found in ns-case namespace.
        $ kubectl get cm -l 'app=red,!app'
        ! No resources found in ns-case namespace.
        $ kubectl get cm -l 'app=%%'
        ! Error from server (BadRequest): Unable to find "/v1, Resource=configmaps" that match label selector "app=%%", field selector "": unable to parse requirement: values[0][app]: Invalid value: "%%": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
        exit 1
      `,
    },
    {
      name: 'selects by field',
      files,
      session: `
        $ kubectl create -f maps.yaml -f pod.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        pod/one created
        $ kubectl get cm --field-selector metadata.name=red
        NAME   DATA   AGE
        red    1      0s
        $ kubectl get cm --field-selector metadata.name!=red -o name
        configmap/green
        configmap/teal
        $ kubectl get pod --field-selector status.phase=Pending,spec.nodeName= -o name
        pod/one
        $ kubectl get pod --field-selector status.phase=Running
        ! No resources found in ns-case namespace.
        $ kubectl get cm --field-selector data.color=red
        ! Error from server (BadRequest): Unable to find "/v1, Resource=configmaps" that match label selector "", field selector "data.color=red": "data.color" is not a known field selector: only "metadata.name", "metadata.namespace"
        exit 1
        $ kubectl get pod --field-selector spec.containers=x
        ! Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.containers=x": field label not supported: spec.containers
        exit 1
      `,
    },
    {
      name: 'reads all namespaces with -A',
      files: { 'cm.yaml': yamlFile({ ...configMap('red'), metadata: { name: 'red', labels: { app: 'ns-case' } } }) },
      session: `
        $ kubectl create -f cm.yaml
        configmap/red created
        $ kubectl get cm -A -l app=ns-case
        NAMESPACE   NAME   DATA   AGE
        ns-case     red    1      0s
        $ kubectl get cm -A --field-selector metadata.namespace=ns-case -o name
        configmap/red
      `,
    },
    {
      name: 'prints several kinds one after the other',
      files,
      session: `
        $ kubectl create -f web.yaml -f svc.yaml -f maps.yaml
        deployment.apps/web created
        service/web created
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get deploy,svc
        NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
        deployment.apps/web   0/2     0            0           0s

        NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
        service/web   ClusterIP   None         <none>        80/TCP    0s
        $ kubectl get deploy/web svc/web cm/red
        NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
        deployment.apps/web   0/2     0            0           0s

        NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
        service/web   ClusterIP   None         <none>        80/TCP    0s

        NAME            DATA   AGE
        configmap/red   1      0s
        $ kubectl get -f web.yaml -f svc.yaml
        NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
        deployment.apps/web   0/2     0            0           0s

        NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
        service/web   ClusterIP   None         <none>        80/TCP    0s
        $ kubectl get all
        NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
        service/web   ClusterIP   None         <none>        80/TCP    0s

        NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
        deployment.apps/web   0/2     0            0           0s
      `,
    },
    {
      name: 'prints no header with --no-headers, and says when nothing is there',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm --no-headers
        green   1     0s
        red     1     0s
        teal    1     0s
        $ kubectl get secret
        ! No resources found in ns-case namespace.
        $ kubectl get secret --no-headers
        ! No resources found in ns-case namespace.
        $ kubectl get cm none
        ! Error from server (NotFound): configmaps "none" not found
        exit 1
        $ kubectl get cm none --ignore-not-found
        $ kubectl get nonsense
        ! error: the server doesn't have a resource type "nonsense"
        exit 1
        $ kubectl get cm red none
        NAME   DATA   AGE
        red    1      0s
        ! Error from server (NotFound): configmaps "none" not found
        exit 1
      `,
    },
    {
      name: 'sorts by a path',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm --sort-by=.data.color -o name
        configmap/teal
        configmap/green
        configmap/red
        $ kubectl get cm --sort-by=.metadata.name
        NAME    DATA   AGE
        green   1      0s
        red     1      0s
        teal    1      0s
      `,
    },
    {
      name: 'reads in chunks of any size',
      files,
      session: `
        $ kubectl create -f maps.yaml
        configmap/green created
        configmap/red created
        configmap/teal created
        $ kubectl get cm --chunk-size=1
        NAME    DATA   AGE
        green   1      0s
        red     1      0s
        teal    1      0s
        $ kubectl get cm --chunk-size=2 -o name
        configmap/green
        configmap/red
        configmap/teal
      `,
    },
    {
      name: 'prints the tables of core kinds',
      files: {
        'core.yaml': yamlFile(
          pod('one'),
          { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { a: '1', b: '2' } },
          { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } },
          { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '10' } } },
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            metadata: { name: 'disk' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
          {
            apiVersion: 'v1',
            kind: 'Endpoints',
            metadata: { name: 'web' },
            subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }],
          },
        ),
      },
      session: `
        $ kubectl create -f core.yaml
        pod/one created
        secret/keys created
        serviceaccount/robot created
        resourcequota/few created
        persistentvolumeclaim/disk created
        endpoints/web created
        ! Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
        $ kubectl get pod
        NAME   READY   STATUS    RESTARTS   AGE
        one    0/1     Pending   0          0s
        $ kubectl get pod -o wide
        NAME   READY   STATUS    RESTARTS   AGE   IP       NODE     NOMINATED NODE   READINESS GATES
        one    0/1     Pending   0          0s    <none>   <none>   <none>           <none>
        $ kubectl get secret
        NAME   TYPE     DATA   AGE
        keys   Opaque   2      0s
        $ kubectl get sa
        NAME    AGE
        robot   0s
        $ kubectl get pvc
        NAME   STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   VOLUMEATTRIBUTESCLASS   AGE
        disk   Pending                                                     <unset>                 0s
        $ kubectl get ep
        NAME   ENDPOINTS      AGE
        web    192.0.2.1:80   0s
        ! Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
        $ kubectl get ns ns-case
        NAME      STATUS   AGE
        ns-case   Active   0s
      `,
    },
    {
      name: 'prints the tables of workload kinds',
      files: {
        'apps.yaml': yamlFile(
          { ...deployment('rs'), kind: 'ReplicaSet' },
          {
            apiVersion: 'apps/v1',
            kind: 'DaemonSet',
            metadata: { name: 'each' },
            spec: {
              selector: { matchLabels: { app: 'each' } },
              template: {
                metadata: { labels: { app: 'each' } },
                spec: { nodeSelector: { disk: 'ssd' }, containers: [{ name: 'main', image: 'example.com/each:1' }] },
              },
            },
          },
          {
            apiVersion: 'apps/v1',
            kind: 'StatefulSet',
            metadata: { name: 'db' },
            spec: {
              serviceName: 'db',
              selector: { matchLabels: { app: 'db' } },
              template: {
                metadata: { labels: { app: 'db' } },
                spec: { containers: [{ name: 'main', image: 'example.com/db:1' }] },
              },
            },
          },
          {
            apiVersion: 'batch/v1',
            kind: 'Job',
            metadata: { name: 'once' },
            spec: {
              template: {
                spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/once:1' }] },
              },
            },
          },
          {
            apiVersion: 'batch/v1',
            kind: 'CronJob',
            metadata: { name: 'nightly' },
            spec: {
              schedule: '0 3 * * *',
              jobTemplate: {
                spec: {
                  template: {
                    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/once:1' }] },
                  },
                },
              },
            },
          },
        ),
      },
      session: `
        $ kubectl create -f apps.yaml
        replicaset.apps/rs created
        daemonset.apps/each created
        statefulset.apps/db created
        job.batch/once created
        cronjob.batch/nightly created
        $ kubectl get rs
        NAME   DESIRED   CURRENT   READY   AGE
        rs     2         0         0       0s
        $ kubectl get rs -o wide
        NAME   DESIRED   CURRENT   READY   AGE   CONTAINERS   IMAGES              SELECTOR
        rs     2         0         0       0s    main         example.com/web:1   app=rs
        $ kubectl get ds
        NAME   DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE
        each   0         0         0       0            0           disk=ssd        0s
        $ kubectl get ds -o wide
        NAME   DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE   CONTAINERS   IMAGES               SELECTOR
        each   0         0         0       0            0           disk=ssd        0s    main         example.com/each:1   app=each
        $ kubectl get sts
        NAME   READY   AGE
        db     0/1     0s
        $ kubectl get job
        NAME   STATUS    COMPLETIONS   DURATION   AGE
        once   Running   0/1                      0s
        $ kubectl get cj
        NAME      SCHEDULE    TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE
        nightly   0 3 * * *   <none>     False     0        <none>          0s
      `,
    },
    {
      name: 'prints the tables of networking and scaling kinds',
      files: {
        'net.yaml': yamlFile(
          {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'Ingress',
            metadata: { name: 'front' },
            spec: {
              ingressClassName: 'nginx',
              rules: [
                {
                  host: 'web.example.com',
                  http: {
                    paths: [
                      { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
                    ],
                  },
                },
              ],
            },
          },
          {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'NetworkPolicy',
            metadata: { name: 'closed' },
            spec: { podSelector: { matchLabels: { app: 'web' } } },
          },
          {
            apiVersion: 'autoscaling/v2',
            kind: 'HorizontalPodAutoscaler',
            metadata: { name: 'web' },
            spec: {
              scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
              minReplicas: 2,
              maxReplicas: 4,
              metrics: [
                {
                  type: 'Resource',
                  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
                },
              ],
            },
          },
          {
            apiVersion: 'policy/v1',
            kind: 'PodDisruptionBudget',
            metadata: { name: 'web' },
            spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
          },
          {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name: 'leader' },
            spec: { holderIdentity: 'me' },
          },
          {
            apiVersion: 'discovery.k8s.io/v1',
            kind: 'EndpointSlice',
            metadata: { name: 'web-1' },
            addressType: 'IPv4',
            ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
            endpoints: [{ addresses: ['192.0.2.1'] }, { addresses: ['192.0.2.2'] }],
          },
        ),
      },
      session: `
        $ kubectl create -f net.yaml
        ingress.networking.k8s.io/front created
        networkpolicy.networking.k8s.io/closed created
        horizontalpodautoscaler.autoscaling/web created
        poddisruptionbudget.policy/web created
        lease.coordination.k8s.io/leader created
        endpointslice.discovery.k8s.io/web-1 created
        $ kubectl get ing
        NAME    CLASS   HOSTS             ADDRESS   PORTS   AGE
        front   nginx   web.example.com             80      0s
        $ kubectl get netpol
        NAME     POD-SELECTOR   AGE
        closed   app=web        0s
        $ kubectl get hpa
        NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE
        web    Deployment/web   cpu: <unknown>/80%   2         4         0          0s
        $ kubectl get pdb
        NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
        web    1               N/A               0                     0s
        $ kubectl get lease
        NAME     HOLDER   AGE
        leader   me       0s
        $ kubectl get endpointslice
        NAME    ADDRESSTYPE   PORTS   ENDPOINTS             AGE
        web-1   IPv4          8080    192.0.2.1,192.0.2.2   0s
      `,
    },
    {
      name: 'prints the tables of RBAC kinds',
      files: {
        'rbac.yaml': yamlFile(
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'Role',
            metadata: { name: 'reader' },
            rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
          },
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'RoleBinding',
            metadata: { name: 'readers' },
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
            subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' }],
          },
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            metadata: { name: 'ns-case-reader' },
            rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
          },
        ),
      },
      session: `
        $ kubectl create -f rbac.yaml
        role.rbac.authorization.k8s.io/reader created
        rolebinding.rbac.authorization.k8s.io/readers created
        clusterrole.rbac.authorization.k8s.io/ns-case-reader created
        $ kubectl get role -o custom-columns=NAME:.metadata.name
        NAME
        reader
        $ kubectl get rolebinding
        NAME      ROLE          AGE
        readers   Role/reader   0s
        $ kubectl get rolebinding -o wide
        NAME      ROLE          AGE   USERS   GROUPS   SERVICEACCOUNTS
        readers   Role/reader   0s    ann
        $ kubectl get clusterrole ns-case-reader -o name
        clusterrole.rbac.authorization.k8s.io/ns-case-reader
        $ kubectl delete clusterrole ns-case-reader
        clusterrole.rbac.authorization.k8s.io "ns-case-reader" deleted
      `,
    },
    {
      name: 'reads raw paths',
      session: `
        $ kubectl get --raw /healthz
        ok
        $ kubectl get --raw /readyz
        ok
        $ kubectl get --raw /livez
        ok
        $ kubectl get --raw /api
        {"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":"SERVER"}]}
        $ kubectl get --raw /api/v1/namespaces/ns-case/configmaps
        {"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"<version>"},"items":[]}
        $ kubectl get --raw /nothing
        ! Error from server (NotFound): the server could not find the requested resource
        exit 1
      `,
    },
  ],
}
