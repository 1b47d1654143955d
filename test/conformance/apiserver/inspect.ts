/** kubectl's commands that explain: describe, explain, discovery, events, auth. */
import type { Topic } from '../case.ts'
import { configMap, deployment, pod, service, yamlFile } from '../objects.ts'

const files = {
  'web.yaml': yamlFile(deployment('web')),
  'svc.yaml': yamlFile(service('web')),
  'pod.yaml': yamlFile(pod('one')),
  'cm.yaml': yamlFile(configMap('cm')),
}

export const describeTopic: Topic = {
  title: 'kubectl describe',
  cases: [
    {
      name: 'describes a Deployment',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl describe deployment web
        Name:                   web
        Namespace:              ns-case
        CreationTimestamp:      <time>
        Labels:                 app=web
        Annotations:            <none>
        Selector:               app=web
        Replicas:               2 desired | 0 updated | 0 total | 0 available | 0 unavailable
        StrategyType:           RollingUpdate
        MinReadySeconds:        0
        RollingUpdateStrategy:  25% max unavailable, 25% max surge
        Pod Template:
          Labels:  app=web
          Containers:
           main:
            Image:      example.com/web:1
            Port:       8080/TCP (http)
            Host Port:  0/TCP (http)
            Requests:
              cpu:     0s
              memory:  64Mi
            Environment:
              COLOR:       blue
            Mounts:        <none>
          Volumes:         <none>
          Node-Selectors:  <none>
          Tolerations:     <none>
        Events:            <none>
      `,
    },
    {
      name: 'describes a Pod',
      files,
      session: `
        $ kubectl create -f pod.yaml
        pod/one created
        $ kubectl describe pod one
        Name:         one
        Namespace:    ns-case
        Priority:     0
        Node:         <none>
        Labels:       app=one
        Annotations:  <none>
        Status:       Pending
        IP:
        IPs:          <none>
        Containers:
          main:
            Image:        example.com/web:1
            Port:         <none>
            Host Port:    <none>
            Environment:  <none>
            Mounts:       <none>
        Volumes:          <none>
        QoS Class:        BestEffort
        Node-Selectors:   <none>
        Tolerations:      node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
                          node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
        Events:           <none>
      `,
    },
    {
      name: 'describes a Service',
      files,
      session: `
        $ kubectl create -f svc.yaml
        service/web created
        $ kubectl describe svc web
        Name:                     web
        Namespace:                ns-case
        Labels:                   app=web
        Annotations:              <none>
        Selector:                 app=web
        Type:                     ClusterIP
        IP Family Policy:         SingleStack
        IP Families:              IPv4
        IP:                       None
        IPs:                      None
        Port:                     http  80/TCP
        TargetPort:               http/TCP
        Endpoints:                <none>
        Session Affinity:         None
        Internal Traffic Policy:  Cluster
        Events:                   <none>
      `,
    },
    {
      name: 'describes a Namespace and what limits it',
      files: {
        'quota.yaml': yamlFile({
          apiVersion: 'v1',
          kind: 'LimitRange',
          metadata: { name: 'sizes' },
          spec: { limits: [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '100m' } }] },
        }),
      },
      session: `
        $ kubectl create -f quota.yaml
        limitrange/sizes created
        $ kubectl describe ns ns-case
        Name:         ns-case
        Labels:       kubernetes.io/metadata.name=ns-case
        Annotations:  <none>
        Status:       Active

        No resource quota.

        Resource Limits
         Type       Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio
         ----       --------  ---  ---  ---------------  -------------  -----------------------
         Container  cpu       -    -    100m             1              -
      `,
    },
    {
      name: 'describes ConfigMaps and Secrets',
      files,
      session: `
        $ kubectl create -f cm.yaml
        configmap/cm created
        $ kubectl describe cm cm
        Name:         cm
        Namespace:    ns-case
        Labels:       app=cm
        Annotations:  <none>

        Data
        ====
        color:
        ----
        blue


        BinaryData
        ====

        Events:  <none>
        $ kubectl create secret generic keys --from-literal=user=ann
        secret/keys created
        $ kubectl describe secret keys
        Name:         keys
        Namespace:    ns-case
        Labels:       <none>
        Annotations:  <none>

        Type:  Opaque

        Data
        ====
        user:  3 bytes
      `,
    },
    {
      name: 'describes an autoscaler, an Ingress, a Job and a Role',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl autoscale deployment web --min=2 --max=5 --cpu=80%
        horizontalpodautoscaler.autoscaling/web autoscaled
        $ kubectl describe hpa web
        Name:                                                  web
        Namespace:                                             ns-case
        Labels:                                                <none>
        Annotations:                                           <none>
        CreationTimestamp:                                     <time>
        Reference:                                             Deployment/web
        Metrics:                                               ( current / target )
          resource cpu on pods  (as a percentage of request):  <unknown> / 80%
        Min replicas:                                          2
        Max replicas:                                          5
        Deployment pods:                                       0 current / 0 desired
        Events:                                                <none>
        $ kubectl create ingress front --rule="web.example.com/*=web:80"
        ingress.networking.k8s.io/front created
        $ kubectl describe ingress front
        Name:             front
        Labels:           <none>
        Namespace:        ns-case
        Address:
        Ingress Class:    <none>
        Default backend:  <default>
        Rules:
          Host             Path  Backends
          ----             ----  --------
          web.example.com
                           /   web:80 (<error: services "web" not found>)
        Annotations:       <none>
        Events:            <none>
        $ kubectl create role reader --verb=get,list --resource=pods
        role.rbac.authorization.k8s.io/reader created
        $ kubectl describe role reader
        Name:         reader
        Labels:       <none>
        Annotations:  <none>
        PolicyRule:
          Resources  Non-Resource URLs  Resource Names  Verbs
          ---------  -----------------  --------------  -----
          pods       []                 []              [get list]
        $ kubectl create rolebinding readers --role=reader --user=ann
        rolebinding.rbac.authorization.k8s.io/readers created
        $ kubectl describe rolebinding readers
        Name:         readers
        Labels:       <none>
        Annotations:  <none>
        Role:
          Kind:  Role
          Name:  reader
        Subjects:
          Kind  Name  Namespace
          ----  ----  ---------
          User  ann
        $ kubectl create sa robot
        serviceaccount/robot created
        $ kubectl describe sa robot
        Name:                robot
        Namespace:           ns-case
        Labels:              <none>
        Annotations:         <none>
        Image pull secrets:  <none>
        Events:              <none>
      `,
    },
    {
      name: 'describes by prefix, by selector and several at once',
      files: { 'maps.yaml': yamlFile(configMap('aa'), configMap('ab')) },
      session: `
        $ kubectl create -f maps.yaml
        configmap/aa created
        configmap/ab created
        $ kubectl describe cm -l app=aa
        Name:         aa
        Namespace:    ns-case
        Labels:       app=aa
        Annotations:  <none>

        Data
        ====
        color:
        ----
        blue


        BinaryData
        ====

        Events:  <none>
        $ kubectl describe cm a
        Name:         aa
        Namespace:    ns-case
        Labels:       app=aa
        Annotations:  <none>

        Data
        ====
        color:
        ----
        blue


        BinaryData
        ====


        Name:         ab
        Namespace:    ns-case
        Labels:       app=ab
        Annotations:  <none>

        Data
        ====
        color:
        ----
        blue


        BinaryData
        ====


        $ kubectl describe cm none
        ! Error from server (NotFound): configmaps "none" not found
        exit 1
      `,
    },
    {
      name: 'shows the events of an object',
      files: {
        ...files,
        'event.yaml': yamlFile({
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: 'cm.1', namespace: 'ns-case' },
          type: 'Warning',
          reason: 'Tested',
          message: 'it was tested',
          count: 3,
          // So long ago that the age stays at the longest that kubectl can count, whatever the day.
          firstTimestamp: '0002-01-01T00:00:00Z',
          lastTimestamp: '2026-01-01T00:00:00Z',
          source: { component: 'tester' },
          involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'cm', namespace: 'ns-case' },
        }),
      },
      session: `
        $ kubectl create -f cm.yaml -f event.yaml
        configmap/cm created
        event/cm.1 created
        $ kubectl get events -o custom-columns=TYPE:.type,REASON:.reason,OBJECT:.involvedObject.name,MESSAGE:.message,COUNT:.count
        TYPE      REASON   OBJECT   MESSAGE         COUNT
        Warning   Tested   cm       it was tested   3
        $ kubectl get events.v1.events.k8s.io cm.1 -o jsonpath='{.regarding.name} {.note} {.deprecatedCount} {.deprecatedSource.component}{"\\n"}'
        cm it was tested 3 tester
        $ kubectl get event --field-selector reason=Tested,type=Warning -o name
        event/cm.1
        $ kubectl get event --field-selector involvedObject.name=other -o name
        $ kubectl events --for configmap/cm
        LAST SEEN             TYPE      REASON   OBJECT         MESSAGE
        0s   (x3 over 292y)   Warning   Tested   ConfigMap/cm   it was tested
        $ kubectl events --types=Normal
        ! No events found in ns-case namespace.
        $ kubectl describe cm cm --show-events=false
        Name:         cm
        Namespace:    ns-case
        Labels:       app=cm
        Annotations:  <none>

        Data
        ====
        color:
        ----
        blue


        BinaryData
        ====
      `,
    },
  ],
}

export const explainTopic: Topic = {
  title: 'kubectl explain',
  cases: [
    {
      name: 'explains a kind',
      hidesProse: true,
      session: `
        $ kubectl explain configmap
        KIND:       ConfigMap
        VERSION:    v1

        DESCRIPTION:
        FIELDS:
          apiVersion	<string>
          binaryData	<map[string]string>
          data	<map[string]string>
          immutable	<boolean>
          kind	<string>
          metadata	<ObjectMeta>
      `,
    },
    {
      name: 'explains a field and its enum',
      hidesProse: true,
      session: `
        $ kubectl explain deployment.spec.strategy.type
        GROUP:      apps
        KIND:       Deployment
        VERSION:    v1

        FIELD: type <string>
        ENUM:
            Recreate
            RollingUpdate

        DESCRIPTION:
        $ kubectl explain pod.spec.restartPolicy
        KIND:       Pod
        VERSION:    v1

        FIELD: restartPolicy <string>
        ENUM:
            Always
            Never
            OnFailure

        DESCRIPTION:
      `,
    },
    {
      name: 'explains a list of objects',
      hidesProse: true,
      session: `
        $ kubectl explain service.spec.ports
        KIND:       Service
        VERSION:    v1

        FIELD: ports <[]ServicePort>


        DESCRIPTION:
        FIELDS:
          appProtocol	<string>
          name	<string>
          nodePort	<integer>
          port	<integer> -required-
          protocol	<string>
          enum: SCTP, TCP, UDP
          targetPort	<IntOrString>
      `,
    },
    {
      name: 'explains recursively',
      hidesProse: true,
      session: `
        $ kubectl explain deployment.spec.strategy --recursive
        GROUP:      apps
        KIND:       Deployment
        VERSION:    v1

        FIELD: strategy <DeploymentStrategy>


        DESCRIPTION:
        FIELDS:
          rollingUpdate	<RollingUpdateDeployment>
            maxSurge	<IntOrString>
            maxUnavailable	<IntOrString>
          type	<string>
          enum: Recreate, RollingUpdate
        $ kubectl explain ingress.spec.rules --recursive
        GROUP:      networking.k8s.io
        KIND:       Ingress
        VERSION:    v1

        FIELD: rules <[]IngressRule>


        DESCRIPTION:
        FIELDS:
          host	<string>
          http	<HTTPIngressRuleValue>
            paths	<[]HTTPIngressPath> -required-
              backend	<IngressBackend> -required-
                resource	<TypedLocalObjectReference>
                  apiGroup	<string>
                  kind	<string> -required-
                  name	<string> -required-
                service	<IngressServiceBackend>
                  name	<string> -required-
                  port	<ServiceBackendPort>
                    name	<string>
                    number	<integer>
              path	<string>
              pathType	<string> -required-
              enum: Exact, ImplementationSpecific, Prefix
      `,
    },
    {
      name: 'explains a kind in the version that is asked for',
      hidesProse: true,
      session: `
        $ kubectl explain hpa.spec.scaleTargetRef --api-version=autoscaling/v2
        GROUP:      autoscaling
        KIND:       HorizontalPodAutoscaler
        VERSION:    v2

        FIELD: scaleTargetRef <CrossVersionObjectReference>


        DESCRIPTION:
        FIELDS:
          apiVersion	<string>
          kind	<string> -required-
          name	<string> -required-
        $ kubectl explain hpa.spec.behavior.scaleDown --api-version=autoscaling/v2
        GROUP:      autoscaling
        KIND:       HorizontalPodAutoscaler
        VERSION:    v2

        FIELD: scaleDown <HPAScalingRules>


        DESCRIPTION:
        FIELDS:
          policies	<[]HPAScalingPolicy>
          selectPolicy	<string>
          stabilizationWindowSeconds	<integer>
          tolerance	<Quantity>
      `,
    },
    {
      name: 'says what it does not know',
      hidesProse: true,
      session: `
        $ kubectl explain nonsense
        ! the server doesn't have a resource type "nonsense"
        exit 1
        $ kubectl explain pod.spec.nonsense
        KIND:       Pod
        VERSION:    v1

        ! error: field "nonsense" does not exist
        exit 1
        $ kubectl explain pod --api-version=apps/v9
        ! error: couldn't find resource for "apps/v9, Resource=pods"
        exit 1
      `,
    },
  ],
}

export const discoveryTopic: Topic = {
  title: 'kubectl api-resources, api-versions, version and auth',
  cases: [
    {
      name: 'lists the resources of apps',
      session: `
        $ kubectl api-resources --api-group=apps
        NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND
        controllerrevisions                apps/v1      true         ControllerRevision
        daemonsets            ds           apps/v1      true         DaemonSet
        deployments           deploy       apps/v1      true         Deployment
        replicasets           rs           apps/v1      true         ReplicaSet
        statefulsets          sts          apps/v1      true         StatefulSet
        $ kubectl api-resources --api-group=apps -o wide
        NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND                 VERBS                                                        CATEGORIES
        controllerrevisions                apps/v1      true         ControllerRevision   create,delete,deletecollection,get,list,patch,update,watch
        daemonsets            ds           apps/v1      true         DaemonSet            create,delete,deletecollection,get,list,patch,update,watch   all
        deployments           deploy       apps/v1      true         Deployment           create,delete,deletecollection,get,list,patch,update,watch   all
        replicasets           rs           apps/v1      true         ReplicaSet           create,delete,deletecollection,get,list,patch,update,watch   all
        statefulsets          sts          apps/v1      true         StatefulSet          create,delete,deletecollection,get,list,patch,update,watch   all
        $ kubectl api-resources --api-group=apps -o name --sort-by=kind
        controllerrevisions.apps
        daemonsets.apps
        deployments.apps
        replicasets.apps
        statefulsets.apps
      `,
    },
    {
      name: 'lists the resources of other groups',
      session: `
        $ kubectl api-resources --api-group=batch
        NAME       SHORTNAMES   APIVERSION   NAMESPACED   KIND
        cronjobs   cj           batch/v1     true         CronJob
        jobs                    batch/v1     true         Job
        $ kubectl api-resources --api-group=autoscaling
        NAME                       SHORTNAMES   APIVERSION       NAMESPACED   KIND
        horizontalpodautoscalers   hpa          autoscaling/v2   true         HorizontalPodAutoscaler
        $ kubectl api-resources --api-group=apiextensions.k8s.io
        NAME                        SHORTNAMES   APIVERSION                NAMESPACED   KIND
        customresourcedefinitions   crd,crds     apiextensions.k8s.io/v1   false        CustomResourceDefinition
        $ kubectl api-resources --api-group=coordination.k8s.io
        NAME     SHORTNAMES   APIVERSION               NAMESPACED   KIND
        leases                coordination.k8s.io/v1   true         Lease
        $ kubectl api-resources --api-group=discovery.k8s.io
        NAME             SHORTNAMES   APIVERSION            NAMESPACED   KIND
        endpointslices                discovery.k8s.io/v1   true         EndpointSlice
        $ kubectl api-resources --api-group=rbac.authorization.k8s.io
        NAME                  SHORTNAMES   APIVERSION                     NAMESPACED   KIND
        clusterrolebindings                rbac.authorization.k8s.io/v1   false        ClusterRoleBinding
        clusterroles                       rbac.authorization.k8s.io/v1   false        ClusterRole
        rolebindings                       rbac.authorization.k8s.io/v1   true         RoleBinding
        roles                              rbac.authorization.k8s.io/v1   true         Role
        $ kubectl api-resources --api-group=policy
        NAME                   SHORTNAMES   APIVERSION   NAMESPACED   KIND
        poddisruptionbudgets   pdb          policy/v1    true         PodDisruptionBudget
        $ kubectl api-resources --api-group=events.k8s.io
        NAME     SHORTNAMES   APIVERSION         NAMESPACED   KIND
        events   ev           events.k8s.io/v1   true         Event
      `,
    },
    {
      name: 'lists the core resources',
      session: `
        $ kubectl api-resources --api-group= --verbs=list,create -o wide
        NAME                     SHORTNAMES   APIVERSION   NAMESPACED   KIND                    VERBS                                                        CATEGORIES
        configmaps               cm           v1           true         ConfigMap               create,delete,deletecollection,get,list,patch,update,watch
        endpoints                ep           v1           true         Endpoints               create,delete,deletecollection,get,list,patch,update,watch
        events                   ev           v1           true         Event                   create,delete,deletecollection,get,list,patch,update,watch
        limitranges              limits       v1           true         LimitRange              create,delete,deletecollection,get,list,patch,update,watch
        namespaces               ns           v1           false        Namespace               create,delete,get,list,patch,update,watch
        nodes                    no           v1           false        Node                    create,delete,deletecollection,get,list,patch,update,watch
        persistentvolumeclaims   pvc          v1           true         PersistentVolumeClaim   create,delete,deletecollection,get,list,patch,update,watch
        persistentvolumes        pv           v1           false        PersistentVolume        create,delete,deletecollection,get,list,patch,update,watch
        pods                     po           v1           true         Pod                     create,delete,deletecollection,get,list,patch,update,watch   all
        podtemplates                          v1           true         PodTemplate             create,delete,deletecollection,get,list,patch,update,watch
        replicationcontrollers   rc           v1           true         ReplicationController   create,delete,deletecollection,get,list,patch,update,watch   all
        resourcequotas           quota        v1           true         ResourceQuota           create,delete,deletecollection,get,list,patch,update,watch
        secrets                               v1           true         Secret                  create,delete,deletecollection,get,list,patch,update,watch
        serviceaccounts          sa           v1           true         ServiceAccount          create,delete,deletecollection,get,list,patch,update,watch
        services                 svc          v1           true         Service                 create,delete,deletecollection,get,list,patch,update,watch   all
      `,
    },
    {
      name: 'filters resources by verb and scope',
      session: `
        $ kubectl api-resources --api-group=apps --namespaced=false
        NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND
        $ kubectl api-resources --api-group=autoscaling --verbs=list,watch -o name
        horizontalpodautoscalers.autoscaling
        $ kubectl api-resources --api-group=none
        NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND
      `,
    },
    {
      name: 'finds a resource by its short name, singular, plural, kind and group',
      files,
      session: `
        $ kubectl create -f web.yaml
        deployment.apps/web created
        $ kubectl get deploy -o name
        deployment.apps/web
        $ kubectl get deployment -o name
        deployment.apps/web
        $ kubectl get deployments -o name
        deployment.apps/web
        $ kubectl get Deployment -o name
        deployment.apps/web
        $ kubectl get deployments.apps -o name
        deployment.apps/web
        $ kubectl get deployments.v1.apps -o name
        deployment.apps/web
        $ kubectl get deployments.v9.apps -o name
        ! error: the server doesn't have a resource type "deployments"
        exit 1
        $ kubectl get deployments.nogroup -o name
        ! error: the server doesn't have a resource type "deployments"
        exit 1
      `,
    },
    {
      name: 'reports the version of the server',
      session: `
        $ kubectl version
        Client Version: v1.36.3
        Kustomize Version: v5.8.1
        Server Version: v1.37.2
      `,
    },
    {
      name: 'says where the control plane is',
      session: `
        $ kubectl cluster-info
        Kubernetes control plane is running at https://SERVER

        To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
      `,
    },
    {
      name: 'asks what the user may do',
      session: `
        $ kubectl auth can-i get pods
        yes
        $ kubectl auth can-i '*' '*' --all-namespaces
        yes
        $ kubectl auth can-i create deployments.apps --subresource=scale -n ns-case
        yes
        $ kubectl auth can-i get nonsense
        yes
        ! Warning: the server doesn't have a resource type 'nonsense'
        !
      `,
    },
    {
      name: 'shows the kubeconfig without its secrets',
      session: `
        $ kubectl config view
        apiVersion: v1
        clusters:
        - cluster:
            certificate-authority-data: DATA+OMITTED
            server: https://SERVER
          name: default
        contexts:
        - context:
            cluster: default
            namespace: ns-case
            user: default
          name: default
        current-context: default
        kind: Config
        users:
        - name: default
          user:
            token: REDACTED
        $ kubectl config current-context
        default
        $ kubectl config get-contexts
        CURRENT   NAME      CLUSTER   AUTHINFO   NAMESPACE
        *         default   default   default    ns-case
        $ kubectl config get-clusters
        NAME
        default
      `,
    },
    {
      name: 'shows resources of a group and version as discovery has them',
      session: `
        $ kubectl get --raw /apis/apps/v1
        {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"apps/v1","resources":[{"name":"controllerrevisions","singularName":"controllerrevision","namespaced":true,"kind":"ControllerRevision","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"storageVersionHash":"85nkx63pcBU="},{"name":"daemonsets","singularName":"daemonset","namespaced":true,"kind":"DaemonSet","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["ds"],"categories":["all"],"storageVersionHash":"dd7pWHUlMKQ="},{"name":"daemonsets/status","singularName":"","namespaced":true,"kind":"DaemonSet","verbs":["get","patch","update"]},{"name":"deployments","singularName":"deployment","namespaced":true,"kind":"Deployment","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["deploy"],"categories":["all"],"storageVersionHash":"8aSe+NMegvE="},{"name":"deployments/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get","patch","update"]},{"name":"deployments/status","singularName":"","namespaced":true,"kind":"Deployment","verbs":["get","patch","update"]},{"name":"replicasets","singularName":"replicaset","namespaced":true,"kind":"ReplicaSet","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["rs"],"categories":["all"],"storageVersionHash":"P1RzHs8/mWQ="},{"name":"replicasets/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get","patch","update"]},{"name":"replicasets/status","singularName":"","namespaced":true,"kind":"ReplicaSet","verbs":["get","patch","update"]},{"name":"statefulsets","singularName":"statefulset","namespaced":true,"kind":"StatefulSet","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["sts"],"categories":["all"],"storageVersionHash":"H+vl74LkKdo="},{"name":"statefulsets/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale","verbs":["get","patch","update"]},{"name":"statefulsets/status","singularName":"","namespaced":true,"kind":"StatefulSet","verbs":["get","patch","update"]}]}
        $ kubectl get --raw /apis/apps
        {"kind":"APIGroup","apiVersion":"v1","name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}
        $ kubectl get --raw /apis/coordination.k8s.io
        {"kind":"APIGroup","apiVersion":"v1","name":"coordination.k8s.io","versions":[{"groupVersion":"coordination.k8s.io/v1","version":"v1"}],"preferredVersion":{"groupVersion":"coordination.k8s.io/v1","version":"v1"}}
        $ kubectl get --raw /apis/batch/v1
        {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"batch/v1","resources":[{"name":"cronjobs","singularName":"cronjob","namespaced":true,"kind":"CronJob","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["cj"],"categories":["all"],"storageVersionHash":"sd5LIXh4Fjs="},{"name":"cronjobs/status","singularName":"","namespaced":true,"kind":"CronJob","verbs":["get","patch","update"]},{"name":"jobs","singularName":"job","namespaced":true,"kind":"Job","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"categories":["all"],"storageVersionHash":"mudhfqk/qZY="},{"name":"jobs/status","singularName":"","namespaced":true,"kind":"Job","verbs":["get","patch","update"]}]}
      `,
    },
  ],
}
