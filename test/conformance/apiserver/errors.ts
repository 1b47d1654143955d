/** Every error that a request can cause before its object is looked at, with the whole Status. */
import type { JsonObject } from '../../../src/apimachinery/meta.ts'
import { failure, invalid, type Topic } from '../case.ts'
import { configMap, deployment, pod } from '../objects.ts'

const maps = '/api/v1/namespaces/ns-case/configmaps'
const deployments = '/apis/apps/v1/namespaces/ns-case/deployments'
const patchType = (name: string) => ({ 'content-type': `application/${name}` })
const deletion = (more: JsonObject) => ({ kind: 'DeleteOptions', apiVersion: 'v1', ...more })

export const requestErrors: Topic = {
  title: 'requests that cannot be served',
  cases: [
    {
      name: 'a path that no group serves is not found',
      send: { line: 'GET /apis/none.example.com/v1/things' },
      want: { code: 404, body: '404 page not found\n' },
    },
    {
      name: 'a resource that the group does not have is not found',
      send: { line: 'GET /api/v1/nonsenses' },
      want: failure(404, 'NotFound', 'the server could not find the requested resource', {}),
    },
    {
      name: 'a resource below a namespace that the group does not have is not found',
      send: { line: 'GET /apis/apps/v1/namespaces/ns-case/nonsenses/one' },
      want: failure(404, 'NotFound', 'the server could not find the requested resource', {}),
    },
    {
      name: 'a subresource that the resource does not have is not found',
      given: [configMap('cm')],
      send: { line: `GET ${maps}/cm/status` },
      want: failure(404, 'NotFound', 'the server could not find the requested resource', {}),
    },
    {
      name: 'an object that is not there is not found',
      send: { line: `GET ${maps}/none` },
      want: failure(404, 'NotFound', 'configmaps "none" not found', { name: 'none', kind: 'configmaps' }),
    },
    {
      name: 'an object of a named group that is not there is not found',
      send: { line: `GET ${deployments}/none` },
      want: failure(404, 'NotFound', 'deployments.apps "none" not found', {
        name: 'none',
        group: 'apps',
        kind: 'deployments',
      }),
    },
    {
      name: 'the scale of an object that is not there is not found',
      send: { line: `GET ${deployments}/none/scale` },
      want: failure(404, 'NotFound', 'deployments.apps "none" not found', {
        name: 'none',
        group: 'apps',
        kind: 'deployments',
      }),
    },
    {
      name: 'deleting what is not there is not found',
      send: { line: `DELETE ${maps}/none` },
      want: failure(404, 'NotFound', 'configmaps "none" not found', { name: 'none', kind: 'configmaps' }),
    },
    {
      name: 'replacing what is not there is not found',
      send: { line: `PUT ${maps}/none`, body: configMap('none') },
      want: failure(404, 'NotFound', 'configmaps "none" not found', { name: 'none', kind: 'configmaps' }),
    },
    {
      name: 'patching what is not there is not found',
      send: { line: `PATCH ${maps}/none`, body: {}, headers: patchType('merge-patch+json') },
      want: failure(404, 'NotFound', 'configmaps "none" not found', { name: 'none', kind: 'configmaps' }),
    },
    {
      name: 'creating in a namespace that is not there is not found',
      send: { line: 'POST /api/v1/namespaces/ns-case-none/configmaps', body: configMap('cm') },
      want: failure(404, 'NotFound', 'namespaces "ns-case-none" not found', {
        name: 'ns-case-none',
        kind: 'namespaces',
      }),
    },
    {
      name: 'reading in a namespace that is not there is an empty list',
      send: { line: 'GET /api/v1/namespaces/ns-case-none/configmaps' },
      want: {
        code: 200,
        body: { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '<version>' }, items: [] },
      },
    },
    {
      name: 'applying to a namespace that is not there is not found',
      send: {
        line: 'PATCH /api/v1/namespaces/ns-case-none/configmaps/cm?fieldManager=ann',
        body: configMap('cm'),
        headers: patchType('apply-patch+yaml'),
      },
      want: failure(404, 'NotFound', 'namespaces "ns-case-none" not found', {
        name: 'ns-case-none',
        kind: 'namespaces',
      }),
    },
    {
      name: 'a request without a name for the user is forbidden what the public may not see',
      needs: ['rbac'],
      send: { line: `GET ${maps}`, headers: { authorization: null } },
      want: failure(
        403,
        'Forbidden',
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "ns-case"',
        { kind: 'configmaps' },
      ),
    },
    {
      name: 'a token that nobody has is unauthorized',
      send: { line: `GET ${maps}`, headers: { authorization: 'Bearer wrong' } },
      want: failure(401, 'Unauthorized', 'Unauthorized'),
    },
    {
      name: 'a token that nobody has is unauthorized for writing as well',
      send: { line: `POST ${maps}`, body: configMap('cm'), headers: { authorization: 'Bearer wrong' } },
      want: failure(401, 'Unauthorized', 'Unauthorized'),
    },
    {
      name: 'a collection cannot be replaced',
      send: { line: `PUT ${maps}`, body: configMap('cm') },
      want: failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    },
    {
      name: 'an object cannot be posted to its own path',
      given: [configMap('cm')],
      send: { line: `POST ${maps}/cm`, body: configMap('cm') },
      want: failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    },
    {
      name: 'a collection cannot be patched',
      send: { line: `PATCH ${maps}`, body: {}, headers: patchType('merge-patch+json') },
      want: failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    },
    {
      name: 'a review cannot be listed',
      send: { line: 'GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews' },
      want: failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    },
    {
      name: 'all namespaces cannot be deleted at once',
      send: { line: 'DELETE /api/v1/namespaces' },
      want: failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    },
    {
      name: 'a status cannot be deleted',
      given: [deployment('web')],
      send: { line: `DELETE ${deployments}/web/status` },
      want: failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    },
    {
      name: 'a method that HTTP does not know is not allowed',
      send: { line: `SEARCH ${maps}/cm` },
      want: failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    },
    {
      name: 'an answer in a form that the server does not have is not acceptable',
      send: { line: `GET ${maps}`, headers: { accept: 'text/csv' } },
      want: failure(
        406,
        'NotAcceptable',
        '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
        {},
      ),
    },
    {
      name: 'a body in a form that the server does not read is unsupported',
      send: { line: `POST ${maps}`, body: 'a,b', headers: { 'content-type': 'text/csv' } },
      want: failure(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      ),
    },
    {
      name: 'a patch of a form that does not exist is unsupported',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: {}, headers: patchType('json') },
      want: failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {}),
    },
    {
      name: 'a patch without a form is unsupported',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: {}, headers: { 'content-type': null } },
      want: failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {}),
    },
    {
      name: 'a body above 3 MiB is too large',
      send: { line: `POST ${maps}`, body: { ...configMap('cm'), data: { a: 'x'.repeat(3 * 1024 * 1024) } } },
      want: failure(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
    },
    {
      name: 'a patch above 3 MiB is too large',
      given: [configMap('cm')],
      send: {
        line: `PATCH ${maps}/cm`,
        body: { data: { a: 'x'.repeat(3 * 1024 * 1024) } },
        headers: patchType('merge-patch+json'),
      },
      want: failure(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'),
    },
    {
      name: 'a version that is no number is refused in a list',
      send: { line: `GET ${maps}?resourceVersion=abc` },
      want: failure(
        400,
        'BadRequest',
        'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      ),
    },
    {
      name: 'a version that is no number is refused in a watch',
      send: { line: `GET ${maps}?watch=1&resourceVersion=abc` },
      want: failure(
        500,
        undefined,
        'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      ),
    },
    {
      name: 'a version from the future is refused in a list',
      send: { line: `GET ${maps}?resourceVersion=999999999&timeoutSeconds=1` },
      want: failure(504, 'Timeout', 'Timeout: Too large resource version: 999999999, current: <version>', {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      }),
    },
    {
      name: 'a match rule without a version is refused',
      send: { line: `GET ${maps}?resourceVersionMatch=Exact` },
      want: invalid(
        'ListOptions.meta.k8s.io ""',
        'FieldValueForbidden resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      ),
    },
    {
      name: 'a match rule that does not exist is refused',
      send: { line: `GET ${maps}?resourceVersion=1&resourceVersionMatch=Near` },
      want: invalid(
        'ListOptions.meta.k8s.io ""',
        'FieldValueNotSupported resourceVersionMatch: Unsupported value: "Near": supported values: "Exact", "NotOlderThan", ""',
      ),
    },
    {
      name: 'a match rule is refused in a watch',
      send: { line: `GET ${maps}?watch=1&resourceVersion=1&resourceVersionMatch=Exact` },
      want: invalid(
        'ListOptions.meta.k8s.io ""',
        'FieldValueForbidden resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        'FieldValueNotSupported resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"',
      ),
    },
    {
      name: 'an exact match with version zero is refused',
      send: { line: `GET ${maps}?resourceVersion=0&resourceVersionMatch=Exact` },
      want: invalid(
        'ListOptions.meta.k8s.io ""',
        'FieldValueForbidden resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ),
    },
    {
      name: 'a continue token that is none is refused',
      send: { line: `GET ${maps}?limit=1&continue=abc` },
      want: failure(
        400,
        'BadRequest',
        "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value",
      ),
    },
    {
      name: 'a continue token together with a version is refused',
      send: { line: `GET ${maps}?limit=1&continue=abc&resourceVersion=5` },
      want: failure(
        400,
        'BadRequest',
        "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value",
      ),
    },
    {
      name: 'a limit that is no number is refused',
      send: { line: `GET ${maps}?limit=many` },
      want: failure(400, 'BadRequest', 'strconv.ParseInt: parsing "many": invalid syntax'),
    },
    {
      name: 'a label selector that cannot be read is refused',
      send: { line: `GET ${maps}?labelSelector=a%3D%3D%3Db` },
      want: failure(400, 'BadRequest', "unable to parse requirement: found '=', expected: identifier"),
    },
    {
      name: 'a label selector with a bad key is refused',
      send: { line: `GET ${maps}?labelSelector=-a%3Db` },
      want: failure(
        400,
        'BadRequest',
        "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    },
    {
      name: 'a label selector with an unknown operator is refused',
      send: { line: `GET ${maps}?labelSelector=a%20near%20(b)` },
      want: failure(
        400,
        'BadRequest',
        "unable to parse requirement: found 'near', expected: in, notin, =, ==, !=, gt, lt",
      ),
    },
    {
      name: 'a field selector that cannot be read is refused',
      send: { line: `GET ${maps}?fieldSelector=nothing` },
      want: failure(400, 'BadRequest', "invalid selector: 'nothing'; can't understand 'nothing'"),
    },
    {
      name: 'a field selector on a field that is not selectable is refused',
      send: { line: `GET ${deployments}?fieldSelector=spec.replicas%3D1` },
      want: failure(
        400,
        'BadRequest',
        '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
      ),
    },
    {
      name: 'a dry run of an unknown form is refused',
      send: { line: `POST ${maps}?dryRun=Some`, body: configMap('cm') },
      want: invalid(
        'CreateOptions.meta.k8s.io ""',
        'FieldValueNotSupported dryRun: Unsupported value: ["Some"]: supported values: "All"',
      ),
    },
    {
      name: 'a field validation of an unknown form is refused',
      send: { line: `POST ${maps}?fieldValidation=Loose`, body: configMap('cm') },
      want: invalid(
        'CreateOptions.meta.k8s.io ""',
        'FieldValueNotSupported fieldValidation: Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"',
      ),
    },
    {
      name: 'a field manager whose name is too long is refused',
      send: { line: `POST ${maps}?fieldManager=${'m'.repeat(129)}`, body: configMap('cm') },
      want: invalid(
        'CreateOptions.meta.k8s.io ""',
        'FieldValueTooLong fieldManager: Too long: may not be more than 128 bytes',
      ),
    },
    {
      name: 'an apply without a field manager is refused',
      send: { line: `PATCH ${maps}/cm`, body: configMap('cm'), headers: patchType('apply-patch+yaml') },
      want: invalid(
        'PatchOptions.meta.k8s.io ""',
        'FieldValueRequired fieldManager: Required value: is required for apply patch',
      ),
    },
    {
      name: 'force is refused for a patch that is no apply',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm?force=true`, body: {}, headers: patchType('merge-patch+json') },
      want: invalid(
        'PatchOptions.meta.k8s.io ""',
        'FieldValueForbidden force: Forbidden: may not be specified for non-apply patch',
      ),
    },
    {
      name: 'a grace period below zero is refused',
      given: [pod('one')],
      send: {
        line: 'DELETE /api/v1/namespaces/ns-case/pods/one',
        body: deletion({ gracePeriodSeconds: -1 }),
      },
      want: {
        code: 200,
        body: {
          kind: 'Pod',
          apiVersion: 'v1',
          metadata: {
            name: 'one',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            generation: 2,
            creationTimestamp: '<time>',
            deletionTimestamp: '<time>',
            deletionGracePeriodSeconds: 0,
            labels: { app: 'one' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                  'f:spec': {
                    'f:containers': {
                      'k:{"name":"main"}': {
                        '.': {},
                        'f:image': {},
                        'f:imagePullPolicy': {},
                        'f:name': {},
                        'f:resources': {},
                        'f:terminationMessagePath': {},
                        'f:terminationMessagePolicy': {},
                      },
                    },
                    'f:dnsPolicy': {},
                    'f:enableServiceLinks': {},
                    'f:restartPolicy': {},
                    'f:schedulerName': {},
                    'f:securityContext': {},
                    'f:terminationGracePeriodSeconds': {},
                  },
                },
              },
            ],
          },
          spec: {
            containers: [
              {
                name: 'main',
                image: 'example.com/web:1',
                resources: {},
                terminationMessagePath: '/dev/termination-log',
                terminationMessagePolicy: 'File',
                imagePullPolicy: 'IfNotPresent',
              },
            ],
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 30,
            dnsPolicy: 'ClusterFirst',
            securityContext: {},
            schedulerName: 'default-scheduler',
            tolerations: [
              { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
              {
                key: 'node.kubernetes.io/unreachable',
                operator: 'Exists',
                effect: 'NoExecute',
                tolerationSeconds: 300,
              },
            ],
            priority: 0,
            enableServiceLinks: true,
            preemptionPolicy: 'PreemptLowerPriority',
          },
          status: { phase: 'Pending', qosClass: 'BestEffort' },
        },
      },
    },
    {
      name: 'a propagation policy that does not exist is refused',
      given: [configMap('cm')],
      send: { line: `DELETE ${maps}/cm`, body: deletion({ propagationPolicy: 'Sideways' }) },
      want: invalid(
        'DeleteOptions.meta.k8s.io ""',
        'FieldValueNotSupported propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
      ),
    },
    {
      name: 'a propagation policy together with orphanDependents is refused',
      given: [configMap('cm')],
      send: { line: `DELETE ${maps}/cm`, body: deletion({ propagationPolicy: 'Orphan', orphanDependents: true }) },
      want: invalid(
        'DeleteOptions.meta.k8s.io ""',
        'FieldValueInvalid propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
      ),
    },
    {
      name: 'a deletion whose options are of another kind is refused',
      given: [configMap('cm')],
      send: { line: `DELETE ${maps}/cm`, body: configMap('cm') },
      want: failure(
        400,
        'BadRequest',
        'no kind "ConfigMap" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
      ),
    },
    {
      name: 'a deletion whose precondition names another uid is a conflict',
      given: [configMap('cm')],
      send: {
        line: `DELETE ${maps}/cm`,
        body: deletion({ preconditions: { uid: '00000000-0000-0000-0000-000000000000' } }),
      },
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on ConfigMap "cm": the UID in the precondition (<uid>) does not match the UID in record (<uid>). The object might have been deleted and then recreated',
        { name: 'cm', kind: 'ConfigMap' },
      ),
    },
    {
      name: 'a deletion whose precondition names another version is a conflict',
      given: [configMap('cm')],
      send: { line: `DELETE ${maps}/cm`, body: deletion({ preconditions: { resourceVersion: '1' } }) },
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on ConfigMap "cm": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (<version>). The object might have been modified',
        { name: 'cm', kind: 'ConfigMap' },
      ),
    },
  ],
}

export const bodyErrors: Topic = {
  title: 'bodies that cannot be read',
  cases: [
    {
      name: 'an empty body is refused',
      send: { line: `POST ${maps}`, body: '' },
      want: failure(
        400,
        'BadRequest',
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
      ),
    },
    {
      name: 'a body cut off in the middle is refused',
      send: { line: `POST ${maps}`, body: '{"kind":"Conf' },
      want: failure(
        400,
        'BadRequest',
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"kind":"Conf)',
      ),
    },
    {
      name: 'a body that is no JSON is refused',
      send: { line: `POST ${maps}`, body: 'hello' },
      want: failure(
        400,
        'BadRequest',
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)",
      ),
    },
    {
      name: 'a body that is a list is refused',
      send: { line: `POST ${maps}`, body: '[]' },
      want: failure(
        400,
        'BadRequest',
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)',
      ),
    },
    {
      name: 'a body that is a text is refused',
      send: { line: `POST ${maps}`, body: '"a"' },
      want: failure(
        400,
        'BadRequest',
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (226122)',
      ),
    },
    {
      name: 'a body that is null is refused',
      send: { line: `POST ${maps}`, body: 'null' },
      want: invalid(
        'ConfigMap ""',
        'FieldValueRequired metadata.name: Required value: name or generateName is required',
      ),
    },
    {
      name: 'a body with something after its end is refused',
      send: { line: `POST ${maps}`, body: `${JSON.stringify(configMap('cm'))}}` },
      want: failure(
        400,
        'BadRequest',
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character \'}\' after top-level value ({"apiVersion":"v1","kind":"Con ...)',
      ),
    },
    {
      name: 'a body without a kind is taken for the kind of the path',
      send: { line: `POST ${maps}?dryRun=All`, body: { metadata: { name: 'cm' } } },
      want: {
        code: 201,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: { name: 'cm', namespace: 'ns-case', uid: '<uid>', creationTimestamp: '<time>' },
        },
      },
    },
    {
      name: 'a body of another kind is refused',
      send: { line: `POST ${maps}`, body: pod('one') },
      want: failure(
        400,
        'BadRequest',
        'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
      ),
    },
    {
      name: 'a body of another version is refused',
      send: { line: `POST ${deployments}`, body: { ...deployment('web'), apiVersion: 'apps/v1beta1' } },
      want: failure(
        400,
        'BadRequest',
        'the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)',
      ),
    },
    {
      name: 'a body of an unknown kind is refused',
      send: { line: `POST ${maps}`, body: { apiVersion: 'v1', kind: 'Nonsense', metadata: { name: 'cm' } } },
      want: failure(
        400,
        'BadRequest',
        'Nonsense in version "v1" cannot be handled as a ConfigMap: no kind "Nonsense" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
      ),
    },
    {
      name: 'a body that names another namespace than the path is refused',
      send: { line: `POST ${maps}`, body: { ...configMap('cm'), metadata: { name: 'cm', namespace: 'default' } } },
      want: failure(
        400,
        'BadRequest',
        'the namespace of the provided object does not match the namespace sent on the request',
      ),
    },
    {
      name: 'a replacement that names another object than the path is refused',
      given: [configMap('cm')],
      send: { line: `PUT ${maps}/cm`, body: configMap('other') },
      want: failure(400, 'BadRequest', 'the name of the object (other) does not match the name on the URL (cm)'),
    },
    {
      name: 'a replacement that names another namespace than the path is refused',
      given: [configMap('cm')],
      send: { line: `PUT ${maps}/cm`, body: { ...configMap('cm'), metadata: { name: 'cm', namespace: 'default' } } },
      want: failure(
        400,
        'BadRequest',
        'the namespace of the provided object does not match the namespace sent on the request',
      ),
    },
    {
      name: 'a replacement without a name is refused',
      given: [configMap('cm')],
      send: { line: `PUT ${maps}/cm`, body: { apiVersion: 'v1', kind: 'ConfigMap' } },
      want: failure(
        400,
        'BadRequest',
        'the name of the object (cm based on URL) was undeterminable: name must be provided',
      ),
    },
    {
      name: 'a text where a number belongs is refused',
      send: { line: `POST ${deployments}`, body: { ...deployment('web'), spec: { replicas: 'two' } } },
      want: failure(
        400,
        'BadRequest',
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
      ),
    },
    {
      name: 'a number where a text belongs is refused',
      send: { line: `POST ${maps}`, body: { ...configMap('cm'), data: { a: 1 } } },
      want: failure(
        400,
        'BadRequest',
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
      ),
    },
    {
      name: 'a text where an object belongs is refused',
      send: { line: `POST ${deployments}`, body: { ...deployment('web'), spec: 'all' } },
      want: failure(
        400,
        'BadRequest',
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec',
      ),
    },
    {
      name: 'an object where a list belongs is refused',
      send: { line: 'POST /api/v1/namespaces/ns-case/pods', body: { ...pod('one'), spec: { containers: {} } } },
      want: failure(
        400,
        'BadRequest',
        'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
      ),
    },
    {
      name: 'a fraction where a whole number belongs is refused',
      send: { line: `POST ${deployments}`, body: { ...deployment('web'), spec: { replicas: 1.5 } } },
      want: failure(
        400,
        'BadRequest',
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
      ),
    },
    {
      name: 'a number that is too large is refused',
      send: { line: `POST ${deployments}`, body: { ...deployment('web'), spec: { replicas: 99999999999 } } },
      want: failure(
        400,
        'BadRequest',
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32',
      ),
    },
    {
      name: 'a time that is none is refused',
      send: {
        line: `POST ${maps}`,
        body: { ...configMap('cm'), metadata: { name: 'cm', creationTimestamp: 'today' } },
      },
      want: failure(
        400,
        'BadRequest',
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: parsing time "today" as "<time>07:00": cannot parse "today" as "2006"',
      ),
    },
    {
      name: 'a quantity that is none is refused',
      send: {
        line: 'POST /api/v1/namespaces/ns-case/pods',
        body: {
          ...pod('one'),
          spec: { containers: [{ name: 'a', image: 'b', resources: { limits: { cpu: 'lots' } } }] },
        },
      },
      want: failure(
        400,
        'BadRequest',
        'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
      ),
    },
    {
      name: 'data of a Secret that is not base64 is refused',
      send: {
        line: 'POST /api/v1/namespaces/ns-case/secrets',
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: '%' } },
      },
      want: failure(
        400,
        'BadRequest',
        'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0',
      ),
    },
    {
      name: 'an unknown field is refused when validation is strict',
      send: { line: `POST ${maps}?fieldValidation=Strict`, body: { ...configMap('cm'), colour: 'red' } },
      want: failure(
        400,
        'BadRequest',
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"',
      ),
    },
    {
      name: 'every unknown field is named when validation is strict',
      send: {
        line: `POST ${deployments}?fieldValidation=Strict`,
        body: {
          ...deployment('web'),
          extra: 1,
          spec: {
            selector: { matchLabels: { a: 'b' } },
            copies: 2,
            template: { spec: { containers: [{ img: 'x' }] } },
          },
        },
      },
      want: failure(
        400,
        'BadRequest',
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.copies", unknown field "spec.template.spec.containers[0].img", unknown field "extra"',
      ),
    },
    {
      name: 'a field given twice is refused when validation is strict',
      send: {
        line: `POST ${maps}?fieldValidation=Strict`,
        body: '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"cm"},"data":{"a":"1","a":"2"}}',
      },
      want: failure(
        400,
        'BadRequest',
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
      ),
    },
    {
      name: 'a field in the wrong case is refused when validation is strict',
      send: { line: `POST ${maps}?fieldValidation=Strict`, body: { ...configMap('cm'), Data: { a: 'b' } } },
      want: failure(
        400,
        'BadRequest',
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "Data"',
      ),
    },
    {
      name: 'an unknown field is dropped with a warning when validation warns',
      send: { line: `POST ${maps}?fieldValidation=Warn&dryRun=All`, body: { ...configMap('cm'), colour: 'red' } },
      want: {
        code: 201,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            creationTimestamp: '<time>',
            labels: { app: 'cm' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                },
              },
            ],
          },
          data: { color: 'blue' },
        },
        headers: { warning: '299 - "unknown field \\"colour\\""' },
      },
    },
    {
      name: 'an unknown field is dropped when validation ignores',
      send: { line: `POST ${maps}?fieldValidation=Ignore&dryRun=All`, body: { ...configMap('cm'), colour: 'red' } },
      want: {
        code: 201,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            creationTimestamp: '<time>',
            labels: { app: 'cm' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                },
              },
            ],
          },
          data: { color: 'blue' },
        },
        headers: { warning: '' },
      },
    },
    {
      name: 'an unknown field of a patch is refused when validation is strict',
      given: [configMap('cm')],
      send: {
        line: `PATCH ${maps}/cm?fieldValidation=Strict`,
        body: { colour: 'red' },
        headers: patchType('merge-patch+json'),
      },
      want: failure(
        422,
        'Invalid',
        ' "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"colour\\":\\"red\\",\\"data\\":{\\"color\\":\\"blue\\"},\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"creationTimestamp\\":\\"<time>\\",\\"labels\\":{\\"app\\":\\"cm\\"},\\"managedFields\\":[{\\"apiVersion\\":\\"v1\\",\\"fieldsType\\":\\"FieldsV1\\",\\"fieldsV1\\":{\\"f:data\\":{\\".\\":{},\\"f:color\\":{}},\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}}},\\"manager\\":\\"unknown\\",\\"operation\\":\\"Update\\",\\"time\\":\\"<time>\\"}],\\"name\\":\\"cm\\",\\"namespace\\":\\"ns-case\\",\\"resourceVersion\\":\\"<version>\\",\\"uid\\":\\"<uid>\\"}}": strict decoding error: unknown field "colour"',
        {
          causes: [
            {
              reason: 'FieldValueInvalid',
              message:
                'Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"colour\\":\\"red\\",\\"data\\":{\\"color\\":\\"blue\\"},\\"kind\\":\\"ConfigMap\\",\\"metadata\\":{\\"creationTimestamp\\":\\"<time>\\",\\"labels\\":{\\"app\\":\\"cm\\"},\\"managedFields\\":[{\\"apiVersion\\":\\"v1\\",\\"fieldsType\\":\\"FieldsV1\\",\\"fieldsV1\\":{\\"f:data\\":{\\".\\":{},\\"f:color\\":{}},\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}}},\\"manager\\":\\"unknown\\",\\"operation\\":\\"Update\\",\\"time\\":\\"<time>\\"}],\\"name\\":\\"cm\\",\\"namespace\\":\\"ns-case\\",\\"resourceVersion\\":\\"<version>\\",\\"uid\\":\\"<uid>\\"}}": strict decoding error: unknown field "colour"',
              field: 'patch',
            },
          ],
        },
      ),
    },
    {
      name: 'an apply with an unknown field is refused',
      send: {
        line: `PATCH ${maps}/cm?fieldManager=ann`,
        body: { ...configMap('cm'), colour: 'red' },
        headers: patchType('apply-patch+yaml'),
      },
      want: failure(
        500,
        undefined,
        'failed to create typed patch object (/cm; /v1, Kind=ConfigMap): .colour: field not declared in schema',
      ),
    },
    {
      name: 'an apply that is no YAML is refused',
      send: { line: `PATCH ${maps}/cm?fieldManager=ann`, body: 'a: b: c', headers: patchType('apply-patch+yaml') },
      want: failure(400, 'BadRequest', 'error encoding patch: yaml: mapping values are not allowed in this context'),
    },
    {
      name: 'an apply without a kind is refused',
      send: { line: `PATCH ${maps}/cm?fieldManager=ann`, body: { data: {} }, headers: patchType('apply-patch+yaml') },
      want: failure(400, 'BadRequest', 'invalid object type: /, Kind='),
    },
    {
      name: 'an apply of another kind is refused',
      send: { line: `PATCH ${maps}/cm?fieldManager=ann`, body: pod('cm'), headers: patchType('apply-patch+yaml') },
      want: failure(400, 'BadRequest', 'invalid object type: /v1, Kind=Pod'),
    },
    {
      name: 'an apply that names another object is refused',
      send: {
        line: `PATCH ${maps}/cm?fieldManager=ann`,
        body: configMap('other'),
        headers: patchType('apply-patch+yaml'),
      },
      want: failure(400, 'BadRequest', 'the name of the object (other) does not match the name on the URL (cm)'),
    },
    {
      name: 'an apply that brings managed fields is refused',
      send: {
        line: `PATCH ${maps}/cm?fieldManager=ann`,
        body: { ...configMap('cm'), metadata: { name: 'cm', managedFields: [{ manager: 'x', operation: 'Apply' }] } },
        headers: patchType('apply-patch+yaml'),
      },
      want: failure(400, 'BadRequest', 'metadata.managedFields must be nil'),
    },
    {
      name: 'an apply in JSON is accepted as well',
      send: {
        line: `PATCH ${maps}/cm?fieldManager=ann&dryRun=All`,
        body: JSON.stringify(configMap('cm')),
        headers: patchType('apply-patch+yaml'),
      },
      want: {
        code: 201,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            creationTimestamp: '<time>',
            labels: { app: 'cm' },
            managedFields: [
              {
                manager: 'ann',
                operation: 'Apply',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:color': {} }, 'f:metadata': { 'f:labels': { 'f:app': {} } } },
              },
            ],
          },
          data: { color: 'blue' },
        },
      },
    },
    {
      name: 'a merge patch that is no JSON is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: '{', headers: patchType('merge-patch+json') },
      want: failure(400, 'BadRequest', 'invalid JSON patch'),
    },
    {
      name: 'a merge patch that is a list is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: '[]', headers: patchType('merge-patch+json') },
      want: failure(
        400,
        'BadRequest',
        'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
      ),
    },
    {
      name: 'a merge patch with the wrong type inside is refused',
      given: [deployment('web')],
      send: {
        line: `PATCH ${deployments}/web`,
        body: { spec: { replicas: 'x' } },
        headers: patchType('merge-patch+json'),
      },
      want: failure(
        422,
        'Invalid',
        ' "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"apps/v1\\",\\"kind\\":\\"Deployment\\",\\"metadata\\":{\\"creationTimestamp\\":\\"<time>\\",\\"generation\\":1,\\"labels\\":{\\"app\\":\\"web\\"},\\"managedFields\\":[{\\"apiVersion\\":\\"apps/v1\\",\\"fieldsType\\":\\"FieldsV1\\",\\"fieldsV1\\":{\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}},\\"f:spec\\":{\\"f:progressDeadlineSeconds\\":{},\\"f:replicas\\":{},\\"f:revisionHistoryLimit\\":{},\\"f:selector\\":{},\\"f:strategy\\":{\\"f:rollingUpdate\\":{\\".\\":{},\\"f:maxSurge\\":{},\\"f:maxUnavailable\\":{}},\\"f:type\\":{}},\\"f:template\\":{\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}},\\"f:spec\\":{\\"f:containers\\":{\\"k:{\\\\\\"name\\\\\\":\\\\\\"main\\\\\\"}\\":{\\".\\":{},\\"f:env\\":{\\".\\":{},\\"k:{\\\\\\"name\\\\\\":\\\\\\"COLOR\\\\\\"}\\":{\\".\\":{},\\"f:name\\":{},\\"f:value\\":{}}},\\"f:image\\":{},\\"f:imagePullPolicy\\":{},\\"f:name\\":{},\\"f:ports\\":{\\".\\":{},\\"k:{\\\\\\"containerPort\\\\\\":8080,\\\\\\"protocol\\\\\\":\\\\\\"TCP\\\\\\"}\\":{\\".\\":{},\\"f:containerPort\\":{},\\"f:name\\":{},\\"f:protocol\\":{}}},\\"f:resources\\":{\\".\\":{},\\"f:requests\\":{\\".\\":{},\\"f:cpu\\":{},\\"f:memory\\":{}}},\\"f:terminationMessagePath\\":{},\\"f:terminationMessagePolicy\\":{}}},\\"f:dnsPolicy\\":{},\\"f:restartPolicy\\":{},\\"f:schedulerName\\":{},\\"f:securityContext\\":{},\\"f:terminationGracePeriodSeconds\\":{}}}}},\\"manager\\":\\"unknown\\",\\"operation\\":\\"Update\\",\\"time\\":\\"<time>\\"}],\\"name\\":\\"web\\",\\"namespace\\":\\"ns-case\\",\\"resourceVersion\\":\\"<version>\\",\\"uid\\":\\"<uid>\\"},\\"spec\\":{\\"progressDeadlineSeconds\\":600,\\"replicas\\":\\"x\\",\\"revisionHistoryLimit\\":10,\\"selector\\":{\\"matchLabels\\":{\\"app\\":\\"web\\"}},\\"strategy\\":{\\"rollingUpdate\\":{\\"maxSurge\\":\\"25%\\",\\"maxUnavailable\\":\\"25%\\"},\\"type\\":\\"RollingUpdate\\"},\\"template\\":{\\"metadata\\":{\\"labels\\":{\\"app\\":\\"web\\"}},\\"spec\\":{\\"containers\\":[{\\"env\\":[{\\"name\\":\\"COLOR\\",\\"value\\":\\"blue\\"}],\\"image\\":\\"example.com/web:1\\",\\"imagePullPolicy\\":\\"IfNotPresent\\",\\"name\\":\\"main\\",\\"ports\\":[{\\"containerPort\\":8080,\\"name\\":\\"http\\",\\"protocol\\":\\"TCP\\"}],\\"resources\\":{\\"requests\\":{\\"cpu\\":\\"100m\\",\\"memory\\":\\"64Mi\\"}},\\"terminationMessagePath\\":\\"/dev/termination-log\\",\\"terminationMessagePolicy\\":\\"File\\"}],\\"dnsPolicy\\":\\"ClusterFirst\\",\\"restartPolicy\\":\\"Always\\",\\"schedulerName\\":\\"default-scheduler\\",\\"securityContext\\":{},\\"terminationGracePeriodSeconds\\":30}}},\\"status\\":{}}": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
        {
          causes: [
            {
              reason: 'FieldValueInvalid',
              message:
                'Invalid value: "{\\"apiVersion\\":\\"apps/v1\\",\\"kind\\":\\"Deployment\\",\\"metadata\\":{\\"creationTimestamp\\":\\"<time>\\",\\"generation\\":1,\\"labels\\":{\\"app\\":\\"web\\"},\\"managedFields\\":[{\\"apiVersion\\":\\"apps/v1\\",\\"fieldsType\\":\\"FieldsV1\\",\\"fieldsV1\\":{\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}},\\"f:spec\\":{\\"f:progressDeadlineSeconds\\":{},\\"f:replicas\\":{},\\"f:revisionHistoryLimit\\":{},\\"f:selector\\":{},\\"f:strategy\\":{\\"f:rollingUpdate\\":{\\".\\":{},\\"f:maxSurge\\":{},\\"f:maxUnavailable\\":{}},\\"f:type\\":{}},\\"f:template\\":{\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}},\\"f:spec\\":{\\"f:containers\\":{\\"k:{\\\\\\"name\\\\\\":\\\\\\"main\\\\\\"}\\":{\\".\\":{},\\"f:env\\":{\\".\\":{},\\"k:{\\\\\\"name\\\\\\":\\\\\\"COLOR\\\\\\"}\\":{\\".\\":{},\\"f:name\\":{},\\"f:value\\":{}}},\\"f:image\\":{},\\"f:imagePullPolicy\\":{},\\"f:name\\":{},\\"f:ports\\":{\\".\\":{},\\"k:{\\\\\\"containerPort\\\\\\":8080,\\\\\\"protocol\\\\\\":\\\\\\"TCP\\\\\\"}\\":{\\".\\":{},\\"f:containerPort\\":{},\\"f:name\\":{},\\"f:protocol\\":{}}},\\"f:resources\\":{\\".\\":{},\\"f:requests\\":{\\".\\":{},\\"f:cpu\\":{},\\"f:memory\\":{}}},\\"f:terminationMessagePath\\":{},\\"f:terminationMessagePolicy\\":{}}},\\"f:dnsPolicy\\":{},\\"f:restartPolicy\\":{},\\"f:schedulerName\\":{},\\"f:securityContext\\":{},\\"f:terminationGracePeriodSeconds\\":{}}}}},\\"manager\\":\\"unknown\\",\\"operation\\":\\"Update\\",\\"time\\":\\"<time>\\"}],\\"name\\":\\"web\\",\\"namespace\\":\\"ns-case\\",\\"resourceVersion\\":\\"<version>\\",\\"uid\\":\\"<uid>\\"},\\"spec\\":{\\"progressDeadlineSeconds\\":600,\\"replicas\\":\\"x\\",\\"revisionHistoryLimit\\":10,\\"selector\\":{\\"matchLabels\\":{\\"app\\":\\"web\\"}},\\"strategy\\":{\\"rollingUpdate\\":{\\"maxSurge\\":\\"25%\\",\\"maxUnavailable\\":\\"25%\\"},\\"type\\":\\"RollingUpdate\\"},\\"template\\":{\\"metadata\\":{\\"labels\\":{\\"app\\":\\"web\\"}},\\"spec\\":{\\"containers\\":[{\\"env\\":[{\\"name\\":\\"COLOR\\",\\"value\\":\\"blue\\"}],\\"image\\":\\"example.com/web:1\\",\\"imagePullPolicy\\":\\"IfNotPresent\\",\\"name\\":\\"main\\",\\"ports\\":[{\\"containerPort\\":8080,\\"name\\":\\"http\\",\\"protocol\\":\\"TCP\\"}],\\"resources\\":{\\"requests\\":{\\"cpu\\":\\"100m\\",\\"memory\\":\\"64Mi\\"}},\\"terminationMessagePath\\":\\"/dev/termination-log\\",\\"terminationMessagePolicy\\":\\"File\\"}],\\"dnsPolicy\\":\\"ClusterFirst\\",\\"restartPolicy\\":\\"Always\\",\\"schedulerName\\":\\"default-scheduler\\",\\"securityContext\\":{},\\"terminationGracePeriodSeconds\\":30}}},\\"status\\":{}}": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
              field: 'patch',
            },
          ],
        },
      ),
    },
    {
      name: 'a strategic patch that is no JSON is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: 'x', headers: patchType('strategic-merge-patch+json') },
      want: failure(400, 'BadRequest', 'invalid JSON patch'),
    },
    {
      name: 'a strategic patch with an item that lacks the merge key is refused',
      given: [deployment('web')],
      send: {
        line: `PATCH ${deployments}/web`,
        body: { spec: { template: { spec: { containers: [{ image: 'x' }] } } } },
        headers: patchType('strategic-merge-patch+json'),
      },
      want: failure(500, undefined, 'map: map[image:x] does not contain declared merge key: name'),
    },
    {
      name: 'a strategic patch with an unknown directive is refused',
      given: [deployment('web')],
      send: {
        line: `PATCH ${deployments}/web`,
        body: { spec: { template: { spec: { containers: [{ name: 'main', $patch: 'twist' }] } } } },
        headers: patchType('strategic-merge-patch+json'),
      },
      want: failure(500, undefined, 'unknown patch type: twist in map: map[$patch:twist name:main]'),
    },
    {
      name: 'a JSON patch that is no JSON is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: '[', headers: patchType('json-patch+json') },
      want: failure(400, 'BadRequest', 'invalid JSON patch'),
    },
    {
      name: 'a JSON patch that is an object is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: {}, headers: patchType('json-patch+json') },
      want: failure(
        400,
        'BadRequest',
        'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
      ),
    },
    {
      name: 'a JSON patch whose test fails is refused',
      given: [configMap('cm')],
      send: {
        line: `PATCH ${maps}/cm`,
        body: [{ op: 'test', path: '/data/color', value: 'red' }],
        headers: patchType('json-patch+json'),
      },
      want: failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
    },
    {
      name: 'a JSON patch to a path that is not there is refused',
      given: [configMap('cm')],
      send: {
        line: `PATCH ${maps}/cm`,
        body: [{ op: 'replace', path: '/none/a', value: 1 }],
        headers: patchType('json-patch+json'),
      },
      want: failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
    },
    {
      name: 'a JSON patch that removes what is not there is refused',
      given: [configMap('cm')],
      send: {
        line: `PATCH ${maps}/cm`,
        body: [{ op: 'remove', path: '/data/none' }],
        headers: patchType('json-patch+json'),
      },
      want: failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
    },
    {
      name: 'a JSON patch with an unknown operation is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: [{ op: 'jump', path: '/data' }], headers: patchType('json-patch+json') },
      want: failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
    },
    {
      name: 'a JSON patch of more than 10000 operations is refused',
      given: [configMap('cm')],
      send: {
        line: `PATCH ${maps}/cm`,
        body: Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/color', value: 'blue' })),
        headers: patchType('json-patch+json'),
      },
      want: failure(
        413,
        'RequestEntityTooLarge',
        'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
      ),
    },
    {
      name: 'a patch that changes the name is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: { metadata: { name: 'other' } }, headers: patchType('merge-patch+json') },
      want: failure(400, 'BadRequest', 'the name of the object (other) does not match the name on the URL (cm)'),
    },
    {
      name: 'a patch that changes the uid is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: { metadata: { uid: 'other' } }, headers: patchType('merge-patch+json') },
      want: invalid('ConfigMap "cm"', 'FieldValueInvalid metadata.uid: Invalid value: "other": field is immutable'),
    },
    {
      name: 'a patch that changes the kind is refused',
      given: [configMap('cm')],
      send: { line: `PATCH ${maps}/cm`, body: { kind: 'Secret' }, headers: patchType('merge-patch+json') },
      want: failure(
        422,
        'Invalid',
        ' "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"color\\":\\"blue\\"},\\"kind\\":\\"Secret\\",\\"metadata\\":{\\"creationTimestamp\\":\\"<time>\\",\\"labels\\":{\\"app\\":\\"cm\\"},\\"managedFields\\":[{\\"apiVersion\\":\\"v1\\",\\"fieldsType\\":\\"FieldsV1\\",\\"fieldsV1\\":{\\"f:data\\":{\\".\\":{},\\"f:color\\":{}},\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}}},\\"manager\\":\\"unknown\\",\\"operation\\":\\"Update\\",\\"time\\":\\"<time>\\"}],\\"name\\":\\"cm\\",\\"namespace\\":\\"ns-case\\",\\"resourceVersion\\":\\"<version>\\",\\"uid\\":\\"<uid>\\"}}": converting (v1.Secret) to (core.ConfigMap): unknown conversion',
        {
          causes: [
            {
              reason: 'FieldValueInvalid',
              message:
                'Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"color\\":\\"blue\\"},\\"kind\\":\\"Secret\\",\\"metadata\\":{\\"creationTimestamp\\":\\"<time>\\",\\"labels\\":{\\"app\\":\\"cm\\"},\\"managedFields\\":[{\\"apiVersion\\":\\"v1\\",\\"fieldsType\\":\\"FieldsV1\\",\\"fieldsV1\\":{\\"f:data\\":{\\".\\":{},\\"f:color\\":{}},\\"f:metadata\\":{\\"f:labels\\":{\\".\\":{},\\"f:app\\":{}}}},\\"manager\\":\\"unknown\\",\\"operation\\":\\"Update\\",\\"time\\":\\"<time>\\"}],\\"name\\":\\"cm\\",\\"namespace\\":\\"ns-case\\",\\"resourceVersion\\":\\"<version>\\",\\"uid\\":\\"<uid>\\"}}": converting (v1.Secret) to (core.ConfigMap): unknown conversion',
              field: 'patch',
            },
          ],
        },
      ),
    },
    {
      name: 'a patch of an old version is a conflict',
      given: [configMap('cm')],
      send: {
        line: `PATCH ${maps}/cm`,
        body: { metadata: { resourceVersion: '1' }, data: { a: 'b' } },
        headers: patchType('merge-patch+json'),
      },
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on configmaps "cm": the object has been modified; please apply your changes to the latest version and try again',
        { name: 'cm', kind: 'configmaps' },
      ),
    },
    {
      name: 'a replacement of an old version is a conflict',
      given: [configMap('cm')],
      send: {
        line: `PUT ${maps}/cm`,
        body: { ...configMap('cm', 'red'), metadata: { name: 'cm', resourceVersion: '1' } },
      },
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on configmaps "cm": the object has been modified; please apply your changes to the latest version and try again',
        { name: 'cm', kind: 'configmaps' },
      ),
    },
    {
      name: 'a replacement of another uid is a conflict',
      given: [configMap('cm')],
      send: { line: `PUT ${maps}/cm`, body: { ...configMap('cm', 'red'), metadata: { name: 'cm', uid: 'other' } } },
      want: failure(
        409,
        'Conflict',
        'Operation cannot be fulfilled on configmaps "cm": StorageError: invalid object, Code: 4, Key: /registry/configmaps/ns-case/cm, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: <uid>',
        { name: 'cm', kind: 'configmaps' },
      ),
    },
    {
      name: 'a replacement with a version that is no number is refused',
      given: [configMap('cm')],
      send: { line: `PUT ${maps}/cm`, body: { ...configMap('cm'), metadata: { name: 'cm', resourceVersion: 'x' } } },
      want: failure(500, undefined, 'strconv.ParseUint: parsing "x": invalid syntax'),
    },
    {
      name: 'a replacement without a version overwrites whatever is there',
      given: [configMap('cm')],
      send: { line: `PUT ${maps}/cm`, body: configMap('cm', 'red') },
      want: {
        code: 200,
        body: {
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: {
            name: 'cm',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            labels: { app: 'cm' },
            managedFields: [
              {
                manager: 'unknown',
                operation: 'Update',
                apiVersion: 'v1',
                time: '<time>',
                fieldsType: 'FieldsV1',
                fieldsV1: {
                  'f:data': { '.': {}, 'f:color': {} },
                  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
                },
              },
            ],
          },
          data: { color: 'red' },
        },
      },
    },
    {
      name: 'creating what is there already is refused',
      given: [configMap('cm')],
      send: { line: `POST ${maps}`, body: configMap('cm') },
      want: failure(409, 'AlreadyExists', 'configmaps "cm" already exists', { name: 'cm', kind: 'configmaps' }),
    },
    {
      name: 'creating what is there already is refused in a named group',
      given: [deployment('web')],
      send: { line: `POST ${deployments}`, body: deployment('web') },
      want: failure(409, 'AlreadyExists', 'deployments.apps "web" already exists', {
        name: 'web',
        group: 'apps',
        kind: 'deployments',
      }),
    },
    {
      name: 'creating with a version is refused',
      send: { line: `POST ${maps}`, body: { ...configMap('cm'), metadata: { name: 'cm', resourceVersion: '5' } } },
      want: failure(500, undefined, 'resourceVersion should not be set on objects to be created'),
    },
    {
      name: 'creating in a namespace that is being deleted is forbidden',
      given: [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns-case-t' } },
        {
          ...configMap('held'),
          metadata: { name: 'held', namespace: 'ns-case-t', finalizers: ['example.com/hold'] },
        },
      ],
      first: [{ line: 'DELETE /api/v1/namespaces/ns-case-t' }],
      send: { line: 'POST /api/v1/namespaces/ns-case-t/configmaps', body: configMap('cm') },
      want: failure(
        403,
        'Forbidden',
        'configmaps "cm" is forbidden: unable to create new content in namespace ns-case-t because it is being terminated',
        {
          name: 'cm',
          kind: 'configmaps',
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: 'namespace ns-case-t is being terminated',
              field: 'metadata.namespace',
            },
          ],
        },
      ),
    },
  ],
}
