/** Custom kinds: their life, what they check, how they print. */
import type { Topic } from '../case.ts'
import { type Plain, yamlFile } from '../objects.ts'

const group = 'ns-case.example.com'

/** A definition with everything that one can have; `change` goes over its only version. */
function definition(change: Plain = {}): Plain {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', shortNames: ['gd'], categories: ['things'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.replicas',
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.selector',
            },
          },
          additionalPrinterColumns: [
            { name: 'Color', type: 'string', jsonPath: '.spec.color' },
            { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
            { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: 'A gadget of the suite.',
              required: ['spec'],
              properties: {
                spec: {
                  type: 'object',
                  description: 'What is wanted.',
                  required: ['color'],
                  properties: {
                    color: { type: 'string', enum: ['red', 'green', 'blue'], description: 'Its color.' },
                    size: { type: 'integer', minimum: 1, maximum: 10 },
                    replicas: { type: 'integer', default: 1 },
                    name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5, minLength: 2 },
                    tags: { type: 'array', maxItems: 2, items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
                    parts: {
                      type: 'array',
                      'x-kubernetes-list-type': 'map',
                      'x-kubernetes-list-map-keys': ['id'],
                      items: {
                        type: 'object',
                        required: ['id'],
                        properties: { id: { type: 'string' }, count: { type: 'integer', default: 1 } },
                      },
                    },
                    ratio: { type: 'number', exclusiveMinimum: true, minimum: 0 },
                    port: { 'x-kubernetes-int-or-string': true },
                    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                    labels: { type: 'object', additionalProperties: { type: 'string' } },
                    maybe: { type: 'string', nullable: true },
                    choice: {
                      type: 'object',
                      properties: { a: { type: 'string' }, b: { type: 'string' } },
                      oneOf: [{ required: ['a'] }, { required: ['b'] }],
                    },
                  },
                },
                status: {
                  type: 'object',
                  properties: {
                    phase: { type: 'string' },
                    replicas: { type: 'integer' },
                    selector: { type: 'string' },
                  },
                },
              },
            },
          },
          ...change,
        },
      ],
    },
  }
}

function gadget(name: string, spec: Plain, more: Plain = {}): Plain {
  return { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name }, spec, ...more }
}

const files = {
  'crd.yaml': yamlFile(definition()),
  'red.yaml': yamlFile(gadget('red', { color: 'red' })),
  'two.yaml': yamlFile(gadget('red', { color: 'red' }), gadget('blue', { color: 'blue', replicas: 3 })),
}

export const crdTopic: Topic = {
  title: 'custom kinds',
  cases: [
    {
      name: 'a definition is established, used and removed with its objects',
      alone: true,
      files,
      session: `
        $ kubectl create -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com created
        $ kubectl wait --for=condition=Established crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl get crd gadgets.ns-case.example.com -o yaml
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          creationTimestamp: "<time>"
          generation: 1
          name: gadgets.ns-case.example.com
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          conversion:
            strategy: None
          group: ns-case.example.com
          names:
            categories:
            - things
            kind: Gadget
            listKind: GadgetList
            plural: gadgets
            shortNames:
            - gd
            singular: gadget
          scope: Namespaced
          versions:
          - additionalPrinterColumns:
            - jsonPath: .spec.color
              name: Color
              type: string
            - jsonPath: .spec.replicas
              name: Replicas
              priority: 1
              type: integer
            - jsonPath: .status.phase
              name: Phase
              type: string
            - jsonPath: .metadata.creationTimestamp
              name: Age
              type: date
            name: v1
            schema:
              openAPIV3Schema:
                description: A gadget of the suite.
                properties:
                  spec:
                    description: What is wanted.
                    properties:
                      choice:
                        oneOf:
                        - required:
                          - a
                        - required:
                          - b
                        properties:
                          a:
                            type: string
                          b:
                            type: string
                        type: object
                      color:
                        description: Its color.
                        enum:
                        - red
                        - green
                        - blue
                        type: string
                      free:
                        type: object
                        x-kubernetes-preserve-unknown-fields: true
                      labels:
                        additionalProperties:
                          type: string
                        type: object
                      maybe:
                        nullable: true
                        type: string
                      name:
                        maxLength: 5
                        minLength: 2
                        pattern: ^[a-z]+$
                        type: string
                      parts:
                        items:
                          properties:
                            count:
                              default: 1
                              type: integer
                            id:
                              type: string
                          required:
                          - id
                          type: object
                        type: array
                        x-kubernetes-list-map-keys:
                        - id
                        x-kubernetes-list-type: map
                      port:
                        x-kubernetes-int-or-string: true
                      ratio:
                        exclusiveMinimum: true
                        minimum: 0
                        type: number
                      replicas:
                        default: 1
                        type: integer
                      size:
                        maximum: 10
                        minimum: 1
                        type: integer
                      tags:
                        items:
                          type: string
                        maxItems: 2
                        type: array
                        x-kubernetes-list-type: set
                    required:
                    - color
                    type: object
                  status:
                    properties:
                      phase:
                        type: string
                      replicas:
                        type: integer
                      selector:
                        type: string
                    type: object
                required:
                - spec
                type: object
            served: true
            storage: true
            subresources:
              scale:
                labelSelectorPath: .status.selector
                specReplicasPath: .spec.replicas
                statusReplicasPath: .status.replicas
              status: {}
        status:
          acceptedNames:
            categories:
            - things
            kind: Gadget
            listKind: GadgetList
            plural: gadgets
            shortNames:
            - gd
            singular: gadget
          conditions:
          - lastTransitionTime: "<time>"
            message: no conflicts found
            reason: NoConflicts
            status: "True"
            type: NamesAccepted
          - lastTransitionTime: "<time>"
            message: the initial names have been accepted
            reason: InitialNamesAccepted
            status: "True"
            type: Established
          storedVersions:
          - v1
        $ kubectl api-resources --api-group=ns-case.example.com
        NAME      SHORTNAMES   APIVERSION               NAMESPACED   KIND
        gadgets   gd           ns-case.example.com/v1   true         Gadget
        $ kubectl create -f two.yaml
        gadget.ns-case.example.com/red created
        gadget.ns-case.example.com/blue created
        $ kubectl get gadgets
        NAME   COLOR   PHASE   AGE
        blue   blue            0s
        red    red             0s
        $ kubectl get gadgets -o wide
        NAME   COLOR   REPLICAS   PHASE   AGE
        blue   blue    3                  0s
        red    red     1                  0s
        $ kubectl get gd red -o yaml
        apiVersion: ns-case.example.com/v1
        kind: Gadget
        metadata:
          creationTimestamp: "<time>"
          generation: 1
          name: red
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          color: red
          replicas: 1
        $ kubectl get things
        NAME   COLOR   PHASE   AGE
        blue   blue            0s
        red    red             0s
        $ kubectl get gadget.v1.ns-case.example.com -o name
        gadget.ns-case.example.com/blue
        gadget.ns-case.example.com/red
        $ kubectl delete -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io "gadgets.ns-case.example.com" deleted
        $ kubectl get gadgets
        ! Error from server (NotFound): Unable to list "ns-case.example.com/v1, Resource=gadgets": the server could not find the requested resource (get gadgets.ns-case.example.com)
        exit 1
      `,
    },
    {
      name: 'objects are defaulted and pruned, and unknown fields refused when strict',
      alone: true,
      files: {
        ...files,
        'extra.yaml': yamlFile(
          gadget('extra', {
            color: 'red',
            extra: true,
            parts: [
              { id: 'a', more: 1 },
              { id: 'b', count: 2 },
            ],
            free: { any: { thing: [1] } },
            labels: { a: 'b' },
            port: 'http',
            maybe: null,
          }),
        ),
      },
      session: `
        $ kubectl create -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com created
        $ kubectl wait --for=condition=Established crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl create -f extra.yaml
        ! Error from server (BadRequest): error when creating "extra.yaml": Gadget in version "v1" cannot be handled as a Gadget: strict decoding error: unknown field "spec.extra", unknown field "spec.parts[0].more"
        exit 1
        $ kubectl create -f extra.yaml --validate=warn
        gadget.ns-case.example.com/extra created
        ! Warning: unknown field "spec.extra"
        ! Warning: unknown field "spec.parts[0].more"
        $ kubectl get gd extra -o jsonpath='{.spec}{"\\n"}'
        {"color":"red","free":{"any":{"thing":[1]}},"labels":{"a":"b"},"maybe":null,"parts":[{"count":1,"id":"a"},{"count":2,"id":"b"}],"port":"http","replicas":1}
        $ kubectl delete crd gadgets.ns-case.example.com
        customresourcedefinition.apiextensions.k8s.io "gadgets.ns-case.example.com" deleted
      `,
    },
    {
      name: 'every rule of the schema is checked',
      alone: true,
      files: {
        ...files,
        'enum.yaml': yamlFile(gadget('x', { color: 'pink' })),
        'missing.yaml': yamlFile(gadget('x', {})),
        'nospec.yaml': yamlFile({ apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'x' } }),
        'range.yaml': yamlFile(gadget('x', { color: 'red', size: 11, ratio: 0, name: 'ABCDEF' })),
        'low.yaml': yamlFile(gadget('x', { color: 'red', size: 0, name: 'a' })),
        'type.yaml': yamlFile(gadget('x', { color: 1, size: 'big', tags: 'a', parts: {}, port: [] })),
        'list.yaml': yamlFile(
          gadget('x', { color: 'red', tags: ['a', 'a', 'b'], parts: [{ id: 'a' }, { id: 'a' }, { count: 1 }] }),
        ),
        'choice.yaml': yamlFile(gadget('x', { color: 'red', choice: { a: 'x', b: 'y' } })),
        'map.yaml': yamlFile(gadget('x', { color: 'red', labels: { a: 1 } })),
      },
      session: `
        $ kubectl create -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com created
        $ kubectl wait --for=condition=Established crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl create -f enum.yaml
        ! The Gadget "x" is invalid: spec.color: Unsupported value: "pink": supported values: "red", "green", "blue"
        exit 1
        $ kubectl create -f missing.yaml
        ! The Gadget "x" is invalid: spec.color: Required value
        exit 1
        $ kubectl create -f nospec.yaml
        ! The Gadget "x" is invalid: spec: Required value
        exit 1
        $ kubectl create -f range.yaml
        ! The Gadget "x" is invalid:
        ! * spec.name: Too long: may not be more than 5 bytes
        ! * spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0
        ! * spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10
        exit 1
        $ kubectl create -f low.yaml
        ! The Gadget "x" is invalid:
        ! * spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long
        ! * spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1
        exit 1
        $ kubectl create -f type.yaml
        ! The Gadget "x" is invalid:
        ! * spec.color: Invalid value: "integer": spec.color in body must be of type string: "integer"
        ! * spec.color: Unsupported value: 1: supported values: "red", "green", "blue"
        ! * spec.parts: Invalid value: "object": spec.parts in body must be of type array: "object"
        ! * spec.port: Invalid value: "array": spec.port in body must be of type integer,string: "array"
        ! * spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"
        ! * spec.tags: Invalid value: "string": spec.tags in body must be of type array: "string"
        exit 1
        $ kubectl create -f list.yaml
        ! The Gadget "x" is invalid:
        ! * spec.parts[1]: Duplicate value: {"id":"a"}
        ! * spec.parts[2].id: Required value
        ! * spec.tags: Too many: 3: must have at most 2 items
        ! * spec.tags[1]: Duplicate value: "a"
        exit 1
        $ kubectl create -f choice.yaml
        ! The Gadget "x" is invalid: <nil>: Invalid value: "": "spec.choice" must validate one and only one schema (oneOf). Found 2 valid alternatives
        exit 1
        $ kubectl create -f map.yaml
        ! The Gadget "x" is invalid: spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"
        exit 1
        $ kubectl delete crd gadgets.ns-case.example.com
        customresourcedefinition.apiextensions.k8s.io "gadgets.ns-case.example.com" deleted
      `,
    },
    {
      name: 'status and scale are separate from the object',
      alone: true,
      files: {
        ...files,
        'full.yaml': yamlFile(gadget('red', { color: 'red' }, { status: { phase: 'Ready' } })),
      },
      session: `
        $ kubectl create -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com created
        $ kubectl wait --for=condition=Established crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl create -f full.yaml
        gadget.ns-case.example.com/red created
        $ kubectl get gd red
        NAME   COLOR   PHASE   AGE
        red    red             0s
        $ kubectl patch gd red --subresource=status --type=merge -p '{"spec":{"color":"blue"},"status":{"phase":"Ready","replicas":1,"selector":"app=red"}}'
        gadget.ns-case.example.com/red patched
        $ kubectl get gd red
        NAME   COLOR   PHASE   AGE
        red    red     Ready   0s
        $ kubectl patch gd red --type=merge -p '{"status":{"phase":"Lost"}}'
        gadget.ns-case.example.com/red patched (no change)
        $ kubectl scale gd red --replicas=4
        gadget.ns-case.example.com/red scaled
        $ kubectl get gd red -o jsonpath='{.spec} {.status} {.metadata.generation}{"\\n"}'
        {"color":"red","replicas":4} {"phase":"Ready","replicas":1,"selector":"app=red"} 2
        $ kubectl get gd red --subresource=scale -o yaml
        apiVersion: autoscaling/v1
        kind: Scale
        metadata:
          creationTimestamp: "<time>"
          name: red
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          replicas: 4
        status:
          replicas: 1
          selector: app=red
        $ kubectl patch gd red -p '{"spec":{"color":"blue"}}'
        ! error: application/strategic-merge-patch+json is not supported by ns-case.example.com/v1, Kind=Gadget: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml
        exit 1
        $ kubectl delete crd gadgets.ns-case.example.com
        customresourcedefinition.apiextensions.k8s.io "gadgets.ns-case.example.com" deleted
      `,
    },
    {
      name: 'apply, explain, describe and edit know the kind',
      alone: true,
      files: { ...files, 'edit.sed': 's/color: blue/color: green/\n' },
      session: `
        $ kubectl create -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com created
        $ kubectl wait --for=condition=Established crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl apply -f red.yaml
        gadget.ns-case.example.com/red created
        $ kubectl apply -f red.yaml
        gadget.ns-case.example.com/red unchanged
        $ kubectl apply -f two.yaml
        gadget.ns-case.example.com/red unchanged
        gadget.ns-case.example.com/blue created
        $ kubectl apply --server-side -f two.yaml
        gadget.ns-case.example.com/red serverside-applied
        gadget.ns-case.example.com/blue serverside-applied
        $ kubectl explain gadget
        GROUP:      ns-case.example.com
        KIND:       Gadget
        VERSION:    v1

        DESCRIPTION:
            A gadget of the suite.

        FIELDS:
          apiVersion	<string>
            APIVersion defines the versioned schema of this representation of an object.
            Servers should convert recognized schemas to the latest internal value, and
            may reject unrecognized values. More info:
            https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources

          kind	<string>
            Kind is a string value representing the REST resource this object
            represents. Servers may infer this from the endpoint the client submits
            requests to. Cannot be updated. In CamelCase. More info:
            https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds

          metadata	<ObjectMeta>
            Standard object's metadata. More info:
            https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata

          spec	<Object> -required-
            What is wanted.

          status	<Object>
            <no description>


        $ kubectl explain gadget.spec
        GROUP:      ns-case.example.com
        KIND:       Gadget
        VERSION:    v1

        FIELD: spec <Object>


        DESCRIPTION:
            What is wanted.

        FIELDS:
          choice	<Object>
            <no description>

          color	<string> -required-
          enum: red, green, blue
            Its color.

          free	<Object>
            <no description>

          labels	<map[string]string>
            <no description>

          maybe	<string>
            <no description>

          name	<string>
            <no description>

          parts	<[]Object>
            <no description>

          port	<Object>
            <no description>

          ratio	<number>
            <no description>

          replicas	<integer>
            <no description>

          size	<integer>
            <no description>

          tags	<[]string>
            <no description>


        $ kubectl explain gadget.spec.color
        GROUP:      ns-case.example.com
        KIND:       Gadget
        VERSION:    v1

        FIELD: color <string>
        ENUM:
            red
            green
            blue

        DESCRIPTION:
            Its color.


        $ kubectl explain gadget.spec.parts --recursive
        GROUP:      ns-case.example.com
        KIND:       Gadget
        VERSION:    v1

        FIELD: parts <[]Object>


        DESCRIPTION:
            <empty>
        FIELDS:
          count	<integer>
          id	<string> -required-

        $ kubectl describe gadget blue
        Name:         blue
        Namespace:    ns-case
        Labels:       <none>
        Annotations:  <none>
        API Version:  ns-case.example.com/v1
        Kind:         Gadget
        Metadata:
          Creation Timestamp:  <time>
          Generation:          1
          Resource Version:    <version>
          UID:                 <uid>
        Spec:
          Color:     blue
          Replicas:  3
        Events:      <none>
        $ KUBE_EDITOR="sed -i -f edit.sed" kubectl edit gadget blue
        gadget.ns-case.example.com/blue edited
        $ kubectl get gadget blue -o jsonpath='{.spec.color}{"\\n"}'
        green
        $ kubectl diff -f two.yaml
        diff -u -N LIVE/ns-case.example.com.v1.Gadget.ns-case.blue MERGED/ns-case.example.com.v1.Gadget.ns-case.blue
        --- LIVE/ns-case.example.com.v1.Gadget.ns-case.blue	<time>
        +++ MERGED/ns-case.example.com.v1.Gadget.ns-case.blue	<time>
        @@ -5,11 +5,11 @@
             kubectl.kubernetes.io/last-applied-configuration: |
               {"apiVersion":"ns-case.example.com/v1","kind":"Gadget","metadata":{"name":"blue","namespace":"ns-case"},"spec":{"color":"blue","replicas":3}}
           creationTimestamp: "<time>"
        -  generation: 2
        +  generation: 3
           name: blue
           namespace: ns-case
           resourceVersion: "<version>"
           uid: <uid>
         spec:
        -  color: green
        +  color: blue
           replicas: 3
        exit 1
        $ kubectl delete crd gadgets.ns-case.example.com
        customresourcedefinition.apiextensions.k8s.io "gadgets.ns-case.example.com" deleted
      `,
    },
    {
      name: 'server-side apply merges the list by its key',
      alone: true,
      files: {
        ...files,
        'a.yaml': yamlFile(gadget('red', { color: 'red', parts: [{ id: 'a', count: 5 }], tags: ['x'] })),
        'b.yaml': yamlFile(gadget('red', { parts: [{ id: 'b', count: 6 }], tags: ['y'], color: 'red' })),
        'c.yaml': yamlFile(gadget('red', { color: 'blue', parts: [{ id: 'a', count: 7 }] })),
      },
      session: `
        $ kubectl create -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com created
        $ kubectl wait --for=condition=Established crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl apply --server-side --field-manager=ann -f a.yaml
        gadget.ns-case.example.com/red serverside-applied
        $ kubectl apply --server-side --field-manager=ben -f b.yaml
        gadget.ns-case.example.com/red serverside-applied
        $ kubectl get gd red -o yaml --show-managed-fields
        apiVersion: ns-case.example.com/v1
        kind: Gadget
        metadata:
          creationTimestamp: "<time>"
          generation: 2
          managedFields:
          - apiVersion: ns-case.example.com/v1
            fieldsType: FieldsV1
            fieldsV1:
              f:spec:
                f:color: {}
                f:parts:
                  k:{"id":"a"}:
                    .: {}
                    f:count: {}
                    f:id: {}
                f:tags:
                  v:"x": {}
            manager: ann
            operation: Apply
            time: "<time>"
          - apiVersion: ns-case.example.com/v1
            fieldsType: FieldsV1
            fieldsV1:
              f:spec:
                f:color: {}
                f:parts:
                  k:{"id":"b"}:
                    .: {}
                    f:count: {}
                    f:id: {}
                f:tags:
                  v:"y": {}
            manager: ben
            operation: Apply
            time: "<time>"
          name: red
          namespace: ns-case
          resourceVersion: "<version>"
          uid: <uid>
        spec:
          color: red
          parts:
          - count: 5
            id: a
          - count: 6
            id: b
          replicas: 1
          tags:
          - x
          - "y"
        $ kubectl apply --server-side --field-manager=cid -f c.yaml
        ! error: Apply failed with 3 conflicts: conflicts with "ann":
        ! - .spec.color
        ! - .spec.parts[id="a"].count
        ! conflicts with "ben":
        ! - .spec.color
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
        $ kubectl apply --server-side --field-manager=ben -f red.yaml
        gadget.ns-case.example.com/red serverside-applied
        $ kubectl get gd red -o jsonpath='{.spec}{"\\n"}'
        {"color":"red","parts":[{"count":5,"id":"a"}],"replicas":1,"tags":["x"]}
        $ kubectl delete crd gadgets.ns-case.example.com
        customresourcedefinition.apiextensions.k8s.io "gadgets.ns-case.example.com" deleted
      `,
    },
    {
      // The object goes first: the real API may take a minute to see that it has emptied a definition that has just changed.
      name: 'a new version of the definition is served',
      alone: true,
      files: {
        ...files,
        'crd2.yaml': yamlFile(
          definition({ additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }] }),
        ),
      },
      session: `
        $ kubectl apply -f crd.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com created
        $ kubectl wait --for=condition=Established crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl apply -f red.yaml
        gadget.ns-case.example.com/red created
        $ kubectl apply -f crd2.yaml
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com configured
        $ kubectl wait --for=jsonpath='{.metadata.generation}'=2 crd/gadgets.ns-case.example.com --timeout=30s
        customresourcedefinition.apiextensions.k8s.io/gadgets.ns-case.example.com condition met
        $ kubectl get crd gadgets.ns-case.example.com -o jsonpath='{.status.storedVersions} {.spec.conversion}{"\\n"}'
        ["v1"] {"strategy":"None"}
        $ kubectl delete -f red.yaml
        gadget.ns-case.example.com "red" deleted from ns-case namespace
        $ kubectl delete crd gadgets.ns-case.example.com
        customresourcedefinition.apiextensions.k8s.io "gadgets.ns-case.example.com" deleted
      `,
    },
    {
      name: 'a definition that is not structural or not consistent is refused',
      files: {
        'name.yaml': yamlFile({ ...definition(), metadata: { name: 'other.ns-case.example.com' } }),
        'schema.yaml': yamlFile(
          definition({ schema: { openAPIV3Schema: { properties: { spec: { type: 'object' } } } } }),
        ),
        'noschema.yaml': yamlFile(definition({ schema: {} })),
        'storage.yaml': yamlFile(definition({ storage: false })),
        'default.yaml': yamlFile(
          definition({
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', properties: { a: { type: 'integer', default: 'x' } } } },
              },
            },
          }),
        ),
        'column.yaml': yamlFile(definition({ additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'a' }] })),
        'names.yaml': yamlFile({
          ...definition(),
          spec: {
            group,
            scope: 'Everywhere',
            names: { plural: 'Gadgets', kind: 'gadget' },
            versions: [{ name: 'V1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
          },
        }),
      },
      session: `
        $ kubectl create -f name.yaml
        ! The CustomResourceDefinition "other.ns-case.example.com" is invalid: metadata.name: Invalid value: "other.ns-case.example.com": must be spec.names.plural+"."+spec.group
        exit 1
        $ kubectl create -f schema.yaml
        ! The CustomResourceDefinition "gadgets.ns-case.example.com" is invalid: spec.validation.openAPIV3Schema.type: Required value: must not be empty at the root
        exit 1
        $ kubectl create -f noschema.yaml
        ! The CustomResourceDefinition "gadgets.ns-case.example.com" is invalid: spec.versions[0].schema.openAPIV3Schema: Required value
        exit 1
        $ kubectl create -f storage.yaml
        ! The CustomResourceDefinition "gadgets.ns-case.example.com" is invalid:
        ! * spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":false,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}]: must have exactly one version marked as storage version
        ! * status.storedVersions: Invalid value: null: must have at least one stored version
        exit 1
        $ kubectl create -f default.yaml
        ! The CustomResourceDefinition "gadgets.ns-case.example.com" is invalid: spec.validation.openAPIV3Schema.properties[spec].properties[a].default: Invalid value: "string":  in body must be of type integer: "string"
        exit 1
        $ kubectl create -f column.yaml
        ! The CustomResourceDefinition "gadgets.ns-case.example.com" is invalid:
        ! * spec.additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple json path starting with .
        ! * spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string
        exit 1
        $ kubectl create -f names.yaml
        ! The CustomResourceDefinition "gadgets.ns-case.example.com" is invalid:
        ! * metadata.name: Invalid value: "gadgets.ns-case.example.com": must be spec.names.plural+"."+spec.group
        ! * spec.names.plural: Invalid value: "Gadgets": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')
        ! * spec.scope: Unsupported value: "Everywhere": supported values: "Cluster", "Namespaced"
        ! * spec.version: Invalid value: "V1": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')
        ! * spec.versions[0].name: Invalid value: "V1": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')
        exit 1
      `,
    },
  ],
}
