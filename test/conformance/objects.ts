/** Objects that the cases create, small and whole. */
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import { toYaml } from '../../src/apimachinery/yaml.ts'

/** An object as it is written down: plain JSON. */
export type Plain = JsonObject

/** A ConfigMap with one key, `color`. */
export function configMap(name: string, color = 'blue'): Plain {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { app: name } }, data: { color } }
}

/** A Deployment of two replicas with one container. */
export function deployment(name: string, image = 'example.com/web:1'): Plain {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'main',
              image,
              ports: [{ name: 'http', containerPort: 8080 }],
              env: [{ name: 'COLOR', value: 'blue' }],
              resources: { requests: { cpu: '100m', memory: '64Mi' } },
            },
          ],
        },
      },
    },
  }
}

/** A headless Service, so that no address has to be given out. */
export function service(name: string): Plain {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { app: name } },
    spec: { clusterIP: 'None', selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }
}

/** A Pod with one container. */
export function pod(name: string): Plain {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'main', image: 'example.com/web:1' }] },
  }
}

/** The objects as a YAML file. */
export function yamlFile(...objects: readonly Plain[]): string {
  return objects.map(object => toYaml(object)).join('---\n')
}
