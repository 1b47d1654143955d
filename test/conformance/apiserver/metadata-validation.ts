/** Metadata that breaks a rule, with every cause that the server names. */
import { invalid, type Topic } from '../case.ts'
import { configMap, service } from '../objects.ts'
import { create, merge, withMetadata } from '../requests.ts'

export const metadataValidation: Topic = {
  title: 'metadata that is refused',
  cases: [
    {
      name: 'an object without a name',
      send: create({ ...configMap('x'), metadata: {} }),
      want: invalid(
        'ConfigMap ""',
        'FieldValueRequired metadata.name: Required value: name or generateName is required',
      ),
    },
    {
      name: 'a name with capital letters',
      send: create(configMap('Not_A_Name')),
      want: invalid(
        'ConfigMap "Not_A_Name"',
        "FieldValueInvalid metadata.name: Invalid value: \"Not_A_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ),
    },
    {
      name: 'a name that is too long',
      send: create(configMap('n'.repeat(254))),
      want: invalid(
        'ConfigMap "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"',
        'FieldValueInvalid metadata.name: Invalid value: "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn": must be no more than 253 characters',
        'FieldValueInvalid metadata.labels: Invalid value: "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn": must be no more than 63 bytes',
      ),
    },
    {
      name: 'a name with a slash',
      send: create(configMap('a/b')),
      want: invalid(
        'ConfigMap "a/b"',
        "FieldValueInvalid metadata.name: Invalid value: \"a/b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        "FieldValueInvalid metadata.labels: Invalid value: \"a/b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ),
    },
    {
      name: 'a name of a Service that starts with a digit',
      send: create(withMetadata(service('web'), { name: '1web' })),
      want: {
        code: 201,
        body: {
          kind: 'Service',
          apiVersion: 'v1',
          metadata: {
            name: '1web',
            namespace: 'ns-case',
            uid: '<uid>',
            resourceVersion: '<version>',
            creationTimestamp: '<time>',
            labels: { app: 'web' },
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
                    'f:clusterIP': {},
                    'f:internalTrafficPolicy': {},
                    'f:ports': {
                      '.': {},
                      'k:{"port":80,"protocol":"TCP"}': {
                        '.': {},
                        'f:name': {},
                        'f:port': {},
                        'f:protocol': {},
                        'f:targetPort': {},
                      },
                    },
                    'f:selector': {},
                    'f:sessionAffinity': {},
                    'f:type': {},
                  },
                },
              },
            ],
          },
          spec: {
            ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' }],
            selector: { app: 'web' },
            clusterIP: 'None',
            clusterIPs: ['None'],
            type: 'ClusterIP',
            sessionAffinity: 'None',
            ipFamilies: ['IPv4'],
            ipFamilyPolicy: 'SingleStack',
            internalTrafficPolicy: 'Cluster',
          },
          status: { loadBalancer: {} },
        },
      },
    },
    {
      name: 'a name of a Namespace with a dot',
      send: create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns-case.x' } }),
      want: invalid(
        'Namespace "ns-case.x"',
        'FieldValueInvalid metadata.name: Invalid value: "ns-case.x": must not contain dots',
      ),
    },
    {
      name: 'a label with a bad key',
      send: create(withMetadata(configMap('cm'), { labels: { '-a': 'b' } })),
      want: invalid(
        'ConfigMap "cm"',
        "FieldValueInvalid metadata.labels: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    },
    {
      name: 'a label with a bad value',
      send: create(withMetadata(configMap('cm'), { labels: { a: '-b' } })),
      want: invalid(
        'ConfigMap "cm"',
        "FieldValueInvalid metadata.labels: Invalid value: \"-b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ),
    },
    {
      name: 'a label with a value that is too long',
      send: create(withMetadata(configMap('cm'), { labels: { a: 'b'.repeat(64) } })),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueInvalid metadata.labels: Invalid value: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": must be no more than 63 bytes',
      ),
    },
    {
      name: 'a label with a bad prefix',
      send: create(withMetadata(configMap('cm'), { labels: { 'A_/a': 'b' } })),
      want: invalid(
        'ConfigMap "cm"',
        "FieldValueInvalid metadata.labels: Invalid value: \"A_/a\": prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ),
    },
    {
      name: 'an annotation with a bad key',
      send: create(withMetadata(configMap('cm'), { annotations: { 'a b': 'c' } })),
      want: invalid(
        'ConfigMap "cm"',
        "FieldValueInvalid metadata.annotations: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    },
    {
      name: 'annotations above 256 KiB',
      send: create(withMetadata(configMap('cm'), { annotations: { a: 'b'.repeat(262_145) } })),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueTooLong metadata.annotations: Too long: may not be more than 262144 bytes',
      ),
    },
    {
      name: 'a finalizer without a domain',
      send: create(withMetadata(configMap('cm'), { finalizers: ['hold'] })),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueInvalid metadata.finalizers[0]: Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
      ),
    },
    {
      name: 'a finalizer with a bad name',
      send: create(withMetadata(configMap('cm'), { finalizers: ['Example.com/Hold!'] })),
      want: invalid(
        'ConfigMap "cm"',
        "FieldValueInvalid metadata.finalizers: Invalid value: \"Example.com/Hold!\": prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        "FieldValueInvalid metadata.finalizers: Invalid value: \"Example.com/Hold!\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    },
    {
      name: 'an owner without what identifies it',
      send: create(
        withMetadata(configMap('cm'), { ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] }),
      ),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueRequired metadata.ownerReferences[0].apiVersion: Required value: must not be empty',
        'FieldValueRequired metadata.ownerReferences[0].kind: Required value: must not be empty',
        'FieldValueRequired metadata.ownerReferences[0].name: Required value: must not be empty',
        'FieldValueRequired metadata.ownerReferences[0].uid: Required value: must not be empty',
      ),
    },
    {
      name: 'two owners that both control',
      send: create(
        withMetadata(configMap('cm'), {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: '1', controller: true },
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: '2', controller: true },
          ],
        }),
      ),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueInvalid metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"1","controller":true},{"apiVersion":"v1","kind":"ConfigMap","name":"b","uid":"2","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for ConfigMap/a and ConfigMap/b',
      ),
    },
    {
      name: 'an owner that is an event',
      send: create(
        withMetadata(configMap('cm'), { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'a', uid: '1' }] }),
      ),
      want: invalid(
        'ConfigMap "cm"',
        'FieldValueInvalid metadata.ownerReferences[0]: Invalid value: {"apiVersion":"v1","kind":"Event","name":"a","uid":"1"}: /v1, Kind=Event is disallowed from being an owner',
      ),
    },
    {
      name: 'a time of deletion that was set by hand is ignored',
      send: create(withMetadata(configMap('cm'), { deletionTimestamp: '2026-01-01T00:00:00Z' })),
      want: {
        code: 201,
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
          data: { color: 'blue' },
        },
      },
    },
    {
      name: 'a bad label in a patch',
      given: [configMap('cm')],
      send: merge(configMap('cm'), { metadata: { labels: { 'a b': 'c' } } }),
      want: invalid(
        'ConfigMap "cm"',
        "FieldValueInvalid metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ),
    },
    {
      name: 'a change of the time of creation',
      given: [configMap('cm')],
      send: merge(configMap('cm'), { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' } }),
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
          data: { color: 'blue' },
        },
      },
    },
  ],
}
